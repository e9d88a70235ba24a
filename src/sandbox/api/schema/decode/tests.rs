//! Bodies, and why a real v1.20.2 server did not take them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::typed;
use super::*;

/// Lines of kind, body, message.
const RECORDED: &str = include_str!("recorded.jsonl");

#[test]
fn bodies_are_refused_as_by_a_real_server() {
    let mut wrong = Vec::new();
    for line in RECORDED.lines() {
        let (kind, body, real): (String, String, String) = serde_json::from_str(line).unwrap();
        let value: Value = serde_json::from_str(&body).unwrap();
        let told = match typed(("", "v1"), &kind, value, body.as_bytes()) {
            Ok(_) => "nothing".to_owned(),
            Err((own, version, why)) => format!("{own} in version {version:?} cannot be handled as a {kind}: {why}"),
        };
        if told != real {
            wrong.push(format!("{body}\n  real: {real}\n  told: {told}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn unknown_fields_and_nulls_are_dropped() {
    let body = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","labels":null,"x":1},"spec":{"containers":[{"name":"a","image":null,"foo":{}}],"nodeSelector":{"a":null}},"bar":[1]}"#;
    let read = super::super::read("", "v1", "Pod", body.as_bytes()).unwrap().unwrap();
    assert_eq!(read["metadata"], json!({"name": "a"}));
    assert_eq!(read["spec"]["nodeSelector"], json!({"a": ""}));
    assert_eq!(read["spec"]["containers"][0]["name"], "a");
    assert!(read["spec"]["containers"][0].get("foo").is_none() && read.get("bar").is_none());
}
