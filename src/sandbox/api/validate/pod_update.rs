//! What of a Pod may change.
//!
//! Source: v1.20.2 `pkg/apis/core/validation/validation.go`, `ValidatePodUpdate`.

use serde_json::Value;

use super::causes::Causes;
use super::{items, pod, said, text};

/// A Pod as a change of `old`.
pub(super) fn changed(new: &Value, old: &Value, causes: &mut Causes) {
    pod::spec(&new["spec"], "spec", causes);
    let (spec, before) = (&new["spec"], &old["spec"]);
    for list in ["containers", "initContainers"] {
        if items(&spec[list]).len() != items(&before[list]).len() {
            // Nothing more is looked at then.
            let what = if list == "containers" { "containers" } else { "init containers" };
            causes.forbidden(format!("spec.{list}"), &format!("pod updates may not add or remove {what}"));
            return;
        }
    }
    deadline(spec, before, causes);
    let grown = items(&before["tolerations"]).iter().all(|old| {
        let same = |new: &Value| {
            ["key", "operator", "value", "effect"].iter().all(|field| text(&new[*field]) == text(&old[*field]))
        };
        items(&spec["tolerations"]).iter().any(same)
    });
    if !grown {
        causes.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
        return;
    }
    if fixed(spec) != fixed(before) {
        let why = "pod updates may not change fields other than `spec.containers[*].image`, \
                   `spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or `spec.tolerations` (only additions \
                   to existing tolerations)";
        let difference = super::difference::of_pods(spec, before);
        causes.forbidden("spec", &format!("{why}\n{difference}"));
    }
}

/// A deadline may be set and come nearer.
fn deadline(spec: &Value, before: &Value, causes: &mut Causes) {
    const FIELD: &str = "spec.activeDeadlineSeconds";
    let (new, old) = (spec["activeDeadlineSeconds"].as_i64(), before["activeDeadlineSeconds"].as_i64());
    match (new, old) {
        (Some(new), _) if !(0..=2_147_483_647).contains(&new) => {
            causes.invalid(FIELD, new, "must be between 0 and 2147483647, inclusive");
        }
        (Some(new), Some(old)) if new > old => {
            causes.invalid(FIELD, new, "must be less than or equal to previous value");
        }
        (None, Some(_)) => {
            causes.invalid(FIELD, "\"null\"", "must not update from a positive integer to nil value");
        }
        _ => {}
    }
}

/// A spec without what may change, and without what is empty.
fn fixed(spec: &Value) -> Value {
    let mut fixed = spec.clone();
    if let Some(fields) = fixed.as_object_mut() {
        for field in ["activeDeadlineSeconds", "tolerations"] {
            fields.shift_remove(field);
        }
    }
    for list in ["containers", "initContainers"] {
        for container in fixed.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            container["image"] = Value::Null;
        }
    }
    said(&fixed)
}
