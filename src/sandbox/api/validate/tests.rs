//! Objects, and what a real v1.20.2 server said of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::sandbox::api::defaults::default;

/// `bases`: an object a kind; `stored`: some of them as the server had stored them; `rows`: the kind, `create` or `update`,
/// what is changed (paths with slashes; null removes), and the answer: empty where it was none, the code before it where
/// that was not 422.
const RECORDED: &str = include_str!("recorded.yaml");

fn set(object: &mut Value, path: &str, value: &Value) {
    let mut at = object;
    let parts: Vec<&str> = path.split('/').collect();
    for (depth, part) in parts.iter().enumerate() {
        let part = part.replace("~1", "/");
        let last = depth + 1 == parts.len();
        if let (Value::Array(list), Ok(index)) = (&mut *at, part.parse::<usize>()) {
            while list.len() <= index {
                list.push(json!({}));
            }
            at = &mut at[index];
        } else {
            if last && value.is_null() {
                at.as_object_mut().unwrap().shift_remove(&part);
                return;
            }
            if at[&part].is_null() {
                at[&part] = if parts.get(depth + 1).is_some_and(|next| next.parse::<usize>().is_ok()) {
                    json!([])
                } else {
                    json!({})
                };
            }
            at = &mut at[&part];
        }
    }
    *at = value.clone();
}

/// Without what is different each time.
fn settled(text: &str) -> String {
    let pointer = regex::Regex::new("0xc0[0-9a-f]+").unwrap();
    let suffix = regex::Regex::new(r#"(A_)[a-z0-9]{5}""#).unwrap();
    let text = pointer.replace_all(text, "0xc");
    // The difference of two Pods has spaces of two sorts.
    suffix.replace_all(&text, "$1\"").replace('\u{a0}', " ")
}

#[test]
fn mistakes_are_told_as_by_a_real_server() {
    let recorded: Value = serde_yaml::from_str(RECORDED).unwrap();
    let rows = recorded["rows"].as_array().unwrap();
    assert!(rows.len() >= 250);
    let mut wrong = Vec::new();
    for row in rows {
        let (kind, verb, answer) = (row[0].as_str().unwrap(), row[1].as_str().unwrap(), row[3].as_str().unwrap());
        let base = if verb == "create" { &recorded["bases"][kind] } else { &recorded["stored"][kind] };
        let mut object = base.clone();
        for (path, value) in row[2].as_object().unwrap() {
            set(&mut object, path, value);
        }
        let api_version = base["apiVersion"].as_str().unwrap();
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let resource = Resource::of_kind(api_version, kind).unwrap();
        // As the server reads it.
        let read = crate::sandbox::api::schema::read(group, version, kind, object.to_string().as_bytes());
        let mut object = read.unwrap().unwrap();
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        if name.is_empty() && let Some(base) = object["metadata"]["generateName"].as_str() {
            object["metadata"]["name"] = json!(format!("{base}84fdw"));
        }
        object["metadata"]["namespace"] = recorded["stored"][kind]["metadata"]["namespace"].clone();
        if resource.namespaced {
            object["metadata"]["namespace"] = json!("vv");
        }
        prepare(kind, &mut object, verb);
        default(resource, &mut object);
        let old = (verb == "update").then(|| {
            let mut old = base.clone();
            default(resource, &mut old);
            old
        });
        let causes = validate(resource, &object, old.as_ref());
        let told = if causes.is_empty() {
            String::new()
        } else {
            invalid(resource, object["metadata"]["name"].as_str().unwrap_or_default(), &causes).message
        };
        if settled(&told) != settled(answer) {
            wrong.push(format!("{kind} {verb} {}\n  real: {answer}\n  told: {told}\n", row[2]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows differ\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

/// What admission and strategies do before validation.
fn prepare(kind: &str, object: &mut Value, verb: &str) {
    match kind {
        "Job" if verb == "create" => {
            crate::sandbox::api::defaults::generate_selector(object, "0b016b90-6572-4821-9ca8-0c9ba0a4c675");
        }
        "Secret" => {
            for (key, value) in object["stringData"].as_object().cloned().unwrap_or_default() {
                object["data"][key] = value;
            }
        }
        _ => {}
    }
}
