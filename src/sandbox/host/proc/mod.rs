//! `/proc`: files that are made when they are read, of the processes of the host that the reader sees.
//!
//! - this file: who sees what, and the folders; `cgroup`: control groups; `logs`: those of containers, which are made likewise; `of_process`: a process's files; `machine`: those of the machine

mod cgroup;
mod logs;
mod machine;
mod of_process;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::files::{Entry, Files};
use super::process::Process;
use super::runtime::{Container, Controls, Sandbox};
use super::sys::{Me, files};
use crate::sandbox::{Profile, World};

pub(super) use machine::{BOOTED_BEFORE, LOAD, MEMORY, mounts_of};

/// What a process finds in `/proc`: lent to its files while it looks into them.
#[derive(Default)]
pub(super) struct Proc {
    now: Timestamp,
    /// When the machine started.
    booted: Timestamp,
    node: usize,
    hostname: String,
    /// Whether the node is one of profile `kind`.
    kind: bool,
    /// Who reads.
    pid: u32,
    /// In which container.
    container: Option<String>,
    processes: BTreeMap<u32, Process>,
    containers: BTreeMap<String, Container>,
    sandboxes: BTreeMap<String, Sandbox>,
}

impl std::fmt::Debug for Proc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proc").field("pid", &self.pid).finish_non_exhaustive()
    }
}

/// Does something with the files that a process sees, `/proc` among them. What that has is moved there and back.
pub(super) fn with_files<T>(world: &mut World, me: Me, of: impl FnOnce(&mut Files) -> T) -> T {
    let now = world.now();
    let mut own = std::mem::take(files(world, me));
    let host = &mut world.hosts.nodes[me.node];
    let container = host.processes.get(&me.pid).and_then(|process| process.container.clone());
    let pod = container.as_ref().and_then(|id| host.containers.get(id)).map(|container| &container.sandbox);
    let pod = pod.and_then(|id| host.sandboxes.get(id));
    let who = host.processes.get(&me.pid).map(Process::who).filter(|who| !who.is_root());
    let proc = Box::new(Proc {
        now,
        booted: host.created - BOOTED_BEFORE,
        node: me.node,
        kind: host.spec.profile == Profile::Kind,
        hostname: pod.map_or_else(|| host.spec.name.clone(), |sandbox| sandbox.pod.name.clone()),
        pid: me.pid,
        container,
        processes: std::mem::take(&mut host.processes),
        containers: std::mem::take(&mut host.containers),
        sandboxes: std::mem::take(&mut host.sandboxes),
    });
    own.lend(proc, who);
    let answer = of(&mut own);
    if let Some(proc) = own.take_back() {
        let host = &mut world.hosts.nodes[me.node];
        (host.processes, host.containers, host.sandboxes) = (proc.processes, proc.containers, proc.sandboxes);
    }
    *files(world, me) = own;
    answer
}

impl Proc {
    /// The number that the reader knows a process by; none: it does not see it.
    fn number(&self, process: &Process) -> Option<u32> {
        match &self.container {
            None => Some(process.pid),
            Some(_) => (process.container == self.container).then_some(process.ns_pid),
        }
    }

    /// The process of a folder's name.
    fn process(&self, name: &str) -> Option<&Process> {
        let number: u32 = name.parse().ok()?;
        self.processes.values().find(|process| self.number(process) == Some(number))
    }

    /// What is at a path below `/proc`.
    pub(super) fn entry(&self, files: &Files, path: &str) -> Option<Entry> {
        if let Some(inside) = path.strip_prefix("cgroup") {
            return self.cgroup_entry(inside);
        }
        let path = path.trim_end_matches('/');
        let (first, rest) = path.split_once('/').map_or((path, ""), |(first, rest)| (first, rest));
        if let Some(process) = self.process(first) {
            return self.of_process(files, process, rest);
        }
        self.of_machine(path)
    }

    /// The names in a folder below `/proc`, or in itself.
    pub(super) fn list(&self, files: &Files, path: &str) -> Vec<(String, Entry)> {
        let path = path.trim_start_matches("/proc").trim_matches('/');
        let (first, rest) = path.split_once('/').map_or((path, ""), |(first, rest)| (first, rest));
        let names: Vec<String> = if let Some(inside) = path.strip_prefix("cgroup") {
            self.cgroup_names(inside)
        } else if path.is_empty() {
            let numbers = self.processes.values().filter_map(|process| self.number(process));
            numbers.map(|number| number.to_string()).chain(machine::NAMES.map(str::to_owned)).collect()
        } else if let Some(process) = self.process(first) {
            if let Some(inside) = rest.strip_prefix("root").filter(|_| process.container != self.container) {
                let container = process.container.as_ref().and_then(|id| self.containers.get(id));
                return container.map(|container| container.files.list(&format!("/{inside}"))).unwrap_or_default();
            }
            of_process::names(rest, &process.pid.to_string())
        } else {
            machine::below(path)
        };
        let found = names.into_iter().filter_map(|name| {
            let entry = self.entry(files, format!("{path}/{name}").trim_start_matches('/'))?;
            Some((name, entry))
        });
        found.collect::<BTreeMap<_, _>>().into_iter().collect()
    }

    /// A file that is read.
    fn file(&self, mode: u32, content: impl Into<bytes::Bytes>) -> Entry {
        Entry { size: 0, ..Entry::file(mode, content, self.now) }
    }

    fn dir(&self) -> Entry {
        Entry { size: 0, ..Entry::dir(0o555, self.now) }
    }

    fn link(&self, to: &str) -> Entry {
        Entry { size: 0, ..Entry::link(to, self.now) }
    }
}
