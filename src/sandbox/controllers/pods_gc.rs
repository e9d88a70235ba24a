//! Pod garbage collection: Pods on nodes that are gone, Pods that were never scheduled and are being deleted, and finished
//! ones when there are too many. pkg/controller/podgc.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::sandbox::World;
use crate::sandbox::api::DeleteOptions;
use crate::sandbox::object;

use super::{MANAGER, every};

/// `gcCheckPeriod`.
const CHECKED: Duration = Duration::from_secs(20);
/// How long a node has to be gone: `quarantineTime`.
const QUARANTINE: Duration = Duration::from_secs(40);
/// `--terminated-pod-gc-threshold`.
const FINISHED: usize = 12_500;

/// Nodes that Pods name and that are not there, with when that was first seen.
#[derive(Debug, Default)]
pub(super) struct PodsGc {
    absent: BTreeMap<String, Timestamp>,
}

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    every(world, CHECKED, collect);
}

fn collect(world: &mut World) {
    finished(world);
    orphaned(world);
    let unscheduled: Vec<Arc<Value>> = world
        .informers
        .list("pods")
        .filter(|pod| object::deleting(pod) && pod["spec"]["nodeName"].as_str().unwrap_or_default().is_empty())
        .cloned()
        .collect();
    unscheduled.iter().for_each(|pod| delete(world, pod));
}

fn finished(world: &mut World) {
    let ended = |pod: &&Arc<Value>| matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let mut finished: Vec<Arc<Value>> = world.informers.list("pods").filter(ended).cloned().collect();
    if finished.len() <= FINISHED {
        return;
    }
    finished.sort_by_key(|pod| pod["metadata"]["creationTimestamp"].as_str().unwrap_or_default().to_owned());
    let too_many = finished.len() - FINISHED;
    finished.iter().take(too_many).for_each(|pod| delete(world, pod));
}

fn orphaned(world: &mut World) {
    let now = world.now();
    let named: BTreeSet<String> = world.informers.nodes_with_pods().cloned().collect();
    let absent: BTreeSet<String> =
        named.into_iter().filter(|node| world.informers.get("nodes", "", node).is_none()).collect();
    let known = &mut world.controllers.pods_gc.absent;
    known.retain(|node, _| absent.contains(node));
    for node in &absent {
        known.entry(node.clone()).or_insert(now);
    }
    let long = known.iter().filter(|(_, since)| now.duration_since(**since).unsigned_abs() >= QUARANTINE);
    let long: Vec<String> = long.map(|(node, _)| node.clone()).collect();
    for node in long {
        for pod in world.informers.pods_on(&node) {
            delete(world, &pod);
        }
    }
}

fn delete(world: &mut World, pod: &Value) {
    let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
    // Gone already: nothing is left to do.
    let _ = world.api(MANAGER).delete("pods", Some(object::namespace(pod)), object::name(pod), &options);
}
