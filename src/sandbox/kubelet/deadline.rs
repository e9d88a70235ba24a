//! The active deadline of a Pod. pkg/kubelet/active_deadline.go.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::object;

use super::{after, event, worker, worker_mut, worker_ref};

/// What a Pod is told that ran too long.
const MESSAGE: &str = "Pod was active on the node longer than the specified deadline";

/// Looks at a Pod's active deadline when it comes.
pub(super) fn watch(world: &mut World, node: &str, uid: &str) {
    let Some(worker) = worker_ref(world, node, uid) else { return };
    let Some(seconds) = worker.pod["spec"]["activeDeadlineSeconds"].as_u64() else { return };
    let since = object::parse_time(&worker.status["startTime"]).unwrap_or_else(|| world.now());
    let passed = world.now().duration_since(since).unsigned_abs();
    // Pods are looked at every second.
    let delay = Duration::from_secs(seconds).saturating_sub(passed) + Duration::from_millis(world.rng.u64(100..1000));
    let uid = uid.to_owned();
    after(world, node, delay, move |world, node| {
        if let Some(worker) = worker_mut(world, node, &uid) {
            worker.overdue = true;
        }
        worker::sync_after(world, node, &uid, Duration::ZERO);
    });
}

/// Whether a Pod was given up, for its deadline or for what it took.
pub(super) fn failed(world: &World, node: &str, uid: &str) -> bool {
    let reason = worker_ref(world, node, uid).map(|worker| &worker.status["reason"]);
    reason.is_some_and(|reason| *reason == "DeadlineExceeded" || *reason == "Evicted")
}

/// Makes a status that of a Pod that ran too long: without conditions, and with its containers as they were.
pub(super) fn fail(world: &mut World, node: &str, pod: &Value, status: &mut Value) {
    // It is told of again while its containers are stopped, and once after.
    for seconds in [0, 2, 4] {
        let pod = pod.clone();
        after(world, node, Duration::from_secs(seconds), move |world, node| {
            event(world, node, &pod, "", "Normal", "DeadlineExceeded", MESSAGE);
        });
    }
    for container in status["containerStatuses"].as_array_mut().into_iter().flatten() {
        container["ready"] = json!(false);
        container.as_object_mut().map(|fields| fields.shift_remove("started"));
    }
    let Some(fields) = status.as_object_mut() else { return };
    fields.shift_remove("conditions");
    fields.shift_remove("hostIP");
    fields.insert("phase".to_owned(), json!("Failed"));
    fields.insert("reason".to_owned(), json!("DeadlineExceeded"));
    fields.insert("message".to_owned(), json!(MESSAGE));
}
