//! What happens when processes of Pods end.

use std::time::Duration;

use jiff::Timestamp;

use super::sandbox::stop_pod;
use super::types::{Container, ContainerState, LogLine};
use crate::sandbox::host::node::Node;
use crate::sandbox::{World, kubelet};

/// The first process of a container has ended.
pub(in crate::sandbox::host) fn main_ended(world: &mut World, at: usize, id: &str, code: i32) {
    let now = world.now();
    let node = &mut world.hosts.nodes[at];
    let Some(container) = node.containers.get_mut(id).filter(|container| container.state.running) else { return };
    let reason = match code {
        _ if container.out_of_memory => "OOMKilled",
        0 => "Completed",
        _ => "Error",
    };
    container.stdin = None;
    let message = last_words(container, code);
    container.state = ContainerState {
        running: false,
        message,
        finished_at: Some(now),
        exit_code: code,
        reason: reason.to_owned(),
        ..container.state.clone()
    };
    world.hosts.active();
    tell(world, at, id.to_owned());
}

/// What a container says of its end: 4096 bytes of its file, or 2048 bytes and 80 lines of its log.
/// pkg/kubelet/kuberuntime, `getTerminationMessage`.
fn last_words(container: &Container, code: i32) -> String {
    let path = &container.spec.termination_log;
    let file = container.files.get(path).filter(|_| !path.is_empty()).map(|entry| entry.content.clone());
    let file = file.unwrap_or_default();
    if !file.is_empty() {
        return String::from_utf8_lossy(&file[..file.len().min(4096)]).into_owned();
    }
    if code == 0 || !container.spec.termination_from_log {
        return String::new();
    }
    let from = container.log.len().saturating_sub(80);
    let end = |line: &LogLine| if line.whole { "\n" } else { "" };
    let lines: String = container.log[from..].iter().map(|line| format!("{}{}", line.text, end(line))).collect();
    let from = (lines.len().saturating_sub(2048)..=lines.len()).find(|at| lines.is_char_boundary(*at));
    lines[from.unwrap_or(0)..].to_owned()
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
        // Nobody is left to say how they ended: containerd's unknownExitCode.
        let inside: Vec<String> = node.containers.values().filter(|c| c.sandbox == id).map(|c| c.id.clone()).collect();
        for container in inside {
            main_ended(world, at, &container, 255);
        }
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
