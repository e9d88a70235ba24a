//! The services of a kind node, as the unit files of kind v0.10.0's base image have them.

use std::time::Duration;

use jiff::Timestamp;

use super::Entry;
use crate::sandbox::host::files::Files;
use crate::sandbox::sim::EventId;

/// What systemd keeps of a node.
#[derive(Default)]
pub(in crate::sandbox::host) struct Systemd {
    pub units: Vec<Unit>,
    /// What journald has written down since the node started last.
    pub journal: Vec<Entry>,
}

/// What a unit file says.
pub(in crate::sandbox::host) struct Definition {
    /// `kubelet.service`.
    pub name: &'static str,
    pub description: &'static str,
    pub docs: &'static [&'static str],
    /// Where its file is.
    pub path: &'static str,
    /// Where more of it is.
    pub drop_in: Option<&'static str>,
    /// What runs before it.
    pub before: Option<&'static str>,
    /// Its command, as its file has it.
    pub command: &'static str,
    /// `RestartSec`, with `Restart=always`; none: journald is told to end never.
    pub restart: Option<Duration>,
    /// Whether only the main process is killed: `KillMode=process`.
    pub leaves: bool,
    /// The tool that is named in the journal.
    pub ident: &'static str,
}

/// The folder of what starts with the node.
pub(in crate::sandbox::host) const WANTS: &str = "/etc/systemd/system/multi-user.target.wants";

/// The services that are modelled, in the order of their starts.
pub(in crate::sandbox::host) const UNITS: [Definition; 3] = [
    Definition {
        name: "systemd-journald.service",
        description: "Journal Service",
        docs: &["man:systemd-journald.service(8)", "man:journald.conf(5)"],
        path: "/lib/systemd/system/systemd-journald.service",
        drop_in: None,
        before: None,
        command: "/lib/systemd/systemd-journald",
        restart: Some(Duration::ZERO),
        leaves: false,
        ident: "systemd-journald",
    },
    Definition {
        name: "containerd.service",
        description: "containerd container runtime",
        docs: &["https://containerd.io"],
        path: "/etc/systemd/system/containerd.service",
        drop_in: None,
        before: Some("/sbin/modprobe overlay"),
        command: "/usr/local/bin/containerd",
        restart: Some(Duration::from_secs(1)),
        leaves: true,
        ident: "containerd",
    },
    Definition {
        name: "kubelet.service",
        description: "kubelet: The Kubernetes Node Agent",
        docs: &["http://kubernetes.io/docs/"],
        path: "/etc/systemd/system/kubelet.service",
        drop_in: Some("/etc/systemd/system/kubelet.service.d/10-kubeadm.conf"),
        before: Some("/bin/sh -euc if [ -f /sys/fs/cgroup/cgroup.controllers ]; then create-kubelet-cgroup-v2; fi"),
        command: "/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS \
                  $KUBELET_EXTRA_ARGS --cgroup-root=/kubelet",
        restart: Some(Duration::from_secs(1)),
        leaves: false,
        ident: "kubelet",
    },
];

/// What a service does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox::host) enum State {
    /// It was stopped, or never started.
    Dead,
    /// It runs.
    Running,
    /// It ended, and starts again soon.
    AutoRestart,
    /// It is told to end.
    Stopping,
}

/// How a service's main process ended.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox::host) struct End {
    pub pid: u32,
    pub code: i32,
    pub signal: Option<i32>,
}

/// A service.
pub(in crate::sandbox::host) struct Unit {
    pub definition: &'static Definition,
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Its main process; 0: there is none.
    pub main: u32,
    /// What ran before that.
    pub before: u32,
    /// How it ended last.
    pub end: Option<End>,
    /// How often it was started again by itself.
    pub restarts: u32,
    pub(super) again: Option<EventId>,
}

impl Systemd {
    /// A unit by its name, with or without `.service`.
    pub(in crate::sandbox::host) fn find(&self, name: &str) -> Option<usize> {
        let name = name.strip_suffix(".service").unwrap_or(name);
        self.units.iter().position(|unit| unit.definition.name.strip_suffix(".service") == Some(name))
    }
}

impl Unit {
    pub(super) fn new(definition: &'static Definition, now: Timestamp) -> Self {
        Self { definition, state: State::Dead, since: now, main: 0, before: 0, end: None, restarts: 0, again: None }
    }

    /// What `is-active` says.
    pub(in crate::sandbox::host) fn active(&self) -> &'static str {
        match self.state {
            State::Running => "active",
            State::AutoRestart => "activating",
            State::Stopping => "deactivating",
            State::Dead => "inactive",
        }
    }

    /// What it does more exactly.
    pub(in crate::sandbox::host) fn sub(&self) -> &'static str {
        match self.state {
            State::Running => "running",
            State::AutoRestart => "auto-restart",
            State::Stopping => "stop-sigterm",
            State::Dead => "dead",
        }
    }

    /// How it went: `success`, `exit-code`, `signal`.
    pub(in crate::sandbox::host) fn result(&self) -> &'static str {
        self.end.filter(|_| self.state != State::Running).map_or("success", |end| end.result())
    }

    /// What `is-enabled` says.
    pub(in crate::sandbox::host) fn enabled(&self, files: &Files) -> &'static str {
        if self.definition.path.starts_with("/lib") {
            return "static";
        }
        if files.own(&self.link()).is_some() { "enabled" } else { "disabled" }
    }

    /// The link that enables it.
    pub(in crate::sandbox::host) fn link(&self) -> String {
        format!("{WANTS}/{}", self.definition.name)
    }
}

impl End {
    /// How it went: `success`, `exit-code`, `signal`. SIGTERM and its like are a clean end (systemd.service(5)).
    pub(in crate::sandbox::host) fn result(&self) -> &'static str {
        match self.signal {
            Some(1 | 2 | 13 | 15) => "success",
            Some(_) => "signal",
            None if self.code == 0 => "success",
            None => "exit-code",
        }
    }
}
