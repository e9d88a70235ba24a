//! Where Pods may be: affinity, selectors of nodes, spreading.
//!
//! Source: v1.20.2 `pkg/apis/core/validation/validation.go`.

use serde_json::Value;

use super::causes::Causes;
use super::{items, meta, names, text};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// A Pod's affinity.
pub(super) fn affinity(affinity: &Value, path: &str, causes: &mut Causes) {
    let nodes = &affinity["nodeAffinity"];
    if nodes[REQUIRED].is_object() {
        node_selector(&nodes[REQUIRED], &format!("{path}.nodeAffinity.{REQUIRED}"), causes);
    }
    for (index, preferred) in items(&nodes[PREFERRED]).iter().enumerate() {
        let path = format!("{path}.nodeAffinity.{PREFERRED}[{index}]");
        weight(preferred, &path, causes);
        term(&preferred["preference"], &format!("{path}.preference"), causes);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        for (index, required) in items(&affinity[kind][REQUIRED]).iter().enumerate() {
            pod_term(required, &format!("{path}.{kind}.{REQUIRED}[{index}]"), causes);
        }
        for (index, preferred) in items(&affinity[kind][PREFERRED]).iter().enumerate() {
            let path = format!("{path}.{kind}.{PREFERRED}[{index}]");
            weight(preferred, &path, causes);
            pod_term(&preferred["podAffinityTerm"], &format!("{path}.podAffinityTerm"), causes);
        }
    }
}

fn weight(preferred: &Value, path: &str, causes: &mut Causes) {
    let weight = preferred["weight"].as_i64().unwrap_or_default();
    if !(1..=100).contains(&weight) {
        causes.invalid(format!("{path}.weight"), weight, "must be in the range 1-100");
    }
}

/// A selector of nodes.
pub(super) fn node_selector(selector: &Value, path: &str, causes: &mut Causes) {
    let terms = items(&selector["nodeSelectorTerms"]);
    if terms.is_empty() {
        causes.required(format!("{path}.nodeSelectorTerms"), "must have at least one node selector term");
    }
    for (index, term) in terms.iter().enumerate() {
        self::term(term, &format!("{path}.nodeSelectorTerms[{index}]"), causes);
    }
}

fn term(term: &Value, path: &str, causes: &mut Causes) {
    for (index, expression) in items(&term["matchExpressions"]).iter().enumerate() {
        let path = format!("{path}.matchExpressions[{index}]");
        let values = items(&expression["values"]);
        match text(&expression["operator"]) {
            "In" | "NotIn" if values.is_empty() => {
                causes.required(format!("{path}.values"), "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => causes.forbidden(
                format!("{path}.values"),
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            ),
            "Gt" | "Lt" if values.len() != 1 => causes
                .required(format!("{path}.values"), "must be specified single value when `operator` is 'Lt' or 'Gt'"),
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            other => causes.invalid(format!("{path}.operator"), format!("{other:?}"), "not a valid selector operator"),
        }
        let key = text(&expression["key"]);
        causes.invalid_text(format!("{path}.key"), key, names::qualified(key));
    }
    for (index, field) in items(&term["matchFields"]).iter().enumerate() {
        let path = format!("{path}.matchFields[{index}]");
        match text(&field["operator"]) {
            "In" | "NotIn" => {
                if items(&field["values"]).len() != 1 {
                    let why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                    causes.required(format!("{path}.values"), why);
                }
            }
            other => causes.invalid(format!("{path}.operator"), format!("{other:?}"), "not a valid selector operator"),
        }
        let key = text(&field["key"]);
        if key != "metadata.name" {
            causes.invalid(format!("{path}.key"), format!("{key:?}"), "not a valid field selector key");
        }
    }
}

fn pod_term(term: &Value, path: &str, causes: &mut Causes) {
    meta::selector(&term["labelSelector"], &format!("{path}.matchExpressions"), causes);
    for namespace in items(&term["namespaces"]) {
        let namespace = text(namespace);
        causes.invalid_text(format!("{path}.namespace"), namespace, names::label(namespace));
    }
    let key = text(&term["topologyKey"]);
    if key.is_empty() {
        causes.required(format!("{path}.topologyKey"), "can not be empty");
    }
    causes.invalid_text(format!("{path}.topologyKey"), key, names::qualified(key));
}

/// How Pods spread.
pub(super) fn spread(constraints: &Value, path: &str, causes: &mut Causes) {
    let constraints = items(constraints);
    for (index, constraint) in constraints.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let skew = constraint["maxSkew"].as_i64().unwrap_or_default();
        if skew <= 0 {
            causes.invalid(format!("{path}.maxSkew"), skew, "must be greater than zero");
        }
        let (key, action) = (text(&constraint["topologyKey"]), text(&constraint["whenUnsatisfiable"]));
        if key.is_empty() {
            causes.required(format!("{path}.topologyKey"), "can not be empty");
        }
        causes.one_of(format!("{path}.whenUnsatisfiable"), action, &["DoNotSchedule", "ScheduleAnyway"]);
        for other in &constraints[index + 1..] {
            if text(&other["topologyKey"]) == key && text(&other["whenUnsatisfiable"]) == action {
                let field = format!("{path}.{{topologyKey, whenUnsatisfiable}}");
                causes.duplicate(field, format!("\"{{{key}, {action}}}\""), "");
            }
        }
    }
}
