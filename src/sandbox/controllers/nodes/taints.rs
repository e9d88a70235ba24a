//! The taints that follow conditions, and the annotation `ttl`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{NOT_READY, UNREACHABLE};
use crate::sandbox::World;
use crate::sandbox::controllers::update;
use crate::sandbox::informers::Name;
use crate::sandbox::object;

/// The taints that follow conditions at once: condition, status, key.
const CONDITION_TAINTS: [(&str, &str, &str); 6] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
];

/// NoSchedule taints follow the conditions.
pub(super) fn taint_by_condition(world: &mut World, node: &Arc<Value>) {
    let mut wanted: Vec<&str> = CONDITION_TAINTS
        .iter()
        .filter(|(kind, status, _)| object::condition(node, kind).is_some_and(|c| c["status"] == *status))
        .map(|(.., key)| *key)
        .collect();
    if node["spec"]["unschedulable"] == true {
        wanted.push("node.kubernetes.io/unschedulable");
    }
    let ours = |key: &str| {
        CONDITION_TAINTS.iter().any(|(.., known)| *known == key) || key == "node.kubernetes.io/unschedulable"
    };
    let has = |key: &str| taints(node).iter().any(|taint| taint["key"] == key && taint["effect"] == "NoSchedule");
    let stale = |taint: &Value| {
        let key = taint["key"].as_str().unwrap_or_default();
        taint["effect"] == "NoSchedule" && ours(key) && !wanted.contains(&key)
    };
    if wanted.iter().all(|key| has(key)) && !taints(node).iter().any(stale) {
        return;
    }
    let added = wanted.iter().filter(|key| !has(key));
    let added = added.map(|key| json!({"key": key, "effect": "NoSchedule", "timeAdded": object::time(world.now())}));
    let mut all: Vec<Value> = taints(node).iter().cloned().chain(added).collect();
    if all.len() > taints(node).len() {
        put_taints(world, object::name(node), &all);
    }
    // New ones first, old ones with a write of their own: `SwapNodeControllerTaint`.
    if all.iter().any(stale) {
        all.retain(|taint| !stale(taint));
        put_taints(world, object::name(node), &all);
    }
}

pub(super) fn taints(node: &Value) -> &[Value] {
    object::items(&node["spec"]["taints"])
}

pub(super) fn put_taints(world: &mut World, node: &str, taints: &[Value]) {
    let taints = taints.to_vec();
    // Refused when the node is gone.
    let _ = update(world, "nodes", &Name::new("", node), move |node| {
        if taints.is_empty() {
            if let Some(spec) = node["spec"].as_object_mut() {
                spec.remove("taints");
            }
        } else {
            node["spec"]["taints"] = json!(taints);
        }
    });
}

/// `node.alpha.kubernetes.io/ttl`: pkg/controller/ttl, by the size of the cluster.
pub(super) fn annotate(world: &mut World, node: &Arc<Value>) {
    let size = world.informers.count("nodes");
    let seconds = match size {
        0..=100 => "0",
        101..=500 => "15",
        501..=1000 => "30",
        1001..=2000 => "60",
        _ => "300",
    };
    let key = "node.alpha.kubernetes.io/ttl";
    if node["metadata"]["annotations"][key] == seconds || !node["metadata"]["annotations"][key].is_null() && size > 3 {
        return;
    }
    // Refused when the node is gone.
    let _ = update(world, "nodes", &Name::of(node), |node| node["metadata"]["annotations"][key] = json!(seconds));
}
