//! PodDisruptionBudgets: how many of their Pods may be evicted now. pkg/controller/disruption.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::informers::{Heard, Name};
use crate::sandbox::object;
use crate::sandbox::recorder::record;

use super::queue::Controller;
use super::{MANAGER, pods};

const CONTROLLER: Controller = Controller::new("disruption", sync);
const COMPONENT: &str = "controllermanager";

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("poddisruptionbudgets", |world, heard| CONTROLLER.enqueue(world, &heard.name));
    world.informers.watch("pods", |world, heard| {
        let names = taking(world, heard);
        names.iter().for_each(|name| CONTROLLER.enqueue(world, name));
    });
}

fn taking(world: &World, heard: &Heard) -> Vec<Name> {
    let labels = &heard.object()["metadata"]["labels"];
    let budgets = world.informers.list_in("poddisruptionbudgets", &heard.name.namespace);
    budgets
        .filter(|budget| object::selects(&budget["spec"]["selector"], labels))
        .map(|budget| Name::of(budget))
        .collect()
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(budget) = world.informers.get("poddisruptionbudgets", &name.namespace, &name.name) else { return Ok(()) };
    let selector = &budget["spec"]["selector"];
    let mut looked_at = 0;
    let all = world.informers.list_in("pods", &name.namespace).inspect(|_| looked_at += 1);
    let chosen: Vec<Arc<Value>> = all
        .filter(|pod| object::selects(selector, &pod["metadata"]["labels"]) && !pods::finished(pod))
        .cloned()
        .collect();
    CONTROLLER.looks_at(world, name, looked_at);
    if chosen.is_empty()
        && object::items(&budget["status"]["conditions"]).is_empty()
        && budget["status"]["observedGeneration"].is_null()
    {
        record(world, COMPONENT, &budget, "Normal", "NoPods", "No matching pods found");
    }
    let (expected, wanted) = expected(world, &budget, &chosen);
    let healthy =
        i64::try_from(chosen.iter().filter(|pod| pods::ready(pod) && !object::deleting(pod)).count()).unwrap_or(0);
    // Of Pods that are being evicted, those that still run.
    let disrupted: serde_json::Map<String, Value> = budget["status"]["disruptedPods"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(pod, _)| chosen.iter().any(|known| object::name(known) == pod.as_str() && !object::deleting(known)))
        .map(|(pod, at)| (pod.clone(), at.clone()))
        .collect();
    let waiting = i64::try_from(disrupted.len()).unwrap_or(0);
    let healthy = healthy - waiting.min(healthy);
    let allowed = if expected <= 0 || healthy <= wanted { 0 } else { healthy - wanted };
    let mut status = json!({
        "observedGeneration": budget["metadata"]["generation"], "disruptionsAllowed": allowed, "currentHealthy": healthy,
        "desiredHealthy": wanted, "expectedPods": expected,
    });
    if !disrupted.is_empty() {
        status["disruptedPods"] = Value::Object(disrupted);
    }
    if status == budget["status"] {
        return Ok(());
    }
    let mut updated = Value::clone(&budget);
    updated["status"] = status;
    world.api(MANAGER).update_status("poddisruptionbudgets", name.ns(), updated).map(|_| ())
}

/// How many Pods there should be, and how many of them healthy.
fn expected(world: &World, budget: &Value, chosen: &[Arc<Value>]) -> (i64, i64) {
    let count = i64::try_from(chosen.len()).unwrap_or(0);
    let share = |value: &Value, of: i64| match value {
        Value::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
            (percent * of + 99) / 100
        }
        number => object::int(number, 0),
    };
    let spec = &budget["spec"];
    if !spec["maxUnavailable"].is_null() {
        let scale = scale(world, chosen);
        return (scale, (scale - share(&spec["maxUnavailable"], scale)).max(0));
    }
    match &spec["minAvailable"] {
        Value::String(_) => {
            let scale = scale(world, chosen);
            (scale, share(&spec["minAvailable"], scale))
        }
        number => (count, object::int(number, 0)),
    }
}

/// How many Pods their controllers want.
fn scale(world: &World, chosen: &[Arc<Value>]) -> i64 {
    let mut owners = std::collections::BTreeMap::new();
    for pod in chosen {
        let Some(uid) = object::controller(pod).and_then(|owner| owner["uid"].as_str()) else { continue };
        let Some((_, owner)) = world.informers.by_uid(uid) else { continue };
        let above = object::controller(&owner)
            .and_then(|above| above["uid"].as_str())
            .and_then(|uid| world.informers.by_uid(uid));
        let owner = above.map_or(owner, |(_, above)| above);
        owners.insert(object::uid(&owner).to_owned(), object::int(&owner["spec"]["replicas"], 1));
    }
    owners.values().sum()
}
