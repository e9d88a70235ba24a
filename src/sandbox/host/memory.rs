//! Memory that programs take beyond what they always have, and how the kernel ends one whose container may have no more.

use std::time::Duration;

use super::process::{self, SIGKILL};
use super::sys::{Me, Sys};
use crate::sandbox::{World, kubelet};
/// About how many processes the kernel of the machine had before those of a node.
const BEFORE: u32 = 7000;
/// How much memory a program fills in a second, in bytes.
const RATE: u64 = 1 << 30;
/// What there is on a node for programs, in bytes.
const ALL: u64 = 20 << 30;

/// What a process may still take, in bytes: its container's limit without what all in it have.
fn left(world: &World, me: Me) -> u64 {
    let node = &world.hosts.nodes[me.node];
    let container = node.processes.get(&me.pid).and_then(|process| process.container.as_ref());
    let Some(container) = container.and_then(|id| node.containers.get(id)) else { return ALL };
    let members = node.processes.values().filter(|process| process.container.as_ref() == Some(&container.id));
    let used: u64 = members.map(|process| process.taken).sum();
    container.spec.controls.memory.unwrap_or(ALL).min(ALL).saturating_sub(used)
}

/// Takes so many bytes more, or all there are: fills them, which takes its time, and is killed where it is too much.
pub(super) async fn take(sys: &Sys, bytes: Option<u64>) {
    let left = sys.with(|world, me| left(world, me)).await;
    let filled = bytes.unwrap_or(u64::MAX).min(left);
    // Nanoseconds of at most 20 s.
    sys.sleep(Duration::from_nanos(filled.saturating_mul(1_000_000_000) / RATE)).await;
    match bytes {
        Some(bytes) if bytes <= left => sys.process(move |process| process.taken += bytes).await,
        _ => {
            sys.with(kill).await;
            sys.forever().await;
        }
    }
}

/// The kernel ends a process for want of memory. All nodes share the kernel whose log their kubelets read, and its numbers.
fn kill(world: &mut World, me: Me) {
    let node = &mut world.hosts.nodes[me.node];
    let Some(process) = node.processes.get(&me.pid) else { return };
    let (comm, pid) = (process.comm.clone(), BEFORE + process.pid);
    if let Some(container) = process.container.clone().and_then(|id| node.containers.get_mut(&id)) {
        container.out_of_memory = true;
    }
    process::signal(world, me, SIGKILL);
    kubelet::out_of_memory(world, &comm, pid);
}
