//! What the API fills in where it reads an object.
//!
//! Most defaults are set when an object is written, so that they are stored. But what a server empties after that (the
//! status of an object that is created) or protobuf does not carry (the type of an object within another) is filled in at
//! each read anew.
//!
//! Source: kubernetes v1.20 `pkg/apis/core/v1/defaults.go` (`SetDefaults_PersistentVolume` and others) and
//! `pkg/apis/apps/v1/conversion.go`.

use serde_json::{Map, Value, json};

/// Fills in what `object`, of this kind, does not have.
pub(super) fn fill(kind: &str, object: &mut Map<String, Value>) {
    match kind {
        "PersistentVolume" | "PersistentVolumeClaim" => fill_status(object, "phase", "Pending".into()),
        "Namespace" => fill_status(object, "phase", "Active".into()),
        "Node" => {
            if let Some(capacity) = object.get("status").and_then(|status| status.get("capacity")).cloned() {
                fill_status(object, "allocatable", capacity);
            }
        }
        "StatefulSet" => {
            let templates = object.get_mut("spec").and_then(|spec| spec.get_mut("volumeClaimTemplates"));
            for template in templates.and_then(Value::as_array_mut).into_iter().flatten() {
                template["kind"] = json!("PersistentVolumeClaim");
                template["apiVersion"] = json!("v1");
            }
        }
        _ => {}
    }
}

fn fill_status(object: &mut Map<String, Value>, field: &str, value: Value) {
    let status = object.entry("status").or_insert_with(|| json!({}));
    if let Some(status) = status.as_object_mut() {
        status.entry(field).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(kind: &str, object: Value) -> Value {
        let mut object = object.as_object().unwrap().clone();
        fill(kind, &mut object);
        object.into()
    }

    #[test]
    fn what_is_missing_is_filled_in() {
        assert_eq!(filled("PersistentVolumeClaim", json!({})), json!({"status": {"phase": "Pending"}}));
        assert_eq!(
            filled("Node", json!({"status": {"capacity": {"cpu": "1"}}})),
            json!({"status": {"capacity": {"cpu": "1"}, "allocatable": {"cpu": "1"}}})
        );
        assert_eq!(
            filled("StatefulSet", json!({"spec": {"volumeClaimTemplates": [{"spec": {}}]}})),
            json!({"spec": {"volumeClaimTemplates": [{"spec": {}, "kind": "PersistentVolumeClaim", "apiVersion": "v1"}]}})
        );
    }

    #[test]
    fn what_is_there_stays() {
        for (kind, object) in [
            ("PersistentVolume", json!({"status": {"phase": "Bound"}})),
            ("Namespace", json!({"status": {"phase": "Terminating"}})),
            ("Node", json!({"status": {}})),
            ("Pod", json!({"status": {}})),
        ] {
            assert_eq!(filled(kind, object.clone()), object);
        }
    }
}
