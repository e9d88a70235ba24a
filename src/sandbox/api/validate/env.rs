//! Environment variables, and references to fields.
//!
//! Source: v1.20.2 `pkg/apis/core/validation/validation.go`.

use serde_json::Value;

use super::causes::Causes;
use super::{go, items, names, quantity, text};

/// What a field reference may name, besides labels and annotations.
const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.podIP",
    "status.podIPs",
];
/// What a resource reference may name.
const RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// The variables of a container.
pub(super) fn env(container: &Value, path: &str, causes: &mut Causes) {
    for (index, variable) in items(&container["env"]).iter().enumerate() {
        let path = format!("{path}.env[{index}]");
        let name = text(&variable["name"]);
        if name.is_empty() {
            causes.required(format!("{path}.name"), "");
        } else {
            causes.invalid_text(format!("{path}.name"), name, names::env(name));
        }
        if variable["valueFrom"].is_object() {
            value_from(variable, &format!("{path}.valueFrom"), causes);
        }
    }
}

fn value_from(variable: &Value, path: &str, causes: &mut Causes) {
    let from = &variable["valueFrom"];
    let mut sources = 0;
    if from["fieldRef"].is_object() {
        sources += 1;
        field_ref(&from["fieldRef"], &format!("{path}.fieldRef"), FIELDS, causes);
    }
    if from["resourceFieldRef"].is_object() {
        sources += 1;
        resource_ref(&from["resourceFieldRef"], &format!("{path}.resourceFieldRef"), false, causes);
    }
    for name in ["configMapKeyRef", "secretKeyRef"] {
        let reference = &from[name];
        if !reference.is_object() {
            continue;
        }
        sources += 1;
        let (own, key) = (text(&reference["name"]), text(&reference["key"]));
        causes.invalid_text(format!("{path}.{name}.name"), own, names::subdomain(own));
        if key.is_empty() {
            causes.required(format!("{path}.{name}.key"), "");
        } else {
            causes.invalid_text(format!("{path}.{name}.key"), key, names::config_key(key));
        }
    }
    if sources == 0 {
        let why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`";
        causes.invalid(path, "\"\"", why);
    } else if !text(&variable["value"]).is_empty() {
        causes.invalid(path, "\"\"", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        causes.invalid(path, "\"\"", "may not have more than one field specified at a time");
    }
}

/// A reference to a field of the Pod.
pub(super) fn field_ref(reference: &Value, path: &str, fields: &[&str], causes: &mut Causes) {
    let field = text(&reference["fieldPath"]);
    if text(&reference["apiVersion"]).is_empty() {
        causes.required(format!("{path}.apiVersion"), "");
        return;
    }
    if field.is_empty() {
        causes.required(format!("{path}.fieldPath"), "");
        return;
    }
    let subscript = ["metadata.annotations", "metadata.labels"].iter().find_map(|map| {
        let key = field.strip_prefix(map)?.strip_prefix("['")?.strip_suffix("']")?;
        Some((*map, key))
    });
    match subscript {
        Some(("metadata.annotations", key)) => causes.invalid_text(path, key, names::qualified(&key.to_lowercase())),
        Some((_, key)) => causes.invalid_text(path, key, names::qualified(key)),
        None if FIELDS.contains(&field) || matches!(field, "metadata.annotations" | "metadata.labels") => {
            if !fields.contains(&field) {
                let mut supported = fields.to_vec();
                supported.sort_unstable();
                causes.unsupported(format!("{path}.fieldPath"), format!("{field:?}"), &supported);
            }
        }
        None => {
            let why = format!("error converting fieldPath: field label not supported: {field}");
            causes.invalid(format!("{path}.fieldPath"), format!("{field:?}"), &why);
        }
    }
}

/// A reference to what a container asks for or may use.
pub(super) fn resource_ref(reference: &Value, path: &str, volume: bool, causes: &mut Causes) {
    let resource = text(&reference["resource"]);
    if volume && text(&reference["containerName"]).is_empty() {
        causes.required(format!("{path}.containerName"), "");
    } else if resource.is_empty() {
        causes.required(format!("{path}.resource"), "");
    } else if !RESOURCES.contains(&resource) {
        causes.unsupported(format!("{path}.resource"), format!("{resource:?}"), RESOURCES);
    }
    let divisor = go::shown(&reference["divisor"]);
    if quantity(&reference["divisor"]).is_none_or(crate::render::Quantity::is_zero) {
        return;
    }
    let (units, what): (&[&str], &str) = match resource.rsplit('.').next() {
        Some("cpu") => (&["1m", "1"], "1m and 1 are supported with the cpu resource"),
        Some("memory") => (
            &["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"],
            "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource",
        ),
        Some("ephemeral-storage") => (
            &["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"],
            "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the local ephemeral storage \
             resource",
        ),
        _ => return,
    };
    if !units.contains(&divisor.as_str()) {
        let why = format!("only divisor's values {what}");
        causes.invalid(format!("{path}.divisor"), format!("{resource:?}"), &why);
    }
}

/// What variables come from whole objects.
pub(super) fn env_from(container: &Value, path: &str, causes: &mut Causes) {
    for (index, source) in items(&container["envFrom"]).iter().enumerate() {
        let field = format!("{path}.envFrom[{index}]");
        let prefix = text(&source["prefix"]);
        if !prefix.is_empty() {
            causes.invalid_text(format!("{field}.prefix"), prefix, names::env(prefix));
        }
        let mut sources = 0;
        for name in ["configMapRef", "secretRef"] {
            if source[name].is_object() {
                sources += 1;
                if text(&source[name]["name"]).is_empty() {
                    causes.required(format!("{field}.{name}.name"), "");
                }
            }
        }
        match sources {
            0 => {
                causes.invalid(format!("{path}.envFrom"), "\"\"", "must specify one of: `configMapRef` or `secretRef`")
            }
            1 => {}
            _ => causes.invalid(
                format!("{path}.envFrom"),
                "\"\"",
                "may not have more than one field specified at a time",
            ),
        }
    }
}
