//! Node lifecycle: who has not been heard of is Unknown, tainted, and loses its Pods. pkg/controller/nodelifecycle.
//!
//! - this file: what is known of nodes, and the pass over all of them
//! - `health`: who was heard of when
//! - `taints`: NoSchedule, by conditions; `zones`, `no_execute`: NoExecute, by the state of a zone

mod health;
mod no_execute;
mod taints;
mod zones;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::every;
use crate::sandbox::World;
use crate::sandbox::informers::Heard;
use crate::sandbox::object;
use crate::sandbox::recorder::record;
use health::health;
use no_execute::{no_execute, taint_soon};
use taints::{annotate, taint_by_condition};
use zones::{disruption, state, zone};

/// `--node-monitor-period`.
const MONITORED: Duration = Duration::from_secs(5);

/// How often NoExecute taints are put on: `nodeEvictionPeriod`.
const TAINTED: Duration = Duration::from_millis(100);

const NOT_READY: &str = "node.kubernetes.io/not-ready";

const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// What the controller knows of the nodes.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    health: BTreeMap<String, Health>,
    /// Nodes that wait for their NoExecute taint, by zone, with the time of the zone's last one.
    zones: BTreeMap<String, Zone>,
    /// Names and UIDs of nodes that are gone, of which nothing was told yet.
    removed: Vec<(String, String)>,
    /// Whether those that wait are being looked at.
    tainting: bool,
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
            if world.controllers.nodes.health.remove(&heard.name.name).is_some() {
                let uid = object::uid(heard.object()).to_owned();
                world.controllers.nodes.removed.push((heard.name.name.clone(), uid));
            }
            for zone in world.controllers.nodes.zones.values_mut() {
                zone.waiting.remove(&heard.name.name);
            }
        }
    }
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
            tell(world, &name, object::uid(&node), "RegisteredNode", "Registered Node {} in");
        }
        let node = health(world, node);
        by_zone.entry(zone(&node)).or_default().push(node);
    }
    for (name, uid) in std::mem::take(&mut world.controllers.nodes.removed) {
        tell(world, &name, &uid, "RemovingNode", "Removing Node {} from");
    }
    let states: BTreeMap<String, State> = by_zone.iter().map(|(zone, nodes)| (zone.clone(), state(nodes))).collect();
    let all_full = !states.is_empty() && states.values().all(|state| *state == State::Full);
    disruption(world, &states, &by_zone, all_full);
    for node in by_zone.values().flatten() {
        // By how it was before this pass: a node that just fell silent waits for the next one.
        let status = observed.get(object::name(node)).map_or("Unknown", String::as_str);
        no_execute(world, node, status);
    }
    taint_soon(world);
}

/// Tells that a node came or went.
fn tell(world: &mut World, name: &str, uid: &str, reason: &str, what: &str) {
    let message = format!("Node {name} event: {} Controller", what.replace("{}", name));
    let about = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "uid": uid}});
    record(world, "node-controller", &about, "Normal", reason, &message);
}
