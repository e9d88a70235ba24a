//! Telling the API of a Pod's status, and that it is over. pkg/kubelet/status/status_manager.go.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::DeleteOptions;
use crate::sandbox::object;

use super::{after, connected, next_tick, record, statics, worker_mut, worker_ref};

/// How often all statuses are compared with the API, and Pods that are over are deleted: `syncPeriod`.
const COMPARED: Duration = Duration::from_secs(10);
/// How long after its containers ended all of a Pod is reclaimed: volumes unmounted, containers removed, relisted.
const RECLAIMED: Duration = Duration::from_millis(1200);

/// Takes a status as the Pod's, and nothing of the known one.
pub(super) fn replace(world: &mut World, node: &str, uid: &str, status: Value) {
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.replaces = true;
    }
    set(world, node, uid, status);
}

/// Takes a status as the Pod's, and posts it if it differs.
pub(super) fn set(world: &mut World, node: &str, uid: &str, status: Value) {
    let Some(worker) = worker_mut(world, node, uid) else { return };
    worker.status = status;
    if !send(world, node, uid) {
        let uid = uid.to_owned();
        let delay = next_tick(world, node, COMPARED);
        after(world, node, delay, move |world, node| resend(world, node, &uid));
    }
}

/// Posts a Pod's status again at the next comparison where the API has other conditions than this kubelet's, as the node
/// controller writes them when it does not hear of a node: `needsReconcile`.
pub(super) fn reconcile(world: &mut World, node: &str, uid: &str) {
    let Some(worker) = worker_ref(world, node, uid) else { return };
    let status = |of: &Value, kind: &str| {
        let all = object::items(&of["conditions"]).iter();
        all.filter(|condition| condition["type"] == kind).map(|condition| condition["status"].clone()).next()
    };
    let differs = ["Ready", "ContainersReady", "Initialized"].iter().any(|kind| {
        let (ours, theirs) = (status(&worker.status, kind), status(&worker.pod["status"], kind));
        ours.is_some() && theirs.is_some() && ours != theirs
    });
    if differs && !worker.gone {
        let uid = uid.to_owned();
        let delay = next_tick(world, node, COMPARED);
        after(world, node, delay, move |world, node| resend(world, node, &uid));
    }
}

fn resend(world: &mut World, node: &str, uid: &str) {
    if worker_ref(world, node, uid).is_some() && !send(world, node, uid) {
        let uid = uid.to_owned();
        let delay = next_tick(world, node, COMPARED);
        after(world, node, delay, move |world, node| resend(world, node, &uid));
    }
}

/// Posts a Pod's status; false if the API was not reached.
fn send(world: &mut World, node: &str, uid: &str) -> bool {
    if !connected(world, node) {
        return false;
    }
    let Some(worker) = worker_ref(world, node, uid) else { return true };
    let (pod, status) = (worker.pod.clone(), worker.status.clone());
    let (namespace, name) = (object::namespace(&pod).to_owned(), object::name(&pod).to_owned());
    let Ok(known) = world.api("kubelet").get("pods", Some(&namespace), &name) else { return true };
    if !statics::shows(&known, uid) {
        return true;
    }
    let replaces = worker_ref(world, node, uid).is_some_and(|worker| worker.replaces);
    let merged = if replaces { status } else { merge(&known["status"], status) };
    if merged == known["status"] {
        return true;
    }
    let mut updated = Value::clone(&known);
    updated["status"] = merged;
    // A Pod whose namespace is gone cannot be written to, as in life: it stays as it was.
    let _ = world.api("kubelet").update_status("pods", Some(&namespace), updated);
    true
}

/// The new status over the known one: what the kubelet does not own stays.
fn merge(known: &Value, mut status: Value) -> Value {
    let mut merged = known.clone();
    if merged.is_null() {
        merged = json!({});
    }
    let ours = ["Initialized", "Ready", "ContainersReady", "PodScheduled"];
    let mut conditions = object::items(&status["conditions"]).to_vec();
    for condition in object::items(&known["conditions"]) {
        if !ours.iter().any(|kind| condition["type"] == *kind) {
            conditions.push(condition.clone());
        }
    }
    status["conditions"] = json!(conditions);
    if let (Some(merged), Some(status)) = (merged.as_object_mut(), status.as_object()) {
        for field in ["message", "reason", "podIP", "podIPs"] {
            if !status.contains_key(field) {
                merged.remove(field);
            }
        }
        for (field, value) in status {
            merged.insert(field.clone(), value.clone());
        }
    }
    merged
}

/// Once everything of a Pod is reclaimed, and the next comparison comes, it is deleted from the API for good.
pub(super) fn when_reclaimed(world: &mut World, node: &str, uid: &str) {
    let uid = uid.to_owned();
    after(world, node, RECLAIMED, move |world, node| {
        let delay = next_tick(world, node, COMPARED);
        after(world, node, delay, move |world, node| finish(world, node, &uid));
    });
}

fn finish(world: &mut World, node: &str, uid: &str) {
    let Some(worker) = worker_ref(world, node, uid) else { return };
    let pod = worker.pod.clone();
    if !object::deleting(&pod) || record(world, node, uid).is_some_and(|record| record.sandbox.is_some()) {
        return;
    }
    if !connected(world, node) {
        let uid = uid.to_owned();
        let delay = next_tick(world, node, COMPARED);
        after(world, node, delay, move |world, node| finish(world, node, &uid));
        return;
    }
    let options =
        DeleteOptions { grace_period_seconds: Some(0), uid: Some(uid.to_owned()), ..DeleteOptions::default() };
    // Gone already, or another Pod of its name: nothing is left to do.
    let _ = world.api("kubelet").delete("pods", Some(object::namespace(&pod)), object::name(&pod), &options);
}
