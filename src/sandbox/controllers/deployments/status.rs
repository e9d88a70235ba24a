//! The status of a Deployment.

use std::sync::Arc;

use serde_json::{Value, json};

use super::conditions::{condition, progressing, set_if_new};
use super::{counted, replicas};
use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::controllers::{MANAGER, rollout};
use crate::sandbox::informers::Name;
use crate::sandbox::object;

fn sum(sets: &[Arc<Value>], field: &str) -> i64 {
    sets.iter().map(|set| counted(set, field)).sum()
}

/// Whether all Pods are of the new template, and available.
pub(in crate::sandbox::controllers) fn complete(deployment: &Value, sets: &[Arc<Value>], new: &Value) -> bool {
    let wanted = replicas(deployment);
    counted(new, "replicas") == wanted && sum(sets, "replicas") == wanted && sum(sets, "availableReplicas") == wanted
}

/// Tells how a Deployment is, and while it rolls out also how far that is: `syncDeploymentStatus` and `syncRolloutStatus`.
pub(super) fn status(
    world: &mut World,
    deployment: &Arc<Value>,
    sets: &[Arc<Value>],
    new: Option<&Arc<Value>>,
    rolls: bool,
) -> Result<(), Status> {
    let name = Name::of(deployment);
    let now = world.now();
    let fresh = world.api(MANAGER).get("deployments", name.ns(), &name.name)?;
    let mut updated = Value::clone(&fresh);
    let new = new.and_then(|new| sets.iter().find(|set| object::uid(set) == object::uid(new)));
    let available = sum(sets, "availableReplicas");
    let mut status = json!({"observedGeneration": deployment["metadata"]["generation"]});
    let fields = [
        ("replicas", sum(sets, "replicas")),
        ("updatedReplicas", new.map_or(0, |new| counted(new, "replicas"))),
        ("readyReplicas", sum(sets, "readyReplicas")),
        ("availableReplicas", available),
        // Of those that there should be, as upstream counts them.
        ("unavailableReplicas", (sets.iter().map(|set| replicas(set)).sum::<i64>() - available).max(0)),
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
    if rolls {
        progressing(world, deployment, &mut updated, sets, new);
        failure(&mut updated, sets, now);
    }
    if !super::super::replicasets::same_fields(&fresh["status"], &updated["status"]) {
        world.api(MANAGER).update_status("deployments", name.ns(), updated)?;
    }
    Ok(())
}

pub(super) fn failure(updated: &mut Value, sets: &[Arc<Value>], now: jiff::Timestamp) {
    let failed = sets.iter().find_map(|set| object::condition(set, "ReplicaFailure"));
    if let Some(failed) = failed {
        let text = |field: &str| failed[field].as_str().unwrap_or_default().to_owned();
        set_if_new(updated, condition("ReplicaFailure", "True", &text("reason"), &text("message"), now));
    } else if let Some(conditions) = updated["status"]["conditions"].as_array_mut() {
        conditions.retain(|condition| condition["type"] != "ReplicaFailure");
    }
}
