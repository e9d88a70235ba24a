//! Namespaces, Nodes, PriorityClasses, Leases, Events, RuntimeClasses.
//!
//! Source: v1.20.2 `pkg/apis/{core,scheduling,coordination,node}/validation`.

use serde_json::Value;

use super::causes::Causes;
use super::{items, names, pod, text};

/// The highest priority of a class that people make.
const HIGHEST: i64 = 1_000_000_000;
/// The priorities of the system's own classes.
const SYSTEM: &[(&str, i64)] = &[("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)];

/// A Namespace.
pub(super) fn namespace(new: &Value, causes: &mut Causes) {
    for finalizer in items(&new["spec"]["finalizers"]) {
        let finalizer = text(finalizer);
        causes.invalid_text("spec.finalizers", finalizer, names::qualified(finalizer));
        if !finalizer.contains('/') && !matches!(finalizer, "kubernetes" | "orphan" | "foregroundDeletion") {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            causes.invalid("spec.finalizers", format!("{finalizer:?}"), why);
        }
    }
}

/// A Node; as a change of `old`, if that is given.
pub(super) fn node(new: &Value, old: Option<&Value>, causes: &mut Causes) {
    taints(&new["spec"]["taints"], causes);
    if let Some(old) = old {
        changed_node(new, old, causes);
        return;
    }
    for (index, range) in items(&new["spec"]["podCIDRs"]).iter().enumerate() {
        if names::cidr(text(range)).is_none() {
            let shown = super::go::list("string", &new["spec"]["podCIDRs"]);
            causes.invalid(format!("spec.podCIDRs[{index}]"), shown, "must be valid CIDR");
        }
    }
}

fn taints(taints: &Value, causes: &mut Causes) {
    let taints = items(taints);
    for (index, taint) in taints.iter().enumerate() {
        let path = format!("metadata.taints[{index}]");
        let of = |field: &str| text(&taint[field]);
        causes.invalid_text(format!("{path}.key"), of("key"), names::qualified(of("key")));
        causes.invalid_text(format!("{path}.value"), of("value"), names::label_value(of("value")));
        match of("effect") {
            "" => causes.required(format!("{path}.effect"), ""),
            effect => pod::effect(effect, &format!("{path}.effect"), causes),
        }
        let same = |other: &Value| other["key"] == taint["key"] && other["effect"] == taint["effect"];
        if taints[..index].iter().any(same) {
            let shown = format!(
                "core.Taint{{Key:{:?}, Value:{:?}, Effect:{:?}, TimeAdded:<nil>}}",
                of("key"),
                of("value"),
                of("effect")
            );
            causes.duplicate(path, shown, "taints must be unique by key and effect pair");
        }
    }
}

fn changed_node(new: &Value, old: &Value, causes: &mut Causes) {
    let (spec, before) = (&new["spec"], &old["spec"]);
    let mut moved = false;
    if !items(&before["podCIDRs"]).is_empty() && items(&spec["podCIDRs"]) != items(&before["podCIDRs"]) {
        causes.forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
        moved = true;
    }
    if !text(&before["providerID"]).is_empty() && spec["providerID"] != before["providerID"] {
        causes.forbidden("spec.providerID", "node updates may not change providerID except from \"\" to valid");
        moved = true;
    }
    let others = ["externalID"];
    if moved || others.iter().any(|field| text(&spec[*field]) != text(&before[*field])) {
        let why = "node updates may only change labels, taints, or capacity (or configSource, if the \
                   DynamicKubeletConfig feature gate is enabled)";
        causes.forbidden("[]", why);
    }
}

/// A PriorityClass; as a change of `old`, if that is given.
pub(super) fn priority_class(new: &Value, old: Option<&Value>, causes: &mut Causes) {
    let (name, value) = (text(&new["metadata"]["name"]), new["value"].as_i64().unwrap_or_default());
    if let Some(old) = old {
        if value != old["value"].as_i64().unwrap_or_default() {
            causes.forbidden("Value", "may not be changed in an update.");
        }
        let (policy, before) = (&new["preemptionPolicy"], &old["preemptionPolicy"]);
        causes.immutable("preemptionPolicy", super::go::value(policy), policy == before);
        return;
    }
    if name.starts_with("system-") {
        let why = match SYSTEM.iter().find(|(known, _)| *known == name) {
            None => Some(format!("{name} is not a known system priority class")),
            Some((_, known)) if *known != value => Some(format!("value of {name} PriorityClass must be {known}")),
            Some(_) => None,
        };
        if let Some(why) = why {
            let text = "priority class names with 'system-' prefix are reserved for system use only. error: ";
            causes.forbidden("metadata.name", &format!("{text}{why}"));
        }
    } else if value > HIGHEST {
        let why = format!("maximum allowed value of a user defined priority is {HIGHEST}");
        causes.forbidden("value", &why);
    }
    if new["preemptionPolicy"].is_string() {
        let policy = text(&new["preemptionPolicy"]);
        causes.one_of("preemptionPolicy", policy, &["PreemptLowerPriority", "Never"]);
    }
}

/// A Lease.
pub(super) fn lease(new: &Value, causes: &mut Causes) {
    if let Some(seconds) = new["spec"]["leaseDurationSeconds"].as_i64().filter(|seconds| *seconds <= 0) {
        causes.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0");
    }
    if let Some(times) = new["spec"]["leaseTransitions"].as_i64().filter(|times| *times < 0) {
        causes.invalid("spec.leaseTransitions", times, "must to greater or equal than 0");
    }
}

/// An Event of the core: of the old kind, or of the new one where it has a time.
pub(super) fn event(new: &Value, causes: &mut Causes) {
    let (own, of) = (text(&new["metadata"]["namespace"]), text(&new["involvedObject"]["namespace"]));
    // Objects without a namespace have theirs in the default one.
    let cluster = ["Node", "Namespace", "PersistentVolume"].contains(&text(&new["involvedObject"]["kind"]));
    let fits = if of.is_empty() { own == "default" || (cluster && own == "kube-system") } else { own == of };
    let timed = !new["eventTime"].is_null();
    if !fits {
        causes.invalid("involvedObject.namespace", format!("{of:?}"), "does not match event.namespace");
    }
    if !timed {
        return;
    }
    let reporter = text(&new["reportingComponent"]);
    if reporter.is_empty() {
        causes.required("reportingController", "");
    }
    causes.invalid_text("reportingController", reporter, names::qualified(reporter));
    for field in ["reportingInstance", "action", "reason"] {
        if text(&new[field]).is_empty() {
            causes.required(field, "");
        }
    }
}

/// A RuntimeClass.
pub(super) fn runtime_class(new: &Value, causes: &mut Causes) {
    let handler = text(&new["handler"]);
    causes.invalid_text("handler", handler, names::label(handler));
}
