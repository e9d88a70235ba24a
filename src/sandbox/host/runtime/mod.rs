//! The container runtime: Pods' sandboxes, each with a shim, and their containers.
//!
//! - `types`: what there is
//! - `sandbox`: Pods; `start`: containers; this file: stopping and asking for them
//! - `log`: what they write; `end`: their ends

mod end;
mod log;
mod sandbox;
mod start;
mod types;

use std::time::Duration;

use super::exec::{ExecSpec, exec};
use super::process::{self, SIGKILL, SIGTERM};
use super::sys::{Me, drive};
use crate::sandbox::World;

pub(super) use end::{forget_processes, main_ended, native_ended};
pub(super) use log::log;
pub use log::logs;
pub use sandbox::{remove_pod, run_pod, stop_pod};
pub(super) use start::make_dirs;
pub use start::{has_image, start_container};
pub use types::{Container, ContainerSpec, ContainerState, Controls, LogLine, PodRef, Sandbox};

/// Stops a container: SIGTERM, and SIGKILL `grace` later.
pub fn stop_container(world: &mut World, node: &str, id: &str, grace: Duration) {
    let Some(at) = world.hosts.index(node) else { return };
    let Some(container) = world.hosts.nodes[at].containers.get(id) else { return };
    if !container.state.running {
        return;
    }
    let me = Me { node: at, pid: container.main };
    if grace.is_zero() {
        process::signal(world, me, SIGKILL);
    } else {
        process::signal(world, me, SIGTERM);
        let (node, id) = (node.to_owned(), id.to_owned());
        world.after(grace, move |world| stop_container(world, &node, &id, Duration::ZERO));
    }
    drive(world);
}

/// Removes a container that has ended, with its log. One that runs is killed.
pub fn remove_container(world: &mut World, node: &str, id: &str) {
    stop_container(world, node, id, Duration::ZERO);
    if let Some(at) = world.hosts.index(node) {
        world.hosts.nodes[at].containers.remove(id);
        world.hosts.active();
    }
}

/// What a container has written beside its image and what is mounted into it, and its log, in bytes.
pub fn layer_usage(world: &World, node: &str, id: &str) -> i64 {
    let container = world.hosts.node(node).and_then(|node| node.containers.get(id));
    let log = |container: &Container| container.log.iter().map(|line| line.text.len() as u64).sum::<u64>();
    i64::try_from(container.map_or(0, |container| container.files.written() + log(container))).unwrap_or(i64::MAX)
}

/// How a container is; none: there is no such container on the node.
pub fn container(world: &World, node: &str, id: &str) -> Option<ContainerState> {
    world.hosts.node(node)?.containers.get(id).map(|container| container.state.clone())
}

/// All containers of a node, in the order of their ids.
pub fn list<'w>(world: &'w World, node: &str) -> Vec<&'w Container> {
    world.hosts.node(node).map(|node| node.containers.values().collect()).unwrap_or_default()
}

/// Prepares a command in a container; [`super::Exec::start`] runs it. Returns its id.
pub fn exec_in_container(world: &mut World, node: &str, id: &str, spec: ExecSpec) -> String {
    exec(world, node, Some(id), spec)
}
