//! Where an object has its Pods' specification.

use serde_json::{Map, Value};

use super::Wrong;

/// The specification of the Pods that an object is, or makes.
///
/// # Errors
/// A kind that makes none.
pub(super) fn pod_spec(object: &mut Value) -> Result<&mut Map<String, Value>, Wrong> {
    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
    let path = match kind.as_str() {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    };
    let version = object["apiVersion"].as_str().and_then(|version| version.rsplit('/').next()).unwrap_or_default();
    let none = format!("the object is not a pod or does not have a pod template: *{version}.{kind}");
    object.pointer_mut(path).and_then(Value::as_object_mut).ok_or(Wrong::OfObject(none))
}

/// The containers whose names a pattern takes: a name, or `*` for all.
pub(super) fn containers<'a>(
    spec: &'a mut Map<String, Value>,
    pattern: &'a str,
) -> impl Iterator<Item = &'a mut Value> + 'a {
    let all = spec.get_mut("containers").and_then(Value::as_array_mut).into_iter().flatten();
    all.filter(move |container| pattern == "*" || container["name"] == pattern)
}
