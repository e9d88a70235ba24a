//! When a node was last heard of, and what is done when that is too long ago.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Health;
use crate::sandbox::World;
use crate::sandbox::controllers::MANAGER;
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::record;

/// `--node-monitor-grace-period`.
const GRACE: Duration = Duration::from_secs(40);

/// `--node-startup-grace-period`: for a node that never posted a status.
const STARTUP_GRACE: Duration = Duration::from_secs(60);

/// Brings up to date when a node was last heard of; past the grace period its conditions become Unknown.
pub(super) fn health(world: &mut World, node: Arc<Value>) -> Arc<Value> {
    let now = world.now();
    let name = object::name(&node).to_owned();
    let ready = object::condition(&node, "Ready").cloned().unwrap_or_default();
    let lease = world.informers.get("leases", "kube-node-lease", &name);
    let renewed = lease.map(|lease| lease["spec"]["renewTime"].clone()).unwrap_or_default();
    let known = world.controllers.nodes.health.entry(name.clone()).or_insert_with(|| Health {
        probed: now,
        status: ready.clone(),
        renewed: renewed.clone(),
        changed: now,
    });
    if known.status["lastHeartbeatTime"] != ready["lastHeartbeatTime"] || known.renewed != renewed {
        known.probed = now;
    }
    if known.status["status"] != ready["status"] {
        known.changed = now;
        if ready["status"] != "Unknown" {
            known.probed = now;
        }
    }
    known.status = ready.clone();
    known.renewed = renewed;
    let grace = if ready.is_null() { STARTUP_GRACE } else { GRACE };
    let silent = now.duration_since(known.probed).unsigned_abs() >= grace;
    let was = ready["status"].as_str().unwrap_or("Unknown").to_owned();
    let mut node = node;
    if silent && (was != "Unknown" || ready.is_null()) {
        node = unknown(world, &node).unwrap_or(node);
    }
    let is = object::condition(&node, "Ready").map_or("Unknown", |ready| ready["status"].as_str().unwrap_or("Unknown"));
    if is != "True" && was == "True" {
        let message = format!("Node {name} status is now: NodeNotReady");
        let about = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "uid": object::uid(&node)}});
        record(world, "node-controller", &about, "Normal", "NodeNotReady", &message);
    }
    if is != "True" {
        pods_not_ready(world, &name);
    }
    node
}

/// Posts Unknown for all conditions of a node that is not heard of.
fn unknown(world: &mut World, node: &Value) -> Option<Arc<Value>> {
    let now = object::time(world.now());
    let mut node = node.clone();
    for kind in ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"] {
        let known = object::condition(&node, kind).cloned();
        let (reason, message, heartbeat) = match &known {
            Some(known) => {
                ("NodeStatusUnknown", "Kubelet stopped posting node status.", known["lastHeartbeatTime"].clone())
            }
            None => (
                "NodeStatusNeverUpdated",
                "Kubelet never posted node status.",
                node["metadata"]["creationTimestamp"].clone(),
            ),
        };
        let condition = json!({"type": kind, "status": "Unknown", "lastHeartbeatTime": heartbeat,
            "lastTransitionTime": now, "reason": reason, "message": message});
        object::set_condition(&mut node, condition);
    }
    let posted = world.api(MANAGER).update_status("nodes", None, node).ok()?;
    let now = world.now();
    if let Some(health) = world.controllers.nodes.health.get_mut(object::name(&posted)) {
        health.status = object::condition(&posted, "Ready").cloned().unwrap_or_default();
        health.changed = now;
    }
    Some(posted)
}

/// Pods of a node that is not ready are not ready, and go on running.
fn pods_not_ready(world: &mut World, node: &str) {
    for pod in world.informers.pods_on(node) {
        if !object::holds(&pod, "Ready") {
            continue;
        }
        let now = object::time(world.now());
        let mut updated = Value::clone(&pod);
        if let Some(conditions) = updated["status"]["conditions"].as_array_mut() {
            for condition in conditions.iter_mut().filter(|condition| condition["type"] == "Ready") {
                condition["status"] = json!("False");
                condition["lastTransitionTime"] = now.clone();
            }
        }
        let name = Name::of(&pod);
        if world.api(MANAGER).update_status("pods", name.ns(), updated).is_ok() {
            record(world, "node-controller", &pod, "Warning", "NodeNotReady", "Node is not ready");
        }
    }
}
