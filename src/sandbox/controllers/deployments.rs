//! Deployments: a ReplicaSet for each template, scaled by the strategy. pkg/controller/deployment.
//!
//! [`rollout`](super::rollout) scales, this file finds and makes the sets and tells the status.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status};
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::record;

use super::queue::Controller;
use super::{MANAGER, owner_named, pods, rollout, update};

/// The controller.
pub(super) const CONTROLLER: Controller = Controller::new("deployment", sync);
/// The component of its events.
pub(super) const COMPONENT: &str = "deployment-controller";
/// The label of a template's hash.
pub(super) const HASH: &str = "pod-template-hash";
/// The annotations that sets bear.
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// See [`REVISION`].
pub(super) const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
/// See [`REVISION`].
pub(super) const MAX: &str = "deployment.kubernetes.io/max-replicas";

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("deployments", |world, heard| CONTROLLER.enqueue(world, &heard.name));
    world.informers.watch("replicasets", |world, heard| {
        owner_named(heard, "Deployment", |name| CONTROLLER.enqueue(world, name));
    });
    // Recreate waits for the last of the old Pods.
    world.informers.watch("pods", |world, heard| {
        if heard.now.is_some() {
            return;
        }
        let Some(owner) = object::controller(heard.object()).and_then(|owner| owner["name"].as_str()) else { return };
        let Some(set) = world.informers.get("replicasets", &heard.name.namespace, owner) else { return };
        let deployment = object::controller(&set).and_then(|owner| owner["name"].as_str()).map(str::to_owned);
        if let Some(deployment) = deployment {
            CONTROLLER.enqueue(world, &Name::new(&heard.name.namespace, &deployment));
        }
    });
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(deployment) = world.informers.get("deployments", &name.namespace, &name.name) else { return Ok(()) };
    let sets = pods::claim(world, &deployment, "replicasets")?;
    if object::deleting(&deployment) {
        return status(world, &deployment, &sets, None);
    }
    let paused = deployment["spec"]["paused"] == true;
    let new = current(&deployment, &sets);
    let scaling = sets.iter().any(|set| {
        replicas(set) > 0
            && set["metadata"]["annotations"][DESIRED]
                .as_str()
                .is_some_and(|desired| desired != replicas(&deployment).to_string())
    });
    if paused || scaling {
        let sets = rollout::proportionally(world, &deployment, &sets, new.as_ref())?;
        if paused {
            clean_up(world, &deployment, &sets)?;
        }
        let new = current(&deployment, &sets);
        return status(world, &deployment, &sets, new.as_ref());
    }
    let recreate = deployment["spec"]["strategy"]["type"] == "Recreate";
    let (sets, new) = if recreate {
        rollout::recreate(world, &deployment, sets)?
    } else {
        let (sets, new) = with_new_set(world, &deployment, sets)?;
        let sets = rollout::rolling(world, &deployment, sets, &new)?;
        (sets, Some(new))
    };
    if let Some(new) = &new
        && complete(&deployment, &sets, new)
    {
        clean_up(world, &deployment, &sets)?;
    }
    status(world, &deployment, &sets, new.as_ref())
}

/// `spec.replicas`.
pub(super) fn replicas(object: &Value) -> i64 {
    object::int(&object["spec"]["replicas"], 1)
}

/// A number of a set's status.
pub(super) fn counted(set: &Value, field: &str) -> i64 {
    object::int(&set["status"][field], 0)
}

fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.remove(HASH);
    }
    template
}

/// The oldest of the sets that have the Deployment's template.
pub(super) fn current(deployment: &Value, sets: &[Arc<Value>]) -> Option<Arc<Value>> {
    let wanted = without_hash(&deployment["spec"]["template"]);
    let mut same: Vec<_> = sets.iter().filter(|set| without_hash(&set["spec"]["template"]) == wanted).collect();
    same.sort_by_key(|set| (set["metadata"]["creationTimestamp"].as_str(), object::name(set)));
    same.first().map(|set| Arc::clone(set))
}

fn revision(object: &Value) -> i64 {
    object["metadata"]["annotations"][REVISION].as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The sets with that of the Deployment's template, which is made if there is none; its revision is the highest.
pub(super) fn with_new_set(
    world: &mut World,
    deployment: &Arc<Value>,
    mut sets: Vec<Arc<Value>>,
) -> Result<(Vec<Arc<Value>>, Arc<Value>), Status> {
    let known = current(deployment, &sets);
    let of_new = known.as_ref().map(|set| object::uid(set).to_owned());
    let old = sets.iter().filter(|set| Some(object::uid(set)) != of_new.as_deref());
    let highest = old.map(|set| revision(set)).max().unwrap_or(0);
    let number = highest + 1;
    if let Some(known) = known {
        let number = revision(&known).max(number);
        let set = annotate(world, deployment, &known, number)?;
        progress(
            world,
            deployment,
            "FoundNewReplicaSet",
            &format!("Found new replica set {:?}", object::name(&set)),
            true,
        )?;
        replace(&mut sets, &set);
        mark(world, deployment, number)?;
        return Ok((sets, set));
    }
    let template = &deployment["spec"]["template"];
    let collisions = object::int(&deployment["status"]["collisionCount"], 0);
    let salt = if collisions > 0 { collisions.to_string() } else { String::new() };
    let hash = object::safe_encode(object::fnv32a(&format!("{template}{salt}")));
    let mut set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", object::name(deployment)), "namespace": object::namespace(deployment),
            "labels": template["metadata"]["labels"], "annotations": annotations(deployment, &Value::Null, number),
            "ownerReferences": [object::owner_reference(deployment, true)],
        },
        "spec": {"selector": deployment["spec"]["selector"], "template": template},
    });
    set["metadata"]["labels"][HASH] = json!(hash);
    set["spec"]["selector"]["matchLabels"][HASH] = json!(hash);
    set["spec"]["template"]["metadata"]["labels"][HASH] = json!(hash);
    set["spec"]["minReadySeconds"] = json!(object::int(&deployment["spec"]["minReadySeconds"], 0));
    if set["spec"]["minReadySeconds"] == 0
        && let Some(spec) = set["spec"].as_object_mut()
    {
        spec.remove("minReadySeconds");
    }
    let wanted = rollout::new_replicas(deployment, &sets, None);
    set["spec"]["replicas"] = json!(wanted);
    let made = match world.api(MANAGER).create("replicasets", Some(object::namespace(deployment)), set) {
        Ok(made) => made,
        Err(failure) => {
            let message =
                format!("Failed to create new replica set {:?}: {}", object::name(deployment), failure.message);
            if failure.code == 409 && failure.reason == "AlreadyExists" {
                collide(world, deployment, collisions + 1)?;
            } else {
                progress(world, deployment, "ReplicaSetCreateError", &message, false)?;
                record(world, COMPONENT, deployment, "Warning", "ReplicaSetCreateError", &message);
            }
            return Err(failure);
        }
    };
    if wanted > 0 {
        let message = format!("Scaled up replica set {} to {wanted}", object::name(&made));
        record(world, COMPONENT, deployment, "Normal", "ScalingReplicaSet", &message);
    }
    let message = format!("Created new replica set {:?}", object::name(&made));
    progress(world, deployment, "NewReplicaSetCreated", &message, false)?;
    mark(world, deployment, number)?;
    sets.push(made.clone());
    Ok((sets, made))
}

fn collide(world: &mut World, deployment: &Value, count: i64) -> Result<(), Status> {
    let name = Name::of(deployment);
    let mut updated = Value::clone(&*world.api(MANAGER).get("deployments", name.ns(), &name.name)?);
    updated["status"]["collisionCount"] = json!(count);
    world.api(MANAGER).update_status("deployments", name.ns(), updated).map(|_| ())
}

/// Puts a set in the place of its earlier version.
pub(super) fn replace(sets: &mut [Arc<Value>], set: &Arc<Value>) {
    for known in sets.iter_mut().filter(|known| object::uid(known) == object::uid(set)) {
        *known = set.clone();
    }
}

/// A set's annotations: the Deployment's but for a few, the revision, and how many it should be.
fn annotations(deployment: &Value, known: &Value, number: i64) -> Value {
    let mut annotations = if known.is_object() { known.clone() } else { json!({}) };
    let skipped = [
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        HISTORY,
        DESIRED,
        MAX,
        "deprecated.deployment.rollback.to",
    ];
    for (key, value) in deployment["metadata"]["annotations"].as_object().into_iter().flatten() {
        if !skipped.contains(&key.as_str()) {
            annotations[key] = value.clone();
        }
    }
    let before = annotations[REVISION].as_str().map(str::to_owned);
    if let Some(before) = before.filter(|before| before.parse::<i64>().unwrap_or(0) < number) {
        let history =
            annotations[HISTORY].as_str().map_or_else(|| before.clone(), |history| format!("{history},{before}"));
        annotations[HISTORY] = json!(history);
    }
    annotations[REVISION] = json!(number.to_string());
    let wanted = replicas(deployment);
    annotations[DESIRED] = json!(wanted.to_string());
    annotations[MAX] = json!((wanted + rollout::surge(deployment)).to_string());
    annotations
}

fn annotate(world: &mut World, deployment: &Value, set: &Arc<Value>, number: i64) -> Result<Arc<Value>, Status> {
    let wanted = annotations(deployment, &set["metadata"]["annotations"], number);
    if wanted == set["metadata"]["annotations"] {
        return Ok(set.clone());
    }
    let mut updated = Value::clone(set);
    updated["metadata"]["annotations"] = wanted;
    world.api(MANAGER).update("replicasets", Some(object::namespace(set)), updated)
}

/// The Deployment's own revision.
fn mark(world: &mut World, deployment: &Value, number: i64) -> Result<(), Status> {
    if revision(deployment) == number {
        return Ok(());
    }
    update(world, "deployments", &Name::of(deployment), |deployment| {
        deployment["metadata"]["annotations"][REVISION] = json!(number.to_string());
    })
}

/// Sets the condition Progressing, or only when there is none.
fn progress(
    world: &mut World,
    deployment: &Value,
    reason: &str,
    message: &str,
    only_first: bool,
) -> Result<(), Status> {
    if only_first && object::condition(deployment, "Progressing").is_some() {
        return Ok(());
    }
    let status = if reason == "ReplicaSetCreateError" { "False" } else { "True" };
    let name = Name::of(deployment);
    let mut updated = Value::clone(&*world.api(MANAGER).get("deployments", name.ns(), &name.name)?);
    let now = world.now();
    object::set_condition(&mut updated, condition("Progressing", status, reason, message, now));
    world.api(MANAGER).update_status("deployments", name.ns(), updated).map(|_| ())
}

fn condition(kind: &str, status: &str, reason: &str, message: &str, now: jiff::Timestamp) -> Value {
    json!({"type": kind, "status": status, "lastUpdateTime": object::time(now), "lastTransitionTime": object::time(now),
           "reason": reason, "message": message})
}

fn sum(sets: &[Arc<Value>], field: &str) -> i64 {
    sets.iter().map(|set| counted(set, field)).sum()
}

/// Whether all Pods are of the new template, and available.
pub(super) fn complete(deployment: &Value, sets: &[Arc<Value>], new: &Value) -> bool {
    let wanted = replicas(deployment);
    counted(new, "replicas") == wanted && sum(sets, "replicas") == wanted && sum(sets, "availableReplicas") == wanted
}

/// Deletes the oldest sets without Pods, past `revisionHistoryLimit`.
fn clean_up(world: &mut World, deployment: &Value, sets: &[Arc<Value>]) -> Result<(), Status> {
    let limit = usize::try_from(object::int(&deployment["spec"]["revisionHistoryLimit"], 10)).unwrap_or(usize::MAX);
    let new = current(deployment, sets);
    let mut old: Vec<_> = sets
        .iter()
        .filter(|set| new.as_ref().is_none_or(|new| object::uid(new) != object::uid(set)) && !object::deleting(set))
        .collect();
    old.sort_by_key(|set| revision(set));
    let extra = old.len().saturating_sub(limit);
    for set in old.into_iter().take(extra) {
        let idle = counted(set, "replicas") == 0 && replicas(set) == 0;
        if idle {
            world.api(MANAGER).delete(
                "replicasets",
                Some(object::namespace(set)),
                object::name(set),
                &DeleteOptions::default(),
            )?;
        }
    }
    Ok(())
}

fn status(
    world: &mut World,
    deployment: &Arc<Value>,
    sets: &[Arc<Value>],
    new: Option<&Arc<Value>>,
) -> Result<(), Status> {
    let name = Name::of(deployment);
    let now = world.now();
    let fresh = world.api(MANAGER).get("deployments", name.ns(), &name.name)?;
    let mut updated = Value::clone(&fresh);
    let new = new.and_then(|new| sets.iter().find(|set| object::uid(set) == object::uid(new)));
    let (total, available) = (sum(sets, "replicas"), sum(sets, "availableReplicas"));
    let mut status = json!({"observedGeneration": deployment["metadata"]["generation"]});
    let fields = [
        ("replicas", total),
        ("updatedReplicas", new.map_or(0, |new| counted(new, "replicas"))),
        ("readyReplicas", sum(sets, "readyReplicas")),
        ("availableReplicas", available),
        ("unavailableReplicas", (total - available).max(0)),
    ];
    for (field, count) in fields {
        if count > 0 {
            status[field] = json!(count);
        }
    }
    if !fresh["status"]["conditions"].is_null() {
        status["conditions"] = fresh["status"]["conditions"].clone();
    }
    if !fresh["status"]["collisionCount"].is_null() {
        status["collisionCount"] = fresh["status"]["collisionCount"].clone();
    }
    updated["status"] = status;
    let least = replicas(deployment) - rollout::unavailable(deployment);
    let (holds, reason, message) = if available >= least {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    set_if_new(&mut updated, condition("Available", holds, reason, message, now));
    if !object::deleting(deployment) {
        progressing(world, deployment, &mut updated, sets, new);
    }
    failure(&mut updated, sets, now);
    if !super::replicasets::same_fields(&fresh["status"], &updated["status"]) {
        world.api(MANAGER).update_status("deployments", name.ns(), updated)?;
    }
    Ok(())
}

/// Puts a condition that says something else than the known one; otherwise that stays with its times.
fn set_if_new(object: &mut Value, condition: Value) {
    let known =
        object["status"]["conditions"].as_array().into_iter().flatten().find(|c| c["type"] == condition["type"]);
    if known.is_some_and(|known| known["status"] == condition["status"] && known["reason"] == condition["reason"]) {
        return;
    }
    object::set_condition(object, condition);
}

/// The condition Progressing: how far the roll-out is.
fn progressing(
    world: &mut World,
    deployment: &Value,
    updated: &mut Value,
    sets: &[Arc<Value>],
    new: Option<&Arc<Value>>,
) {
    let now = world.now();
    let who = new.map_or_else(
        || format!("Deployment {:?}", object::name(deployment)),
        |new| format!("ReplicaSet {:?}", object::name(new)),
    );
    let known = object::condition(updated, "Progressing").cloned();
    let finished_before = counted(deployment, "replicas") == counted(deployment, "updatedReplicas")
        && known.as_ref().is_some_and(|known| known["reason"] == "NewReplicaSetAvailable");
    if finished_before && new.is_some_and(|new| complete(deployment, sets, new)) {
        return;
    }
    if finished_before && updated["status"]["updatedReplicas"] == updated["status"]["replicas"] {
        return;
    }
    let number = |object: &Value, field: &str| object::int(&object["status"][field], 0);
    let old = |object: &Value| number(object, "replicas") - number(object, "updatedReplicas");
    let moved = number(updated, "updatedReplicas") > number(deployment, "updatedReplicas")
        || old(updated) < old(deployment)
        || number(updated, "readyReplicas") > number(deployment, "readyReplicas")
        || number(updated, "availableReplicas") > number(deployment, "availableReplicas");
    let limit = Duration::from_secs(object::int(&deployment["spec"]["progressDeadlineSeconds"], 600).unsigned_abs());
    let since = known.as_ref().and_then(|known| object::parse_time(&known["lastUpdateTime"])).unwrap_or(now);
    let passed = now.duration_since(since).unsigned_abs();
    if new.is_some_and(|new| complete(deployment, sets, new)) {
        let message = format!("{who} has successfully progressed.");
        object::set_condition(updated, condition("Progressing", "True", "NewReplicaSetAvailable", &message, now));
    } else if moved {
        let message = format!("{who} is progressing.");
        object::set_condition(updated, condition("Progressing", "True", "ReplicaSetUpdated", &message, now));
    } else if passed > limit && known.as_ref().is_some_and(|known| known["reason"] != "NewReplicaSetAvailable") {
        let message = format!("{who} has timed out progressing.");
        set_if_new(updated, condition("Progressing", "False", "ProgressDeadlineExceeded", &message, now));
    }
    let waits = object::condition(updated, "Progressing")
        .is_some_and(|c| c["reason"] != "NewReplicaSetAvailable" && c["reason"] != "ProgressDeadlineExceeded");
    if waits {
        let left = limit.saturating_sub(passed) + Duration::from_secs(1);
        CONTROLLER.enqueue_after(world, &Name::of(deployment), left);
    }
}

fn failure(updated: &mut Value, sets: &[Arc<Value>], now: jiff::Timestamp) {
    let failed = sets.iter().find_map(|set| object::condition(set, "ReplicaFailure"));
    if let Some(failed) = failed {
        let text = |field: &str| failed[field].as_str().unwrap_or_default().to_owned();
        set_if_new(updated, condition("ReplicaFailure", "True", &text("reason"), &text("message"), now));
    } else if let Some(conditions) = updated["status"]["conditions"].as_array_mut() {
        conditions.retain(|condition| condition["type"] != "ReplicaFailure");
    }
}
