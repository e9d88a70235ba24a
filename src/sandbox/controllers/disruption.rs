//! PodDisruptionBudgets: how many of their Pods may be evicted now. pkg/controller/disruption.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::informers::{Heard, Name};
use crate::sandbox::object;
use crate::sandbox::recorder::record;

use super::queue::Controller;
use super::{MANAGER, pods};

const CONTROLLER: Controller = Controller::new("disruption", sync);
const COMPONENT: &str = "controllermanager";
/// How long an evicted Pod may take to be deleted: `DeletionTimeout`.
const DELETION_TIMEOUT: Duration = Duration::from_mins(2);
/// The controllers whose scale is known.
const SCALED: &[&str] = &["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"];

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
    budgets.filter(|budget| chooses(&budget["spec"]["selector"], labels)).map(|budget| Name::of(budget)).collect()
}

/// Whether a budget is for Pods with these labels. An empty selector is for none in policy/v1beta1.
fn chooses(selector: &Value, labels: &Value) -> bool {
    let empty = ["matchLabels", "matchExpressions"].iter().all(|part| match &selector[*part] {
        Value::Object(labels) => labels.is_empty(),
        expressions => object::items(expressions).is_empty(),
    });
    !empty && object::selects(selector, labels)
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(budget) = world.informers.get("poddisruptionbudgets", &name.namespace, &name.name) else { return Ok(()) };
    let selector = &budget["spec"]["selector"];
    let mut looked_at = 0;
    let all = world.informers.list_in("pods", &name.namespace).inspect(|_| looked_at += 1);
    let chosen: Vec<Arc<Value>> = all.filter(|pod| chooses(selector, &pod["metadata"]["labels"])).cloned().collect();
    CONTROLLER.looks_at(world, name, looked_at);
    if chosen.is_empty() {
        record(world, COMPONENT, &budget, "Normal", "NoPods", "No matching pods found");
    }
    let status = match expected(world, &budget, &chosen) {
        Ok(numbers) => status(world, name, &budget, &chosen, numbers),
        Err((reason, why)) => {
            record(world, COMPONENT, &budget, "Warning", reason, &why);
            let why = format!("Failed to calculate the number of expected pods: {why}");
            record(world, COMPONENT, &budget, "Warning", "CalculateExpectedPodCountFailed", &why);
            // Rather none may go than too many.
            let mut status = budget["status"].clone();
            status["disruptionsAllowed"] = json!(0);
            status
        }
    };
    if status == budget["status"] {
        return Ok(());
    }
    let mut updated = Value::clone(&budget);
    updated["status"] = status;
    world.api(MANAGER).update_status("poddisruptionbudgets", name.ns(), updated).map(|_| ())
}

/// The status of a budget over these Pods, of which so many are expected and so many are to be healthy.
fn status(
    world: &mut World,
    name: &Name,
    budget: &Value,
    chosen: &[Arc<Value>],
    (expected, wanted): (i64, i64),
) -> Value {
    let disrupted = disrupted(world, name, budget, chosen);
    let healthy = chosen
        .iter()
        .filter(|pod| pods::ready(pod) && !object::deleting(pod) && !disrupted.contains_key(object::name(pod)));
    let healthy = i64::try_from(healthy.count()).unwrap_or(0);
    let allowed = if expected <= 0 { 0 } else { (healthy - wanted).max(0) };
    let mut status = json!({
        "observedGeneration": budget["metadata"]["generation"], "disruptionsAllowed": allowed, "currentHealthy": healthy,
        "desiredHealthy": wanted, "expectedPods": expected,
    });
    if !disrupted.is_empty() {
        status["disruptedPods"] = Value::Object(disrupted);
    }
    status
}

/// Of Pods that are being evicted, those that still run; not those that should have been deleted long ago.
fn disrupted(world: &mut World, name: &Name, budget: &Value, chosen: &[Arc<Value>]) -> Map<String, Value> {
    let mut left = Map::new();
    for (pod, at) in budget["status"]["disruptedPods"].as_object().into_iter().flatten() {
        let Some(known) = chosen.iter().find(|known| object::name(known) == pod && !object::deleting(known)) else {
            continue;
        };
        let end = object::parse_time(at).unwrap_or_default() + DELETION_TIMEOUT;
        if end < world.now() {
            // Upstream tells the namespace twice.
            let why = format!("Pod was expected by PDB {0}/{0} to be deleted but it wasn't", name.namespace);
            record(world, COMPONENT, known, "Warning", "NotDeleted", &why);
        } else {
            CONTROLLER.enqueue_after(world, name, end.duration_since(world.now()).unsigned_abs());
            left.insert(pod.clone(), at.clone());
        }
    }
    left
}

/// How many Pods there should be, and how many of them healthy.
///
/// # Errors
/// The reason and the message of what keeps it from being known.
fn expected(world: &World, budget: &Value, chosen: &[Arc<Value>]) -> Result<(i64, i64), (&'static str, String)> {
    let share = |value: &Value, of: i64| match value {
        Value::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
            (percent * of + 99) / 100
        }
        number => object::int(number, 0),
    };
    let spec = &budget["spec"];
    if !spec["maxUnavailable"].is_null() {
        let scale = scale(world, chosen)?;
        return Ok((scale, (scale - share(&spec["maxUnavailable"], scale)).max(0)));
    }
    match &spec["minAvailable"] {
        Value::String(_) => {
            let scale = scale(world, chosen)?;
            Ok((scale, share(&spec["minAvailable"], scale)))
        }
        number => Ok((i64::try_from(chosen.len()).unwrap_or(0), object::int(number, 0))),
    }
}

/// How many Pods their controllers want.
///
/// # Errors
/// A Pod has no controller, or one that cannot be scaled.
fn scale(world: &World, chosen: &[Arc<Value>]) -> Result<i64, (&'static str, String)> {
    let mut owners = std::collections::BTreeMap::new();
    for pod in chosen {
        let none = |reason, what: &str| (reason, format!("found no {what} for pod {:?}", object::name(pod)));
        let Some(owner) = object::controller(pod) else { return Err(none("NoControllerRef", "controller ref")) };
        let known = |owner: &Value| {
            let scaled = owner["kind"].as_str().is_some_and(|kind| SCALED.contains(&kind));
            world.informers.by_uid(owner["uid"].as_str().filter(|_| scaled)?).map(|(_, owner)| owner)
        };
        let Some(owner) = known(owner) else { return Err(none("NoControllers", "controllers")) };
        let owner = object::controller(&owner).and_then(known).unwrap_or(owner);
        owners.insert(object::uid(&owner).to_owned(), object::int(&owner["spec"]["replicas"], 1));
    }
    Ok(owners.values().sum())
}
