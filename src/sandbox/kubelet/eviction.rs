//! Pods that take more of their node's disk than they may: pkg/kubelet/eviction/eviction_manager.go,
//! `localStorageEviction`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::object;
use crate::sandbox::scheduler::resources::Resources;

use super::{after, asks, event, record, volumes, worker, worker_mut, worker_ref};

/// How often what Pods take is compared with what they may: `evictionMonitoringPeriod` of pkg/kubelet/kubelet.go.
const PERIOD: Duration = Duration::from_secs(10);
/// How often volumes are measured: `volumeStatsAggPeriod`.
const VOLUMES: Duration = Duration::from_secs(60);

/// Looks at what a Pod takes from time to time, if it may take only so much.
pub(super) fn watch(world: &mut World, node: &str, uid: &str) {
    let Some(worker) = worker_ref(world, node, uid) else { return };
    if volume_limits(&worker.pod).is_empty() && storage_limit(&worker.pod) == 0 {
        return;
    }
    let first = Duration::from_millis(world.rng.u64(1_000..10_000));
    let measured = world.rng.u64(0..VOLUMES.as_secs());
    look_after(world, node, uid.to_owned(), first, Duration::from_secs(measured));
}

/// Looks after a while; volumes have been measured when `measured` is over.
fn look_after(world: &mut World, node: &str, uid: String, delay: Duration, measured: Duration) {
    after(world, node, delay, move |world, node| {
        let Some(worker) = worker_ref(world, node, &uid) else { return };
        if worker.ended || worker.stopping.is_some() || worker.evicted.is_some() {
            return;
        }
        let pod = worker.pod.clone();
        match excess(world, node, &pod, measured <= delay) {
            Some(message) => {
                event(world, node, &pod, "", "Warning", "Evicted", &message);
                if let Some(worker) = worker_mut(world, node, &uid) {
                    worker.evicted = Some(message);
                }
                worker::sync_after(world, node, &uid, Duration::ZERO);
            }
            None => look_after(world, node, uid, PERIOD, measured.saturating_sub(delay)),
        }
    });
}

/// The volumes of a Pod that have a limit, in bytes.
fn volume_limits(pod: &Value) -> Vec<(&Value, i64)> {
    let volumes = object::items(&pod["spec"]["volumes"]).iter();
    let limits = volumes.map(|volume| {
        let limit = json!({"memory": volume["emptyDir"]["sizeLimit"]});
        (volume, Resources::parse(&limit).get("memory"))
    });
    limits.filter(|(_, limit)| *limit > 0).collect()
}

/// What a Pod's containers may take of the disk together, in bytes; 0: as much as there is.
fn storage_limit(pod: &Value) -> i64 {
    let containers = object::items(&pod["spec"]["containers"]).iter();
    containers.map(|container| Resources::parse(&container["resources"]["limits"]).get("ephemeral-storage")).sum()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What a Pod takes too much of, as it is told.
fn excess(world: &mut World, node: &str, pod: &Value, measured: bool) -> Option<String> {
    let host = asks(world)?;
    let taken = |world: &World, volume: &Value| {
        let path = volumes::path(pod, text(&volume["name"]), volume).filter(|_| volume["emptyDir"].is_object());
        path.map_or(0, |path| (host.disk_usage)(world, node, &path))
    };
    for (volume, limit) in volume_limits(pod).into_iter().filter(|_| measured) {
        if taken(world, volume) > limit {
            let limit = text(&volume["emptyDir"]["sizeLimit"]);
            let name = text(&volume["name"]);
            return Some(format!("Usage of EmptyDir volume {name:?} exceeds the limit {limit:?}. "));
        }
    }
    let limit = storage_limit(pod);
    if limit == 0 {
        return None;
    }
    let containers = record(world, node, object::uid(pod)).map(|record| record.containers.clone()).unwrap_or_default();
    let written: i64 = containers.iter().map(|known| (host.layer_usage)(world, node, &known.id)).sum();
    let volumes = object::items(&pod["spec"]["volumes"]).iter();
    let on_disk = volumes.filter(|volume| volume["emptyDir"]["medium"] != "Memory");
    let all = written + on_disk.map(|volume| taken(world, volume)).sum::<i64>();
    let shown =
        object::items(&pod["spec"]["containers"]).iter().map(|c| &c["resources"]["limits"]["ephemeral-storage"]);
    let mut shown = shown.filter_map(Value::as_str);
    // A sum is told in the unit of its parts.
    let shown = match (shown.next(), shown.next()) {
        (Some(only), None) => only.to_owned(),
        _ => crate::render::Quantity::parse(&limit.to_string()).map_or(limit.to_string(), |sum| sum.to_string()),
    };
    (all > limit).then(|| format!("Pod ephemeral local storage usage exceeds the total limit of containers {shown}. "))
}

/// The status of a Pod that was evicted, in the place of the one that it had.
pub(super) fn fail(message: &str, status: &mut Value) {
    let start = status["startTime"].take();
    *status = json!({"phase": "Failed", "reason": "Evicted", "message": message, "startTime": start});
}
