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

/// What a v1.20.2 said to these when they were first applied.
#[test]
fn what_its_type_cannot_have_is_refused_as_by_a_real_server() {
    let writer = Writer { manager: "kubectl", now: "2026-11-29T09:00:00Z".parse().unwrap() };
    let said = |plural: &str, given: Value| {
        let resource = Resource::named(plural).unwrap();
        let mut object =
            json!({"apiVersion": resource.api_version(), "kind": resource.kind, "metadata": {"name": "a"}});
        object = crate::sandbox::api::patch::merge(&object, &given);
        apply(resource, None, &object, writer, false).map_err(|refused| (refused.code, refused.message))
    };
    let patch = |plural: &str, given: Value| {
        let (code, message) = said(plural, given).unwrap_err();
        assert_eq!(code, 500);
        message.strip_prefix("failed to create typed patch object: ").unwrap_or(&message).to_owned()
    };
    assert_eq!(patch("configmaps", json!({"datum": {"x": "y"}})), ".datum: field not declared in schema");
    assert_eq!(
        patch("configmaps", json!({"data": {"a": true, "b": 1.5, "c": {"x": true}, "d": [1]}})),
        "errors:\n  .data.a: expected string, got &value.valueUnstructured{Value:true}\
         \n  .data.b: expected string, got &value.valueUnstructured{Value:1.5}\
         \n  .data.c: expected string, got &value.valueUnstructured{Value:map[string]interface {}{\"x\":true}}\
         \n  .data.d: expected string, got &value.valueUnstructured{Value:[]interface {}{1}}"
    );
    assert_eq!(patch("configmaps", json!({"data": ["a"]})), ".data: expected map, got &{[a]}");
    assert_eq!(patch("configmaps", json!({"immutable": "yes"})), ".immutable: expected boolean, got &{yes}");
    let container = |given: Value| {
        let container = crate::sandbox::api::patch::merge(&json!({"name": "c", "image": "busybox"}), &given);
        json!({"spec": {"containers": [container]}})
    };
    for (given, message) in [
        (json!({"commands": ["a"]}), ".commands: field not declared in schema"),
        (json!({"command": {"a": "b"}}), ".command: expected list, got &{map[a:b]}"),
        (json!({"command": [1]}), ".command[0]: expected string, got &value.valueUnstructured{Value:1}"),
        (
            json!({"resources": {"limits": {"cpu": 1}}}),
            ".resources.limits.cpu: expected string, got &value.valueUnstructured{Value:1}",
        ),
        (
            json!({"ports": [{"containerPort": "x"}]}),
            ".ports[containerPort=\"x\",protocol=\"TCP\"].containerPort: expected numeric (int or float), got \
             *value.valueUnstructured",
        ),
        (
            json!({"ports": [{"containerPort": 1}, {"containerPort": 1}]}),
            ".ports: duplicate entries for key [containerPort=1,protocol=\"TCP\"]",
        ),
        (json!({"ports": [1]}), ".ports: element 0: associative list with keys may not have non-map elements"),
        (
            json!({"env": [{"name": 1, "value": "a"}]}),
            ".env[name=1].name: expected string, got &value.valueUnstructured{Value:1}",
        ),
    ] {
        assert_eq!(patch("pods", container(given)), format!(".spec.containers[name=\"c\"]{message}"));
    }
    // What omits a key that has a default is known by that.
    said("pods", container(json!({"ports": [{"name": "a"}], "env": [{"value": "a"}]}))).unwrap();
    assert_eq!(
        patch("services", json!({"spec": {"ports": [{"port": 80}], "clusterIP": 1}})),
        "errors:\n  .spec.clusterIP: expected string, got &value.valueUnstructured{Value:1}\
         \n  .spec.ports: element 0: associative list with keys has an element that omits key field \"protocol\" (and \
         doesn't have default value)"
    );
    assert_eq!(
        patch("pods", json!({"metadata": {"finalizers": [null]}})),
        ".metadata.finalizers: element 0: associative list without keys has an element that's an explicit null"
    );
    let converted = |plural: &str, kind: &str, given: Value, why: &str| {
        let told = format!(
            "failed to convert new object to proper version: unable to convert unstructured object to {kind}: {why}"
        );
        assert_eq!(patch(plural, given), told);
    };
    let deployment = "apps/v1, Kind=Deployment";
    converted("deployments", deployment, json!({"spec": {"replicas": 1.5}}), "cannot convert float64 to int32");
    converted(
        "configmaps",
        "/v1, Kind=ConfigMap",
        json!({"binaryData": {"a": "%%"}}),
        "error decoding from json: illegal base64 data at input byte 0",
    );
    converted(
        "pods",
        "/v1, Kind=Pod",
        container(json!({"livenessProbe": {"httpGet": {"port": true}}})),
        "json: cannot unmarshal bool into Go value of type int32",
    );
    let pod = said("pods", json!({"spec": {"priority": 99_999_999_999_i64, "activeDeadlineSeconds": 2.0}})).unwrap();
    assert_eq!((&pod["spec"]["priority"], &pod["spec"]["activeDeadlineSeconds"]), (&json!(1_215_752_191), &json!(2)));
}

#[test]
fn an_applied_empty_map_is_nobodys_and_an_applied_null_is() {
    let writer = Writer { manager: "kubectl", now: "2026-11-29T09:00:00Z".parse().unwrap() };
    let resource = Resource::named("deployments").unwrap();
    let applied = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "creationTimestamp": null}, "status": {},
        "spec": {"strategy": {}, "template": {"metadata": {"creationTimestamp": null, "annotations": {}}}},
    });
    let made = apply(resource, None, &applied, writer, false).unwrap();
    let fields = &made["metadata"]["managedFields"][0]["fieldsV1"];
    assert_eq!(*fields, json!({"f:spec": {"f:template": {"f:metadata": {"f:creationTimestamp": {}}}}}));
}

/// As after `kubectl patch`, two seconds apart, on a v1.20.2 server.
#[test]
fn a_time_is_that_of_the_last_change_of_what_is_managed() {
    let resource = Resource::named("configmaps").unwrap();
    let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1"}});
    let at = |second: i64| jiff::Timestamp::from_second(second).unwrap();
    track(resource, None, &mut object, Writer { manager: "create", now: at(0) });
    let mut told = Vec::new();
    for (second, data) in [
        (2, json!({"x": "2"})),
        (4, json!({"x": "3"})),
        (6, json!({"x": "4", "y": "1"})),
        (8, json!({"x": "4"})),
        (10, json!({"x": "5"})),
    ] {
        let before = object.clone();
        object["data"] = data;
        track(resource, Some(&before), &mut object, Writer { manager: "patch", now: at(second) });
        let entries = object["metadata"]["managedFields"].as_array().unwrap();
        let own = entries.iter().find(|entry| entry["manager"] == "patch").unwrap();
        told.push(own["time"].as_str().unwrap()[17..19].parse::<i64>().unwrap());
    }
    assert_eq!(told, [2, 2, 6, 6, 6]);
}
