//! Objects, and what a real v1.20.2 server said of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::sandbox::api::{defaults::default, service};

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
    let uid = regex::Regex::new("\"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\"").unwrap();
    let text = uid.replace_all(&text, "\"uid\"");
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
        if name.is_empty()
            && let Some(base) = object["metadata"]["generateName"].as_str()
        {
            object["metadata"]["name"] = json!(format!("{base}84fdw"));
        }
        object["metadata"]["namespace"] = recorded["stored"][kind]["metadata"]["namespace"].clone();
        if resource.namespaced {
            object["metadata"]["namespace"] = json!("vv");
        }
        default(resource, &mut object);
        prepare(kind, &mut object, verb);
        let old = (verb == "update").then(|| {
            let mut old = base.clone();
            default(resource, &mut old);
            old
        });
        service::prepare(resource, &mut object, old.as_ref());
        let causes = validate(resource, &object, old.as_ref(), false);
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
            object["metadata"]["uid"] = json!("0b016b90-6572-4821-9ca8-0c9ba0a4c675");
            crate::sandbox::api::defaults::generate_selector(object, "0b016b90-6572-4821-9ca8-0c9ba0a4c675", true);
        }
        _ => {}
    }
}

/// Objects that real servers have.
fn valid() -> Vec<Value> {
    let bootstrap = include_str!("../bootstrap.jsonl").replace("@NOW@", "2021-01-01T00:00:00Z");
    let bootstrap = bootstrap.replace("@ADDRESS@", "172.18.0.2");
    let lines: Vec<Value> = bootstrap.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let pairs: Vec<(String, Value, Value)> = serde_json::from_str(include_str!("../defaults/pairs.json")).unwrap();
    let tables: Vec<Value> = serde_json::from_str(include_str!("../table/tests.json")).unwrap();
    let rows = tables.into_iter().flat_map(|table| table["rows"].as_array().cloned().unwrap_or_default());
    let rows = rows.map(|row| row["object"].clone());
    lines.into_iter().chain(pairs.into_iter().map(|(_, _, made)| made)).chain(rows).filter(Value::is_object).collect()
}

#[test]
fn what_real_servers_have_is_taken() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for object in valid() {
        let (api_version, kind) = (text(&object["apiVersion"]).to_owned(), text(&object["kind"]).to_owned());
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        let Some(read) = crate::sandbox::api::schema::read(group, version, &kind, object.to_string().as_bytes()) else {
            continue;
        };
        seen += 1;
        let mut read = match read {
            Ok(read) => read,
            Err(why) => {
                wrong.push(format!("{kind} {}: {why}", object["metadata"]["name"]));
                continue;
            }
        };
        let Some(resource) = Resource::of_kind(&api_version, &kind).filter(|found| found.version == version) else {
            continue;
        };
        default(resource, &mut read);
        if read["metadata"]["namespace"].is_null() && resource.namespaced {
            read["metadata"]["namespace"] = json!("default");
        }
        service::prepare(resource, &mut read, None);
        if kind == "Job" && read["spec"]["selector"].is_null() {
            crate::sandbox::api::defaults::generate_selector(&mut read, "u", true);
        }
        // As a change of itself, which is what most writes are.
        for old in [None, Some(&read)] {
            for cause in validate(resource, &read, old, false) {
                let own_job = cause.message.contains("not auto-generated");
                if !own_job {
                    wrong.push(format!("{kind} {}: {}: {}", object["metadata"]["name"], cause.field, cause.message));
                }
            }
        }
    }
    assert!(seen > 200, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
