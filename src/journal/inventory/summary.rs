//! What of an object is compared.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Summary;
use crate::journal::place::OF_THE_SERVER;

/// Values up to this length are kept as they are, so that a difference can be shown.
const SHORT: usize = 80;

/// Annotations in which controllers count.
const COUNTERS: [&str; 3] = [
    "deployment.kubernetes.io/revision",
    "deprecated.daemonset.template.generation",
    "control-plane.alpha.kubernetes.io/leader",
];

impl Summary {
    /// The summary of an object of this kind.
    pub(super) fn of(kind: &str, object: &Value) -> Self {
        let leaving = object["metadata"].get("deletionTimestamp").is_some();
        let mut conditions = Vec::new();
        let compared = match kind {
            "Node" => node(object, &mut conditions),
            "ServiceAccount" => service_account(object.clone()),
            _ => object.clone(),
        };
        let mut fields = BTreeMap::new();
        for (name, value) in compared.as_object().into_iter().flatten() {
            match (name.as_str(), value) {
                ("apiVersion" | "kind" | "status", _) => {}
                ("metadata", Value::Object(metadata)) => {
                    for (name, value) in metadata
                        .iter()
                        .filter(|(name, _)| *name != "generateName" && !OF_THE_SERVER.contains(&name.as_str()))
                    {
                        note(&mut fields, kind, &format!("metadata.{name}"), &settled(name, value));
                    }
                }
                (_, Value::Object(inner)) => {
                    for (inner, value) in inner {
                        note(&mut fields, kind, &format!("{name}.{inner}"), value);
                    }
                }
                _ => note(&mut fields, kind, name, value),
            }
        }
        Self { fields, conditions, leaving }
    }
}

/// Notes a field. What is empty is as if it were not there.
fn note(fields: &mut BTreeMap<String, String>, kind: &str, name: &str, value: &Value) {
    let is_empty = match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(inner) => inner.is_empty(),
        _ => false,
    };
    if is_empty {
        return;
    }
    let text = value.to_string();
    let is_secret = kind == "Secret" && name.starts_with("data");
    let shown = if text.len() <= SHORT && !is_secret {
        text
    } else {
        let hash = Sha256::digest(text.as_bytes());
        format!("#{}", hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>())
    };
    fields.insert(name.to_owned(), shown);
}

/// A field of the metadata without what changes by itself.
fn settled(name: &str, value: &Value) -> Value {
    let mut value = value.clone();
    match (name, &mut value) {
        ("annotations", Value::Object(annotations)) => annotations.retain(|name, _| !COUNTERS.contains(&name.as_str())),
        // An owner that was created again is another one only by its UID.
        ("ownerReferences", Value::Array(owners)) => {
            for owner in owners.iter_mut().filter_map(Value::as_object_mut) {
                owner.remove("uid");
            }
        }
        _ => {}
    }
    value
}

/// A node's labels, taints and addresses; the rest of it its kubelet writes.
fn node(object: &Value, conditions: &mut Vec<String>) -> Value {
    let spec = &object["spec"];
    let mut taints: Vec<String> = Vec::new();
    for taint in spec["taints"].as_array().into_iter().flatten() {
        let text = |field: &str| taint[field].as_str().unwrap_or_default();
        let shown = format!("{}={}:{}", text("key"), text("value"), text("effect"));
        let is_condition = text("key").starts_with("node.kubernetes.io/");
        if is_condition { &mut *conditions } else { &mut taints }.push(shown);
    }
    taints.sort();
    json!({
        "metadata": {"labels": object["metadata"]["labels"]},
        "spec": {"taints": taints, "unschedulable": spec["unschedulable"]},
        "addresses": object["status"]["addresses"],
    })
}

/// A service account without its tokens, which get new names.
fn service_account(mut object: Value) -> Value {
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    if let Some(secrets) = object["secrets"].as_array_mut() {
        let token = format!("{name}-token-");
        secrets.retain(|secret| !secret["name"].as_str().is_some_and(|name| name.starts_with(&token)));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controllers_write_makes_no_difference() {
        let once = json!({"metadata": {"name": "a", "uid": "1", "resourceVersion": "1",
            "annotations": {"deployment.kubernetes.io/revision": "1"}}, "spec": {"replicas": 1}, "status": {"replicas": 0}});
        let later = json!({"metadata": {"name": "a", "uid": "2", "resourceVersion": "9",
            "annotations": {"deployment.kubernetes.io/revision": "3"}}, "spec": {"replicas": 1}, "status": {"replicas": 1}});
        assert_eq!(Summary::of("Deployment", &once), Summary::of("Deployment", &later));
        assert_eq!(Summary::of("Deployment", &once).fields["spec.replicas"], "1");
    }

    #[test]
    fn data_of_a_secret_is_never_kept() {
        let summary = Summary::of("Secret", &json!({"metadata": {"name": "a"}, "data": {"password": "aHVudGVyMg=="}}));
        assert!(summary.fields["data.password"].starts_with('#'), "{summary:?}");
    }

    #[test]
    fn a_nodes_conditions_are_kept_apart() {
        let node = json!({"metadata": {"labels": {"a": "b"}, "annotations": {"x": "y"}}, "spec": {"taints": [
            {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}, {"key": "mine", "effect": "NoSchedule"}]},
            "status": {"addresses": [{"address": "1.2.3.4"}], "conditions": []}});
        let summary = Summary::of("Node", &node);
        assert_eq!(summary.conditions, ["node.kubernetes.io/unreachable=:NoExecute"]);
        assert_eq!(summary.fields["spec.taints"], r#"["mine=:NoSchedule"]"#);
        assert!(!summary.fields.contains_key("metadata.annotations"));
    }
}
