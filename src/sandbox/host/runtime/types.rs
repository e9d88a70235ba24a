//! What there is of Pods and containers.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::sandbox::host::fd::Writer;
use crate::sandbox::host::files::Files;
use crate::sandbox::host::volumes::Mount;
use crate::sandbox::host::who::Who;

/// Which Pod a sandbox is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodRef {
    /// The Pod's UID.
    pub uid: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name, which is its host's name.
    pub name: String,
    /// Its control group: `/kubepods/besteffort/pod…`.
    pub cgroup: String,
    /// Its address; its node's where it has none of its own.
    pub address: String,
}

/// A Pod on a node.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// 64 hexadecimal digits.
    pub id: String,
    /// Of which Pod.
    pub pod: PodRef,
    /// How often one was made for this Pod before.
    pub attempt: usize,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether its first process runs.
    pub ready: bool,
    pub(super) shim: u32,
    pub(super) pause: u32,
}

impl Sandbox {
    /// The number of its first process, `/pause`.
    pub(in crate::sandbox::host) fn first_process(&self) -> u32 {
        self.pause
    }
}

/// What a container is to be.
#[derive(Debug, Clone, Default)]
pub struct ContainerSpec {
    /// Its name in the Pod.
    pub name: String,
    /// How often it was started before.
    pub attempt: i64,
    /// `busybox:1.31`.
    pub image: String,
    /// What replaces the image's entry point; empty: nothing does.
    pub command: Vec<String>,
    /// What replaces the image's command; empty: nothing does.
    pub args: Vec<String>,
    /// Variables beyond the image's.
    pub env: Vec<(String, String)>,
    /// Where it starts; empty: `/`.
    pub working_dir: String,
    /// The number of the user that it runs as; none: root.
    pub user: Option<i64>,
    /// The number of its group; none: root's.
    pub group: Option<i64>,
    /// Groups beyond that.
    pub groups: Vec<i64>,
    /// Files that are its own from the start: absolute paths and what is in them.
    pub files: Vec<(String, Vec<u8>)>,
    /// What of its node is mounted into it.
    pub mounts: Vec<Mount>,
    /// What it may take of its node.
    pub controls: Controls,
    /// Whether its standard input can be written to; else it is `/dev/null`.
    pub stdin: bool,
    /// Whether it has a terminal.
    pub tty: bool,
    /// The file in which it may say how it ended; empty: none.
    pub termination_log: String,
    /// Whether the end of its log says so when that file is empty and it failed.
    pub termination_from_log: bool,
}

/// What a group of processes may take: cgroups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Controls {
    /// How much memory, in bytes; none: as much as there is.
    pub memory: Option<u64>,
    /// Its weight among those that want a CPU; a whole one is 1024.
    pub shares: u64,
    /// Microseconds of CPU time in 100,000 of them; none: as many as there are.
    pub quota: Option<u64>,
    /// How much rather than others it is killed for want of memory: -1000 to 1000.
    pub oom_score_adj: i32,
}

impl ContainerSpec {
    /// As whom it runs: root by its name, any other by its number, as no other has a name in the image.
    pub fn who(&self) -> Who {
        Who::numbered(self.user, self.group, &self.groups)
    }
}

/// How a container is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerState {
    /// Whether its first process runs.
    pub running: bool,
    /// When it began; none: it never did.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How it ended.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `StartError`, `Unknown`; empty while it runs.
    pub reason: String,
    /// Why it did not start.
    pub message: String,
}

/// One line of a container's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When its first byte was written.
    pub time: Timestamp,
    /// `stdout` or `stderr`.
    pub stream: &'static str,
    /// The line without its end.
    pub text: String,
    /// Whether it ended with a newline.
    pub whole: bool,
}

/// A container.
pub struct Container {
    /// 64 hexadecimal digits.
    pub id: String,
    /// The sandbox that it is in.
    pub sandbox: String,
    /// What it was made as.
    pub spec: ContainerSpec,
    /// When it was made.
    pub created_at: Timestamp,
    /// How it is.
    pub state: ContainerState,
    /// Its files.
    pub files: Files,
    /// The environment of its first process.
    pub env: BTreeMap<String, String>,
    /// Whether the kernel ended one of its processes for want of memory.
    pub out_of_memory: bool,
    /// What it has written.
    pub log: Vec<LogLine>,
    pub(in crate::sandbox::host) last_pid: u32,
    pub(in crate::sandbox::host) main: u32,
    /// Where its standard input is written, while it is open.
    pub(in crate::sandbox::host) stdin: Option<Arc<Writer>>,
}
