//! What happens when processes of Pods end.

use std::time::Duration;

use jiff::Timestamp;

use super::sandbox::stop_pod;
use super::types::ContainerState;
use crate::sandbox::host::node::Node;
use crate::sandbox::{World, kubelet};

/// The first process of a container has ended.
pub(in crate::sandbox::host) fn main_ended(world: &mut World, at: usize, id: &str, code: i32) {
    let now = world.now();
    let node = &mut world.hosts.nodes[at];
    let Some(container) = node.containers.get_mut(id) else { return };
    let reason = if code == 0 { "Completed" } else { "Error" };
    container.stdin = None;
    container.state = ContainerState {
        running: false,
        finished_at: Some(now),
        exit_code: code,
        reason: reason.to_owned(),
        ..container.state.clone()
    };
    world.hosts.active();
    tell(world, at, id.to_owned());
}

/// A shim, or the first process of a sandbox, has ended: the Pod with it.
pub(in crate::sandbox::host) fn native_ended(world: &mut World, at: usize, pid: u32) {
    let node = &mut world.hosts.nodes[at];
    let Some(pod) = node.sandboxes.values_mut().find(|pod| pod.ready && (pod.shim == pid || pod.pause == pid)) else {
        return;
    };
    pod.ready = false;
    let (id, name) = (pod.id.clone(), node.spec.name.clone());
    if pod.shim == pid {
        stop_pod(world, &name, &id);
    }
    tell(world, at, id);
}

fn tell(world: &mut World, at: usize, id: String) {
    let node = world.hosts.nodes[at].spec.name.clone();
    world.after(Duration::ZERO, move |world| kubelet::container_ended(world, &node, &id));
}

/// The node starts anew: what ran has ended, and nobody saw how (containerd: unknownExitCode, unknownExitReason).
pub(in crate::sandbox::host) fn forget_processes(node: &mut Node, now: Timestamp) {
    for sandbox in node.sandboxes.values_mut() {
        sandbox.ready = false;
    }
    for container in node.containers.values_mut().filter(|container| container.state.running) {
        container.state = ContainerState {
            running: false,
            finished_at: Some(now),
            exit_code: 255,
            reason: "Unknown".to_owned(),
            ..container.state.clone()
        };
    }
}
