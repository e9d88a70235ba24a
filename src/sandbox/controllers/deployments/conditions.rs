//! The conditions of a Deployment: how its roll-out progresses.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::annotations::REVISION;
use super::status::complete;
use super::{CONTROLLER, counted};
use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::controllers::MANAGER;
use crate::sandbox::informers::Name;
use crate::sandbox::object;

/// Says of a Deployment that its set was found, made, or could not be made, by the condition Progressing, and which revision
/// it is, in one write: as a part of its status, so that it is no new generation. Source: v1.20
/// `pkg/controller/deployment/sync.go`, `getNewReplicaSet`.
pub(super) fn progress(
    world: &mut World,
    deployment: &Value,
    revision: Option<i64>,
    reason: &str,
    message: &str,
) -> Result<(), Status> {
    let status = if reason == "ReplicaSetCreateError" { "False" } else { "True" };
    let name = Name::of(deployment);
    let before = world.api(MANAGER).get("deployments", name.ns(), &name.name)?;
    let mut updated = Value::clone(&before);
    let now = world.now();
    if reason != "FoundNewReplicaSet" || object::condition(&updated, "Progressing").is_none() {
        set_if_new(&mut updated, condition("Progressing", status, reason, message, now));
    }
    if let Some(revision) = revision {
        updated["metadata"]["annotations"][REVISION] = json!(revision.to_string());
    }
    if updated == *before {
        return Ok(());
    }
    world.api(MANAGER).update_status("deployments", name.ns(), updated).map(|_| ())
}

/// Says that a roll-out rests, or goes on: `checkPausedConditions` of pkg/controller/deployment/sync.go.
pub(super) fn pause(world: &mut World, deployment: &Value, paused: bool) -> Result<(), Status> {
    let known = object::condition(deployment, "Progressing").map(|known| &known["reason"]);
    let was = known.is_some_and(|reason| reason == "DeploymentPaused");
    // That it lacks progress is not covered by a pause.
    if was == paused || known.is_some_and(|reason| reason == "ProgressDeadlineExceeded") {
        return Ok(());
    }
    let (reason, message) = if paused {
        ("DeploymentPaused", "Deployment is paused")
    } else {
        ("DeploymentResumed", "Deployment is resumed")
    };
    let name = Name::of(deployment);
    let mut updated = Value::clone(&*world.api(MANAGER).get("deployments", name.ns(), &name.name)?);
    let now = world.now();
    set_if_new(&mut updated, condition("Progressing", "Unknown", reason, message, now));
    world.api(MANAGER).update_status("deployments", name.ns(), updated).map(|_| ())
}

pub(super) fn condition(kind: &str, status: &str, reason: &str, message: &str, now: jiff::Timestamp) -> Value {
    json!({"type": kind, "status": status, "lastUpdateTime": object::time(now), "lastTransitionTime": object::time(now),
           "reason": reason, "message": message})
}

/// Puts a condition that says something else than the known one last; otherwise that stays with its times.
///
/// Source: `SetDeploymentCondition` of pkg/controller/deployment/util/deployment_util.go.
pub(super) fn set_if_new(object: &mut Value, condition: Value) {
    let known =
        object["status"]["conditions"].as_array().into_iter().flatten().find(|c| c["type"] == condition["type"]);
    if known.is_some_and(|known| known["status"] == condition["status"] && known["reason"] == condition["reason"]) {
        return;
    }
    put_last(object, condition);
}

/// Puts a condition last, and takes out the one of its type; its `lastTransitionTime` stays where the status stays.
fn put_last(object: &mut Value, condition: Value) {
    let kind = condition["type"].clone();
    object::set_condition(object, condition);
    let Some(conditions) = object["status"]["conditions"].as_array_mut() else { return };
    // False, so that what changed comes after what did not.
    conditions.sort_by_key(|condition| condition["type"] == kind);
}

/// The condition Progressing: how far the roll-out is.
pub(super) fn progressing(
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
        set_if_new(updated, condition("Progressing", "True", "NewReplicaSetAvailable", &message, now));
    } else if moved {
        let message = format!("{who} is progressing.");
        put_last(updated, condition("Progressing", "True", "ReplicaSetUpdated", &message, now));
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
