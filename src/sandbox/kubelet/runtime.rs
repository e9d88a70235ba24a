//! What a kubelet asks of its host: whether it runs at all, and the container runtime. A table of functions, so that the
//! kubelet's tests can run without hosts.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use crate::sandbox::World;
pub use crate::sandbox::host::volumes::Mount;
pub use crate::sandbox::host::{ContainerSpec, Output, PodRef};

/// How a container is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerState {
    /// Whether it runs.
    pub running: bool,
    /// Since when.
    pub started_at: Timestamp,
    /// Until when.
    pub finished_at: Option<Timestamp>,
    /// What its first process returned; 128 and the signal that ended it.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`.
    pub reason: String,
    /// What it left in its termination log, or why it did not start.
    pub message: String,
}

/// The exit code of a command that was not started; what it wrote says why.
pub const NOT_STARTED: i32 = -1;

/// What is called with the exit code and the output of a command.
pub type Ran = Box<dyn FnOnce(&mut World, i32, Output) + Send>;

/// A file: its path in a directory, and what is in it.
pub type File = (String, Vec<u8>);

/// The files of static Pods: their names and what is in them.
pub type Manifests = Vec<(String, Bytes)>;

/// The functions.
#[derive(Clone, Copy)]
pub struct Runtime {
    /// Whether a program runs on a node and the node is not frozen.
    pub runs: fn(&World, &str, &str) -> bool,
    /// Whether a node has only just started, its runtime with it.
    pub started_lately: fn(&World, &str) -> bool,
    /// Whether a node reaches the API.
    pub reaches: fn(&World, &str) -> bool,
    /// Whether there is a network between a node and the API.
    pub is_linked: fn(&World, &str) -> bool,
    /// Starts a Pod's sandbox; its id.
    pub run_pod: fn(&mut World, &str, &PodRef) -> String,
    /// Whether a sandbox runs.
    pub pod_ready: fn(&World, &str, &str) -> bool,
    /// Starts a container in a sandbox; its id, or why not.
    pub start_container: fn(&mut World, &str, &str, &ContainerSpec) -> Result<String, String>,
    /// SIGTERM now, SIGKILL after the grace period; [`super::container_ended`] tells when it has ended.
    pub stop_container: fn(&mut World, &str, &str, Duration),
    /// Removes a container that ended.
    pub remove_container: fn(&mut World, &str, &str),
    /// Stops a sandbox and removes it.
    pub stop_pod: fn(&mut World, &str, &str),
    /// How a container is; none: it is not there.
    pub container: fn(&World, &str, &str) -> Option<ContainerState>,
    /// Runs a command in a container.
    pub exec: fn(&mut World, &str, &str, &[String], Ran),
    /// Asks a port of a Pod's sandbox: none if nothing listens there; what HTTP answers to a GET of that path.
    pub asks_port: fn(&World, &str, &str, u16, &str) -> Option<u16>,
    /// Makes a directory of a node where there is none.
    pub make_dir: fn(&mut World, &str, &str),
    /// Makes an empty file of a node where there is none.
    pub make_file: fn(&mut World, &str, &str),
    /// Removes what is at a path of a node.
    pub remove_path: fn(&mut World, &str, &str),
    /// What is at a path of a node: `directory`, `file`.
    pub what_is: fn(&World, &str, &str) -> Option<&'static str>,
    /// Writes a file of a node with a mode, and the directories on the way.
    pub write_file: fn(&mut World, &str, &str, &[u8], u32),
    /// What is below a path of a node takes, in bytes.
    pub disk_usage: fn(&World, &str, &str) -> i64,
    /// What a container has written beside its image and its volumes, with its log, in bytes.
    pub layer_usage: fn(&World, &str, &str) -> i64,
    /// Replaces the files in a directory of a node, all at once.
    pub write_files: fn(&mut World, &str, &str, &[File]),
    /// Gives what is at a path of a node, and below it but for links, to a group: files and directories get bits of their modes.
    pub give: fn(&mut World, &str, &str, Option<i64>, [u32; 2]),
    /// The files of static Pods: their names and what is in them.
    pub manifests: fn(&World, &str) -> Manifests,
    /// The sandboxes that ended and have no containers: all of Pods that are not among these, all but the last of others.
    pub dead_sandboxes: fn(&World, &str, &[String]) -> Vec<String>,
    /// Forgets a sandbox.
    pub remove_pod: fn(&mut World, &str, &str),
    /// Whether the runtime answers.
    pub runtime_runs: fn(&World, &str) -> bool,
    /// Whether the runtime has the configuration of a network.
    pub has_network: fn(&World, &str) -> bool,
    /// What a node is: `capacity`, `nodeInfo`, `images`, `addresses` as in its status, `labels`, `taints`.
    pub describe: fn(&World, &str) -> Value,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Runtime")
    }
}
