//! Whether a Pod that was assigned to a node may run there. pkg/kubelet/lifecycle/predicate.go, `GeneralPredicates`.

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::object;
use crate::sandbox::scheduler::fits;
use crate::sandbox::scheduler::resources::{Resources, ports};

use super::{event, post, worker_mut};

/// Why a node refuses a Pod: reason and message; none: it may run.
pub(super) fn refusal(world: &World, name: &str, pod: &Value) -> Option<(String, String)> {
    let node = world.informers.get("nodes", "", name)?;
    let others = world.informers.pods_on(name).into_iter().filter(|other| {
        object::uid(other) != object::uid(pod)
            && !matches!(other["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
    });
    let (mut used, mut taken, mut count) = (Resources::default(), Vec::new(), 0);
    // Those that came later have to fit beside this one, not the other way round.
    for other in others.filter(|other| other["status"]["startTime"].is_string()) {
        used.add(&Resources::requested(&other));
        taken.extend(ports(&other));
        count += 1;
    }
    let capacity = Resources::parse(&node["status"]["allocatable"]);
    let lacking = |resource: &str, requested: i64, used: i64, capacity: i64| {
        let message = format!(
            "Node didn't have enough resource: {resource}, requested: {requested}, used: {used}, capacity: {capacity}"
        );
        (format!("OutOf{resource}"), message)
    };
    if count + 1 > capacity.get("pods") {
        return Some(lacking("pods", 1, count, capacity.get("pods")));
    }
    // What only an extension knows, and no device of this node: `removeMissingExtendedResources`.
    let missing = |resource: &str| resource.contains('/') && node["status"]["allocatable"][resource].is_null();
    for (resource, requested) in Resources::requested(pod).iter().filter(|(_, requested)| *requested > 0) {
        if missing(resource) {
            continue;
        }
        let (used, capacity) = (used.get(resource), capacity.get(resource));
        if requested > capacity - used {
            return Some(lacking(resource, requested, used, capacity));
        }
    }
    let failed = |predicate: &str| (predicate.to_owned(), format!("Predicate {predicate} failed"));
    if ports(pod).iter().any(|port| taken.contains(port)) {
        return Some(failed("NodePorts"));
    }
    (!fits::selected(&pod["spec"], &node)).then(|| failed("NodeAffinity"))
}

/// Refuses a Pod: it has failed before it began.
pub(super) fn refuse(world: &mut World, node: &str, uid: &str, reason: &str, message: &str) {
    let Some(worker) = worker_mut(world, node, uid) else { return };
    worker.ended = true;
    let pod = worker.pod.clone();
    event(world, node, &pod, "", "Warning", reason, message);
    let status = json!({
        "phase": "Failed", "message": format!("Pod {message}"), "reason": reason,
        "startTime": object::time(world.now()),
    });
    post::replace(world, node, uid, status);
}
