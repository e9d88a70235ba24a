//! NoExecute taints: as fast as the zone lets them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::taints::{put_taints, taints};
use super::zones::zone;
use super::{NOT_READY, TAINTED, UNREACHABLE};
use crate::sandbox::World;
use crate::sandbox::controllers::alive;
use crate::sandbox::object;

fn no_execute_taint(node: &Value) -> Option<&str> {
    let taint = taints(node)
        .iter()
        .find(|taint| taint["effect"] == "NoExecute" && (taint["key"] == NOT_READY || taint["key"] == UNREACHABLE))?;
    taint["key"].as_str()
}

/// NoExecute: a node that is not ready waits for its taint; one that is ready loses it.
pub(super) fn no_execute(world: &mut World, node: &Arc<Value>, status: &str) {
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

/// Puts a NoExecute taint on, then takes the other off: `SwapNodeControllerTaint`.
fn swap_no_execute(world: &mut World, node: &Value, key: &str) {
    let ours = |taint: &Value| {
        taint["effect"] == "NoExecute"
            && taint["key"] != key
            && (taint["key"] == NOT_READY || taint["key"] == UNREACHABLE)
    };
    let mut all: Vec<Value> = taints(node).to_vec();
    all.push(json!({"key": key, "effect": "NoExecute", "timeAdded": object::time(world.now())}));
    put_taints(world, object::name(node), &all);
    if all.iter().any(ours) {
        all.retain(|taint| !ours(taint));
        put_taints(world, object::name(node), &all);
    }
}

pub(super) fn remove_no_execute(world: &mut World, node: &Value) {
    let node = world.informers.get("nodes", "", object::name(node));
    let Some(node) = node.filter(|node| no_execute_taint(node).is_some()) else { return };
    let ours =
        |taint: &Value| taint["effect"] == "NoExecute" && (taint["key"] == NOT_READY || taint["key"] == UNREACHABLE);
    let kept: Vec<Value> = taints(&node).iter().filter(|taint| !ours(taint)).cloned().collect();
    put_taints(world, object::name(&node), &kept);
}

/// Looks at the nodes that wait every [`TAINTED`], from now on for as long as there are any.
pub(super) fn taint_soon(world: &mut World) {
    if !world.controllers.nodes.tainting {
        look(world, Duration::ZERO);
    }
}

fn look(world: &mut World, delay: Duration) {
    world.controllers.nodes.tainting = world.controllers.nodes.zones.values().any(|zone| !zone.waiting.is_empty());
    if world.controllers.nodes.tainting {
        world.after(delay, |world| {
            if alive(world) {
                taint_waiting(world);
            }
            look(world, TAINTED);
        });
    }
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
