//! What is wrong with Pods, and with what makes them.
//!
//! Source of the rules: k8s.io/kubernetes `pkg/apis/core/validation` and `pkg/apis/apps/validation` of v1.20.

use serde_json::{Map, Value};

use super::{Cause, invalid_value, required};

/// A Pod's spec at a path: containers, their names and images.
pub(super) fn spec(spec: &Value, path: &str) -> Vec<Cause> {
    let mut causes = Vec::new();
    let empty = spec["containers"].as_array().is_none_or(Vec::is_empty);
    if empty {
        causes.push(required(format!("{path}.containers"), ""));
    }
    let mut names: Vec<&str> = Vec::new();
    for list in ["initContainers", "containers"] {
        for (index, container) in spec[list].as_array().into_iter().flatten().enumerate() {
            let path = format!("{path}.{list}[{index}]");
            let name = container["name"].as_str().unwrap_or_default();
            if name.is_empty() {
                causes.push(required(format!("{path}.name"), ""));
            } else if names.contains(&name) {
                causes.push(Cause {
                    reason: "FieldValueDuplicate",
                    field: format!("{path}.name"),
                    message: format!("Duplicate value: {name:?}"),
                });
            }
            names.push(name);
            if container["image"].as_str().unwrap_or_default().is_empty() {
                causes.push(required(format!("{path}.image"), ""));
            }
        }
    }
    causes
}

/// The selector of a Deployment, ReplicaSet, DaemonSet or StatefulSet, and its template.
pub(super) fn workload(kind: &str, new: &Value, old: Option<&Value>) -> Vec<Cause> {
    let (selector, template) = (&new["spec"]["selector"], &new["spec"]["template"]);
    let mut causes = Vec::new();
    if selector.is_null() {
        causes.push(required("spec.selector".to_owned(), ""));
    } else if selector.as_object().is_some_and(Map::is_empty) {
        // Upstream says this of replica sets too.
        let what = match kind {
            "DaemonSet" => "daemonset",
            "StatefulSet" => "statefulset",
            _ => "deployment",
        };
        causes.push(invalid_selector(selector, &format!("empty selector is invalid for {what}")));
    }
    let labels = &template["metadata"]["labels"];
    let mut wanted = selector["matchLabels"].as_object().into_iter().flatten();
    let empty = selector.as_object().is_some_and(Map::is_empty);
    if selector.is_null() || (!empty && wanted.any(|(key, value)| labels.get(key) != Some(value))) {
        causes.push(Cause {
            reason: "FieldValueInvalid",
            field: "spec.template.metadata.labels".to_owned(),
            message: format!("Invalid value: {}: `selector` does not match template `labels`", go_map(labels)),
        });
    }
    if old.is_some_and(|old| old["spec"]["selector"] != *selector && !selector.is_null()) {
        causes.push(invalid_selector(selector, "field is immutable"));
    }
    causes.extend(spec(&template["spec"], "spec.template.spec"));
    causes
}

fn invalid_selector(selector: &Value, why: &str) -> Cause {
    let labels = &selector["matchLabels"];
    let labels = if labels.is_null() { "map[string]string(nil)".to_owned() } else { go_map(labels) };
    let text = format!("v1.LabelSelector{{MatchLabels:{labels}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}}");
    invalid_value("spec.selector", &text, why)
}

/// Labels as Go's `%#v` writes them.
fn go_map(labels: &Value) -> String {
    let Some(labels) = labels.as_object() else { return "map[string]string(nil)".to_owned() };
    let mut labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key:?}:{value}")).collect();
    labels.sort();
    format!("map[string]string{{{}}}", labels.join(", "))
}
