//! Manifests, and objects as text. Records: a manifest, a server's OpenAPI document.

use kpnb::bindings::changes::{Taint, last_applied, taint, validate, with_last_applied};
use kpnb::bindings::manifest;
use kpnb::client::k8s::OpenApi;
use kpnb::render::{compact_json, indented_json, ordered_json, yaml};
use serde_json::Value;

/// What is read and printed reads the same again; schemas end, however they refer to each other.
pub fn check(data: &[u8]) {
    let mut records = super::texts(data);
    let (text, schemas) = (records.next().unwrap_or_default(), records.next().unwrap_or_default());
    let openapi = OpenApi::parse(&schemas).unwrap_or_default();
    let _ = manifest::value(&text);
    for manifest in manifest::parse("m.yaml", &text).objects {
        let object = &manifest.object;
        let shown = yaml(object);
        let read = manifest::value(&shown);
        assert!(read.is_some_and(|read| is_same(&read, object)), "{object:?} is shown as {shown:?}");
        for json in [compact_json(object), indented_json(object), ordered_json(object)] {
            let read: Option<Value> = serde_json::from_str(&json).ok();
            assert!(read.is_some_and(|read| is_same(&read, object)), "{object:?} is shown as {json:?}");
        }
        if !object.is_object() {
            continue;
        }
        validate(&openapi, object);
        last_applied(&with_last_applied(object));
        let taints = object["spec"]["taints"].as_array().cloned().unwrap_or_default();
        let changes: Vec<Taint> =
            taints.iter().filter_map(Value::as_str).filter_map(|text| Taint::parse(text).ok()).collect();
        let _ = taint(&taints, &changes);
    }
}

/// Whether two values are one; a number may be written in several ways.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| is_same(a, b)))
        }
        _ => a == b,
    }
}
