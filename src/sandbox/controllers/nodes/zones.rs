//! How many nodes of a zone are not ready, and how fast they are tainted then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::no_execute::remove_no_execute;
use super::{State, Zone};
use crate::sandbox::World;
use crate::sandbox::object;

/// NoExecute taints a second in a zone: `--node-eviction-rate`.
const RATE: f64 = 0.1;

/// Likewise in a large zone that is partly disrupted: `--secondary-node-eviction-rate`; in a small one none.
const SECOND_RATE: f64 = 0.01;

/// A zone with more nodes is large: `--large-cluster-size-threshold`.
const LARGE: usize = 50;

/// A zone is partly disrupted from this share on: `--unhealthy-zone-threshold`.
const UNHEALTHY: f64 = 0.55;

/// The zone of a node by its labels: region and zone.
pub(super) fn zone(node: &Value) -> String {
    let labels = &node["metadata"]["labels"];
    let label =
        |new: &str, old: &str| labels[new].as_str().or_else(|| labels[old].as_str()).unwrap_or_default().to_owned();
    let region = label("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region");
    format!("{region}:{}", label("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"))
}

/// `ComputeZoneState`.
pub(super) fn state(nodes: &[Arc<Value>]) -> State {
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
pub(super) fn disruption(
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
