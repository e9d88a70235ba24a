//! Containers whose probes failed.

use super::hook::when_ended;
use super::next;
use crate::sandbox::World;
use crate::sandbox::kubelet::{Contained, stop, worker, worker_mut};

/// Kills a container whose liveness or startup probe failed, and starts it again in the same sync.
pub(in crate::sandbox::kubelet) fn again_after_probe(
    world: &mut World,
    node: &str,
    uid: &str,
    contained: &Contained,
    what: &str,
) {
    let Some(worker) = worker_mut(world, node, uid) else { return };
    if worker.busy || worker.ended || worker.stopping.is_some() {
        return;
    }
    worker.busy = true;
    let pod = worker.pod.clone();
    let message = format!("Container {} failed {what} probe, will be restarted", contained.name);
    stop::container(world, node, uid, contained, stop::grace(&pod, None), Some(message));
    let (id, name) = (contained.id.clone(), contained.name.clone());
    when_ended(world, node, uid.to_owned(), id.clone(), move |world, node, uid| {
        if pod["spec"]["restartPolicy"] == "Never" {
            return worker::rest(world, node, uid);
        }
        if let Some(worker) = worker_mut(world, node, uid) {
            worker.killed = Some(id);
        }
        next(world, node, uid, vec![name], true);
        if let Some(worker) = worker_mut(world, node, uid) {
            worker.killed = None;
        }
    });
}
