//! The simulated hosts: the node containers with their processes and files, and the container runtime on them.
//!
//! A program is an async function over [`Sys`]: what it asks of the world, the world answers between two polls, in virtual time.
//! Nothing here reaches the machine that kpnb runs on. In reading order:
//!
//! - [`node`](self): the nodes, their state and their network
//! - `process`: the process tables and signals
//! - `sys`: how programs run and what they can ask for
//! - `files`, `image`: files and what they begin with; `proc`: those of `/proc`
//! - `shell`, `programs`: what runs; `systemd`: what keeps it running on a node of profile `kind`
//! - `exec`: commands from outside, with their output; `attach`: what containers read and write
//! - `listen`, `connect`: what listens in Pods, and connections to it
//! - `runtime`: Pods and containers; [`volumes`]: what they share with their node

pub mod archive;
mod attach;
mod connect;
mod exec;
mod fd;
mod files;
mod happening;
mod human;
mod image;
mod listen;
mod memory;
mod node;
mod proc;
mod process;
mod programs;
mod runtime;
mod shell;
mod sys;
mod systemd;
#[cfg(test)]
mod tests;
pub mod volumes;
mod who;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

pub use attach::Attached;
pub use connect::{Connection, network_namespace};
pub use exec::{Exec, ExecSpec, Output, exec, exec_failed, exec_input, exec_output, exec_resize, exec_when_done};
pub use files::{Entry, Files, Kind};
pub use happening::{Happening, What, happened};
pub use human::human;
pub use listen::{answer_of_port, page_of_port};
pub use node::{
    Met, Node, NodeSpec, NodeState, Role, add_node, api_is_up, component_runs, connect, disconnect, end_process,
    etcd_is_up, is_frozen, is_linked, is_reachable, is_running, is_stopped, is_without_etcd, kill, met_at_api,
    met_at_etcd, pause, process_of, restart_service, start, stop, unpause,
};
pub use process::{Process, SIGKILL, SIGTERM, signal_number as signal_named};
pub use programs::ps;
pub use runtime::{
    Container, ContainerSpec, ContainerState, Controls, LogLine, PodRef, Sandbox, container, exec_in_container,
    has_image, layer_usage, list, logs, remove_container, remove_pod, run_pod, start_container, stop_container,
    stop_pod,
};
pub use sys::Sys;

use super::Profile;
use sys::Me;

/// All hosts.
pub struct Hosts {
    /// In the order in which they were added.
    nodes: Vec<Node>,
    names: BTreeMap<String, usize>,
    execs: BTreeMap<String, Exec>,
    ready: VecDeque<Me>,
    /// Who is to run again because a pipe changed.
    wakes: Arc<Mutex<Vec<Me>>>,
    driving: bool,
    /// Wakes those outside who wait for output or an end.
    activity: tokio::sync::watch::Sender<u64>,
    /// What happened to the containers, for the Docker Engine to tell.
    pub happenings: Vec<Happening>,
}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            names: BTreeMap::new(),
            execs: BTreeMap::new(),
            ready: VecDeque::new(),
            wakes: Arc::default(),
            driving: false,
            activity: tokio::sync::watch::Sender::new(0),
            happenings: Vec::new(),
        }
    }
}

impl Hosts {
    /// The nodes, in the order in which they were added.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// A node by its name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.names.get(name).and_then(|index| self.nodes.get(*index))
    }

    /// Which cluster the nodes are of.
    pub fn profile(&self) -> Profile {
        self.nodes.first().map_or_else(Profile::default, |node| node.spec.profile)
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Something to wait for: it changes when a process writes where someone outside reads, or ends.
    pub fn activity(&self) -> tokio::sync::watch::Receiver<u64> {
        self.activity.subscribe()
    }

    /// How often that has changed.
    pub fn activities(&self) -> u64 {
        *self.activity.borrow()
    }

    /// A command that was begun from outside.
    pub fn exec(&self, id: &str) -> Option<&Exec> {
        self.execs.get(id)
    }

    /// The files of a node.
    pub fn files_mut(&mut self, node: &str) -> Option<&mut Files> {
        let at = self.index(node)?;
        self.nodes.get_mut(at).map(|node| &mut node.files)
    }

    pub(in crate::sandbox) fn active(&self) {
        self.activity.send_modify(|count| *count += 1);
    }
}

impl std::fmt::Debug for Hosts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hosts").field("nodes", &self.names.keys()).finish_non_exhaustive()
    }
}

/// 64 hexadecimal digits, as containers are named.
fn new_id(world: &mut super::World) -> String {
    (0..4).map(|_| format!("{:016x}", world.rng.u64(..))).collect()
}
