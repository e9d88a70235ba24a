//! Against what a v1.20.2 made of the same requests, one after another.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::{Value, json};

use super::*;
use crate::sandbox::api::{Resource, defaults};

/// Entries without their times, which a second's end may change.
fn managed(object: &Value) -> Vec<Value> {
    let mut entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    for entry in &mut entries {
        entry.as_object_mut().unwrap().shift_remove("time");
    }
    entries.sort_by_key(Value::to_string);
    entries
}

/// An object's spec and data, as they are stored.
fn contents(resource: &Resource, object: &Value) -> Value {
    let object = stored(resource, object);
    json!([object["spec"], object["data"], object["metadata"]["labels"], object["metadata"]["finalizers"]])
}

#[test]
fn fields_are_managed_as_by_a_real_server() {
    let steps: Vec<Value> = serde_json::from_str(include_str!("tests.json")).unwrap();
    let mut wrong = Vec::new();
    for step in &steps {
        let resource = Resource::named(step["plural"].as_str().unwrap()).unwrap();
        let writer =
            Writer { manager: step["manager"].as_str().unwrap(), now: "2026-11-28T17:30:00Z".parse().unwrap() };
        let (given, made) = (&step["given"], &step["made"]);
        let live = Some(&step["live"]).filter(|live| !live.is_null());
        let ours = match step["op"].as_str().unwrap() {
            "create" => {
                let mut object = given.clone();
                defaults::default(resource, &mut object);
                track(resource, None, &mut object, writer);
                Ok(object)
            }
            "patch" => {
                let before = live.unwrap();
                let patched = match step["type"].as_str().unwrap() {
                    "json" => crate::sandbox::api::patch::json(before, given),
                    "merge" => Ok(crate::sandbox::api::patch::merge(before, given)),
                    _ => crate::sandbox::api::patch::strategic(resource, before, given),
                };
                patched.map(|mut object| {
                    defaults::default(resource, &mut object);
                    track(resource, Some(before), &mut object, writer);
                    object
                })
            }
            _ => apply(resource, live, given, writer, step["force"] == true).map(|mut object| {
                defaults::default(resource, &mut object);
                object
            }),
        };
        let told = format!("{} by {}: {given}", step["op"], step["manager"]);
        match ours {
            Ok(ours) if step["code"].as_u64().unwrap() < 300 => {
                if managed(&ours) != managed(made) {
                    wrong.push(format!("{told}\n{}\n{}", json!(managed(&ours)), json!(managed(made))));
                }
                if step["op"] != "create" && contents(resource, &ours) != contents(resource, made) && live.is_some() {
                    wrong.push(format!("{told}\n{}\n{}", contents(resource, &ours), contents(resource, made)));
                }
            }
            // What is refused for another reason.
            Ok(_) if step["code"] == 422 => {}
            Ok(ours) => wrong.push(format!("{told}\n{ours}\n{made}")),
            Err(refusal) => {
                if step["code"] != refusal.code || made["message"] != refusal.message {
                    wrong.push(format!("{told}\n{refusal:?}\n{made}"));
                } else if refusal.code == 409 {
                    // Upstream tells managers in chance's order.
                    let sorted = |details: &Value| {
                        let mut causes: Vec<String> =
                            details["causes"].as_array().unwrap().iter().map(Value::to_string).collect();
                        causes.sort();
                        causes
                    };
                    assert_eq!(sorted(&refusal.details.unwrap()), sorted(&made["details"]), "{told}");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), steps.len(), wrong.join("\n\n"));
}
