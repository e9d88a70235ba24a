//! Node lifecycle: who has not been heard of is Unknown, tainted, and loses its Pods. pkg/controller/nodelifecycle.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::informers::{Heard, Name};
use crate::sandbox::object;
use crate::sandbox::recorder::record;

use super::{MANAGER, every, update};

/// `--node-monitor-period`.
const MONITORED: Duration = Duration::from_secs(5);
/// `--node-monitor-grace-period`.
const GRACE: Duration = Duration::from_secs(40);
/// `--node-startup-grace-period`: for a node that never posted a status.
const STARTUP_GRACE: Duration = Duration::from_secs(60);
/// NoExecute taints a second in a zone: `--node-eviction-rate`.
const RATE: f64 = 0.1;
/// Likewise in a large zone that is partly disrupted: `--secondary-node-eviction-rate`; in a small one none.
const SECOND_RATE: f64 = 0.01;
/// A zone with more nodes is large: `--large-cluster-size-threshold`.
const LARGE: usize = 50;
/// A zone is partly disrupted from this share on: `--unhealthy-zone-threshold`.
const UNHEALTHY: f64 = 0.55;
/// How often NoExecute taints are put on: `nodeEvictionPeriod`.
const TAINTED: Duration = Duration::from_millis(100);

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// The taints that follow conditions at once: condition, status, key.
const CONDITION_TAINTS: [(&str, &str, &str); 6] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
];

/// What the controller knows of the nodes.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    health: BTreeMap<String, Health>,
    /// Nodes that wait for their NoExecute taint, by zone, with the time of the zone's last one.
    zones: BTreeMap<String, Zone>,
}

#[derive(Debug)]
struct Health {
    /// When it was last heard of.
    probed: Timestamp,
    /// `Ready`'s status as last seen, with its heartbeat; the lease's renewal.
    status: Value,
    renewed: Value,
    /// When `Ready` last changed, by this controller's clock.
    changed: Timestamp,
}

#[derive(Debug)]
struct Zone {
    waiting: BTreeSet<String>,
    /// How many taints may be put on: at most one is saved up.
    tokens: f64,
    at: Timestamp,
    rate: f64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Initial,
    Normal,
    Partial,
    Full,
}

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("nodes", changed);
    every(world, MONITORED, monitor);
    every(world, TAINTED, taint_waiting);
}

fn changed(world: &mut World, heard: &Heard) {
    match &heard.now {
        Some(_) => {
            // As it is now: what was heard may be older than another controller's taint.
            let Some(node) = world.informers.get("nodes", "", &heard.name.name) else { return };
            taint_by_condition(world, &node);
            annotate(world, &node);
        }
        None => {
            world.controllers.nodes.health.remove(&heard.name.name);
            for zone in world.controllers.nodes.zones.values_mut() {
                zone.waiting.remove(&heard.name.name);
            }
        }
    }
}

/// NoSchedule taints follow the conditions.
fn taint_by_condition(world: &mut World, node: &Arc<Value>) {
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
    let kept = taints(node).iter().filter(|taint| !stale(taint)).cloned();
    let mut all: Vec<Value> = kept.collect();
    for key in wanted.iter().filter(|key| !has(key)) {
        all.push(json!({"key": key, "effect": "NoSchedule", "timeAdded": object::time(world.now())}));
    }
    put_taints(world, object::name(node), &all);
}

fn taints(node: &Value) -> &[Value] {
    object::items(&node["spec"]["taints"])
}

fn put_taints(world: &mut World, node: &str, taints: &[Value]) {
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
fn annotate(world: &mut World, node: &Arc<Value>) {
    let size = world.informers.list("nodes").count();
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

/// One pass over all nodes.
fn monitor(world: &mut World) {
    let nodes: Vec<Arc<Value>> = world.informers.list("nodes").cloned().collect();
    let mut by_zone: BTreeMap<String, Vec<Arc<Value>>> = BTreeMap::new();
    let mut observed = BTreeMap::new();
    for node in nodes {
        let name = object::name(&node).to_owned();
        let ready = object::condition(&node, "Ready").and_then(|ready| ready["status"].as_str());
        observed.insert(name.clone(), ready.unwrap_or("Unknown").to_owned());
        if !world.controllers.nodes.health.contains_key(&name) {
            let message = format!("Node {name} event: Registered Node {name} in Controller");
            let mut about = json!({"apiVersion": "v1", "kind": "Node"});
            about["metadata"] = json!({"name": name, "uid": object::uid(&node)});
            record(world, "node-controller", &about, "Normal", "RegisteredNode", &message);
        }
        let node = health(world, node);
        by_zone.entry(zone(&node)).or_default().push(node);
    }
    let states: BTreeMap<String, State> = by_zone.iter().map(|(zone, nodes)| (zone.clone(), state(nodes))).collect();
    let all_full = !states.is_empty() && states.values().all(|state| *state == State::Full);
    disruption(world, &states, &by_zone, all_full);
    for node in by_zone.values().flatten() {
        // By how it was before this pass: a node that just fell silent waits for the next one.
        let status = observed.get(object::name(node)).map_or("Unknown", String::as_str);
        no_execute(world, node, status);
    }
}

/// Brings up to date when a node was last heard of; past the grace period its conditions become Unknown.
fn health(world: &mut World, node: Arc<Value>) -> Arc<Value> {
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

/// The zone of a node by its labels: region and zone.
fn zone(node: &Value) -> String {
    let labels = &node["metadata"]["labels"];
    let label =
        |new: &str, old: &str| labels[new].as_str().or_else(|| labels[old].as_str()).unwrap_or_default().to_owned();
    let region = label("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region");
    format!("{region}:{}", label("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"))
}

/// `ComputeZoneState`.
fn state(nodes: &[Arc<Value>]) -> State {
    let not_ready = nodes.iter().filter(|node| !object::holds(node, "Ready")).count();
    let ready = nodes.len() - not_ready;
    // Node counts are far below 2^52.
    #[allow(clippy::cast_precision_loss)]
    let share = not_ready as f64 / nodes.len().max(1) as f64;
    match (ready, not_ready) {
        (0, 1..) => State::Full,
        (_, 3..) if share >= UNHEALTHY => State::Partial,
        _ => State::Normal,
    }
}

/// `handleDisruption`: when no zone has a ready node, nothing is evicted and NoExecute taints go.
fn disruption(
    world: &mut World,
    states: &BTreeMap<String, State>,
    by_zone: &BTreeMap<String, Vec<Arc<Value>>>,
    all_full: bool,
) {
    let now = world.now();
    let known = &world.controllers.nodes.zones;
    let was_full = !known.is_empty()
        && known.values().filter(|z| z.state != State::Initial).count() > 0
        && known.values().all(|zone| zone.state == State::Full || zone.state == State::Initial);
    for (zone, state) in states {
        let size = by_zone.get(zone).map_or(0, Vec::len);
        let rate = match state {
            _ if all_full => 0.0,
            State::Partial if size > LARGE => SECOND_RATE,
            State::Partial => 0.0,
            _ => RATE,
        };
        let fresh = || Zone { waiting: BTreeSet::new(), tokens: 1.0, at: now, rate, state: State::Initial };
        let known = world.controllers.nodes.zones.entry(zone.clone()).or_insert_with(fresh);
        if (known.rate - rate).abs() > f64::EPSILON {
            known.rate = rate;
            known.tokens = 1.0;
            known.at = now;
        }
        known.state = *state;
    }
    if all_full && !was_full {
        for node in by_zone.values().flatten() {
            remove_no_execute(world, node);
        }
        for zone in world.controllers.nodes.zones.values_mut() {
            zone.waiting.clear();
        }
    }
    if was_full && !all_full {
        // All were silent: each gets its grace period anew.
        for health in world.controllers.nodes.health.values_mut() {
            health.probed = now;
            health.changed = now;
        }
    }
}

fn no_execute_taint(node: &Value) -> Option<&str> {
    let taint = taints(node)
        .iter()
        .find(|taint| taint["effect"] == "NoExecute" && (taint["key"] == NOT_READY || taint["key"] == UNREACHABLE))?;
    taint["key"].as_str()
}

/// NoExecute: a node that is not ready waits for its taint; one that is ready loses it.
fn no_execute(world: &mut World, node: &Arc<Value>, status: &str) {
    let name = object::name(node).to_owned();
    let waiting = |world: &mut World, wait: bool| {
        let zone = world.controllers.nodes.zones.get_mut(&zone(node))?;
        if wait { zone.waiting.insert(name.clone()) } else { zone.waiting.remove(&name) }.then_some(())
    };
    match (status, no_execute_taint(node)) {
        ("True", tainted) => {
            waiting(world, false);
            if tainted.is_some() {
                remove_no_execute(world, node);
            }
        }
        (status, Some(key)) => {
            let wanted = if status == "False" { NOT_READY } else { UNREACHABLE };
            if key != wanted {
                swap_no_execute(world, node, wanted);
            }
        }
        (_, None) => {
            waiting(world, true);
        }
    }
}

fn swap_no_execute(world: &mut World, node: &Value, key: &str) {
    let ours =
        |taint: &Value| taint["effect"] == "NoExecute" && (taint["key"] == NOT_READY || taint["key"] == UNREACHABLE);
    let mut all: Vec<Value> = taints(node).iter().filter(|taint| !ours(taint)).cloned().collect();
    all.push(json!({"key": key, "effect": "NoExecute", "timeAdded": object::time(world.now())}));
    put_taints(world, object::name(node), &all);
}

fn remove_no_execute(world: &mut World, node: &Value) {
    let node = world.informers.get("nodes", "", object::name(node));
    let Some(node) = node.filter(|node| no_execute_taint(node).is_some()) else { return };
    let ours =
        |taint: &Value| taint["effect"] == "NoExecute" && (taint["key"] == NOT_READY || taint["key"] == UNREACHABLE);
    let kept: Vec<Value> = taints(&node).iter().filter(|taint| !ours(taint)).cloned().collect();
    put_taints(world, object::name(&node), &kept);
}

/// Puts NoExecute on the nodes that wait for it, as fast as their zone allows.
fn taint_waiting(world: &mut World) {
    let now = world.now();
    let mut due = Vec::new();
    for zone in world.controllers.nodes.zones.values_mut() {
        zone.tokens = (zone.tokens + now.duration_since(zone.at).as_secs_f64() * zone.rate).min(1.0);
        zone.at = now;
        while zone.rate > 0.0 && zone.tokens >= 1.0 {
            let Some(node) = zone.waiting.pop_first() else { break };
            zone.tokens -= 1.0;
            due.push(node);
        }
    }
    for name in due {
        let Some(node) = world.informers.get("nodes", "", &name) else { continue };
        let status =
            object::condition(&node, "Ready").map_or("Unknown", |ready| ready["status"].as_str().unwrap_or("Unknown"));
        match status {
            "True" => {}
            "False" => swap_no_execute(world, &node, NOT_READY),
            _ => swap_no_execute(world, &node, UNREACHABLE),
        }
    }
}
