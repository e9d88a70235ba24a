//! Starting a Pod's containers: sandbox, images, one container after the other, with back-off after failures.
//! pkg/kubelet/kuberuntime, `SyncPod`, and pkg/kubelet/images.
//!
//! - this file: what comes after what
//! - `wanted`: which containers; `mount`, `sandbox`, `backoff`, `pull`, `launch`, `hook`: the steps; `probed`: again after
//!   a failed probe

mod backoff;
mod hook;
mod launch;
mod mount;
mod probed;
mod pull;
mod sandbox;
mod wanted;

use super::{asks, event, record, record_mut, stop, worker, worker_mut, worker_ref};
use serde_json::Value;

use crate::sandbox::World;
use backoff::backs_off;
use mount::{Mounting, mount};
pub(super) use probed::again_after_probe;
use pull::pull;
use wanted::{Wanted, wanted};

/// Starts what of a Pod's containers should run and does not.
pub(super) fn containers(world: &mut World, node: &str, uid: &str) {
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return };
    let sandbox = record(world, node, uid).and_then(|record| record.sandbox.clone());
    if let Some((host, dead)) = asks(world).zip(sandbox.clone())
        && !(host.pod_ready)(world, node, &dead)
    {
        return end_sandbox(world, node, uid, &pod, dead);
    }
    let wanted = wanted(world, node, uid, &pod);
    let Wanted::Start(names) = wanted else {
        if matches!(wanted, Wanted::End) && sandbox.is_some() {
            stop::pod(world, node, uid);
        }
        worker::again(world, node, uid, true);
        return;
    };
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.busy = true;
    }
    if sandbox.is_some() {
        return next(world, node, uid, names, true);
    }
    let began = Mounting::begin(world.now());
    mount(world, node, uid.to_owned(), names, began);
}

/// Ends what is left of a Pod whose sandbox died; one that may run again is started again then.
fn end_sandbox(world: &mut World, node: &str, uid: &str, pod: &Value, dead: String) {
    let left = stop::running(world, node, uid);
    let made = record(world, node, uid).is_some_and(|record| !record.containers.is_empty());
    let again = pod["spec"]["restartPolicy"] != "Never" || !made;
    if again {
        let message = "Pod sandbox changed, it will be killed and re-created.";
        event(world, node, pod, "", "Normal", "SandboxChanged", message);
    }
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.busy = true;
    }
    let grace = stop::grace(pod, None);
    for contained in &left {
        let message = format!("Stopping container {}", contained.name);
        stop::container(world, node, uid, contained, grace, Some(message));
    }
    let left = left.into_iter().map(|contained| contained.id).collect();
    hook::when_all_ended(world, node, uid.to_owned(), left, move |world, node, uid| {
        if let Some(host) = asks(world) {
            (host.stop_pod)(world, node, &dead);
        }
        if let Some(record) = record_mut(world, node, uid) {
            record.sandbox = None;
        }
        worker::rest(world, node, uid);
        if again {
            containers(world, node, uid);
        }
    });
}

/// Whether a Pod is still to be started: it may have been deleted while something took its time.
fn may_go_on(world: &World, node: &str, uid: &str) -> bool {
    worker_ref(world, node, uid)
        .is_some_and(|worker| worker.busy && !worker.gone && !worker.ended && worker.stopping.is_none())
}

/// Starts the first of `names`, then the others.
fn next(world: &mut World, node: &str, uid: &str, mut names: Vec<String>, well: bool) {
    if !may_go_on(world, node, uid) {
        return;
    }
    if names.is_empty() {
        worker::rest(world, node, uid);
        let changed = worker_mut(world, node, uid).is_some_and(|worker| std::mem::take(&mut worker.made_something));
        if !well && !changed {
            // Not at the next relist: nothing of the runtime's changed.
            if let Some((event, _)) = worker_mut(world, node, uid).and_then(|worker| worker.due.take()) {
                world.cancel(event);
            }
        }
        worker::again(world, node, uid, well);
        return;
    }
    let name = names.remove(0);
    if backs_off(world, node, uid, &name) {
        return next(world, node, uid, names, false);
    }
    pull(world, node, uid, name, names, well);
}

fn wait(world: &mut World, node: &str, uid: &str, name: &str, reason: &str, message: &str) {
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.waiting.insert(name.to_owned(), (reason.to_owned(), message.to_owned()));
    }
}
