//! JSON Patch, RFC 6902.

use json_patch::{AddOperation, Patch, PatchOperation, ReplaceOperation};
use serde_json::{Value, json};

use super::{Status, bad_request};
use crate::sandbox::codec::go_kind;

/// `original` as the operations of `patch` change it.
///
/// # Errors
/// 400 of what is no JSON Patch; 422 of an operation that does not apply (also a `test` that fails).
pub fn json(original: &Value, patch: &Value) -> Result<Value, Status> {
    if let Value::Object(_) | Value::String(_) | Value::Number(_) | Value::Bool(_) = patch {
        let kind = go_kind(patch);
        return Err(bad_request(format!("json: cannot unmarshal {kind} into Go value of type jsonpatch.Patch")));
    }
    if let Some(operation) = patch.as_array().into_iter().flatten().find(|operation| !operation.is_object()) {
        let kind = go_kind(operation);
        return Err(bad_request(format!("json: cannot unmarshal {kind} into Go value of type jsonpatch.Operation")));
    }
    let mut patch = patch.clone();
    for operation in patch.as_array_mut().into_iter().flatten() {
        let adds = matches!(operation["op"].as_str(), Some("add" | "replace" | "test"));
        if adds && let Some(fields) = operation.as_object_mut() {
            // Upstream takes an absent value for null.
            fields.entry("value").or_insert(Value::Null);
        }
    }
    let operations: Patch = match patch {
        Value::Null => Patch::default(),
        patch => serde_json::from_value(patch).map_err(|_| rejected())?,
    };
    let mut patched = original.clone();
    for operation in operations.0 {
        let operation = lenient(&patched, operation);
        json_patch::patch(&mut patched, &[operation]).map_err(|_| rejected())?;
    }
    Ok(patched)
}

/// Upstream replaces a field that is not there, as if to add it: evanphx/json-patch v4.9.0, `partialDoc.get` knows no error.
fn lenient(doc: &Value, operation: PatchOperation) -> PatchOperation {
    match operation {
        PatchOperation::Replace(ReplaceOperation { path, value })
            if path.parent().and_then(|parent| doc.pointer(parent.as_str())).is_some_and(Value::is_object) =>
        {
            PatchOperation::Add(AddOperation { path, value })
        }
        other => other,
    }
}

/// Upstream does not say which operation failed.
fn rejected() -> Status {
    let message = "the server rejected our request due to an error in our request".to_owned();
    Status { code: 422, reason: "Invalid", message, details: Some(json!({})) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    /// The test-suite of json-patch/json-patch-tests: `doc`, `patch`, and `expected` or `error`.
    const SUITE: &[&str] =
        &[include_str!("tests/json-patch-tests.json"), include_str!("tests/json-patch-spec-tests.json")];

    #[test]
    fn the_published_test_suite_holds() {
        let mut count = 0;
        for suite in SUITE {
            let records: Vec<Value> = serde_json::from_str(suite).unwrap();
            for record in records.iter().filter(|record| record.get("patch").is_some() && record["disabled"] != true) {
                let done = json(&record["doc"], &record["patch"]);
                match record.get("expected") {
                    Some(expected) => assert_eq!(done.as_ref().ok(), Some(expected), "{record}"),
                    // Upstream takes an absent value for null; the suite wants an error.
                    None if record["error"].as_str().is_some_and(|error| error.contains("missing 'value'")) => {}
                    None if record.get("error").is_some() => assert!(done.is_err(), "{record}"),
                    None => assert!(done.is_ok(), "{record}"),
                }
                count += 1;
            }
        }
        assert!(count > 100, "{count}");
    }

    #[test]
    fn refusals_are_upstreams() {
        let doc = json!({"data": {"a": "1"}});
        let refusal = json(&doc, &json!([{"op": "test", "path": "/data/a", "value": "2"}])).unwrap_err();
        assert_eq!((refusal.code, refusal.reason, refusal.details), (422, "Invalid", Some(json!({}))));
        let refusal = json(&doc, &json!({"a": 1})).unwrap_err();
        assert_eq!(refusal.message, "json: cannot unmarshal object into Go value of type jsonpatch.Patch");
        assert_eq!(json(&doc, &json!([])).unwrap(), doc);
        let added = json(&doc, &json!([{"op": "replace", "path": "/data/b", "value": "2"}])).unwrap();
        assert_eq!(added, json!({"data": {"a": "1", "b": "2"}}));
        assert!(json(&doc, &json!([{"op": "replace", "path": "/none/b", "value": "2"}])).is_err());
    }
}
