//! The annotation in which client-side apply keeps what was applied.

use serde_json::{Map, Value, json};

use crate::render::compact_json;

/// Its key.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// `object` with itself in its annotation, byte for byte as kubectl writes it.
pub fn with_last_applied(object: &Value) -> Value {
    let mut object = object.clone();
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    if !object["metadata"]["annotations"].is_object() {
        object["metadata"]["annotations"] = Value::Object(Map::new());
    }
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        annotations.shift_remove(LAST_APPLIED);
    }
    let text = format!("{}\n", compact_json(&object));
    object["metadata"]["annotations"][LAST_APPLIED] = text.into();
    object
}

/// What was last applied to a stored object, as text; none where it has no such annotation.
pub fn last_applied(object: &Value) -> Option<&str> {
    object["metadata"]["annotations"][LAST_APPLIED].as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_annotation_as_kubectl_does() {
        let object = json!({"kind": "A", "apiVersion": "v1", "metadata": {"name": "a", "labels": {"x": "<"}}});
        let applied = with_last_applied(&object);
        assert_eq!(
            last_applied(&applied),
            Some(
                "{\"apiVersion\":\"v1\",\"kind\":\"A\",\"metadata\":{\"annotations\":{},\"labels\":{\"x\":\"\\u003c\"},\"name\":\"a\"}}\n"
            )
        );
        assert_eq!(with_last_applied(&applied), applied);
    }
}
