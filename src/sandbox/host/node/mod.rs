//! The nodes: containers of a Docker Engine, each with an init that keeps the node's daemons running.
//!
//! - this file: what a node is; `life`: its starts and ends; `network`: what reaches what

mod life;
mod network;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::files::Files;
use super::process::Process;
use super::runtime::{Container, Sandbox};
use super::systemd::Systemd;
use super::{image, new_id, process, systemd};
use crate::sandbox::{Profile, World};

pub(super) use life::{daemon_ended, exited, is_first_start, kubelet_began};
pub use life::{
    end_process, is_frozen, is_running, is_stopped, kill, pause, process_of, restart_service, start, stop, unpause,
};
pub use network::{
    Met, api_is_up, component_runs, connect, disconnect, etcd_is_up, is_linked, is_reachable, is_without_etcd,
    met_at_api, met_at_etcd,
};

/// What a node is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// etcd, the API server, controllers and the scheduler run there.
    ControlPlane,
    /// Only a kubelet runs there.
    Worker,
}

/// What is known of a node before it starts.
#[derive(Debug, Clone)]
pub struct NodeSpec {
    /// Which programs it has.
    pub profile: Profile,
    /// Its name, which is the container's and the host's too.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Its address.
    pub ip: String,
    /// Where its Pods' addresses are from: `10.244.1.0/24`.
    pub pod_cidr: String,
    /// What the kubelet is told beyond what all are: `--node-labels=…`.
    pub kubelet_args: Vec<String>,
}

/// What Docker says of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeState {
    /// It runs.
    Running,
    /// It is frozen.
    Paused,
    /// It has ended.
    Exited,
}

/// One host.
pub struct Node {
    /// What it was made as.
    pub spec: NodeSpec,
    /// The container's id: 64 hexadecimal digits.
    pub id: String,
    /// What it does.
    pub state: NodeState,
    /// Whether it is connected to the network.
    pub connected: bool,
    /// When the container was made.
    pub created: Timestamp,
    /// When it was started last.
    pub started_at: Timestamp,
    /// When it ended last.
    pub finished_at: Option<Timestamp>,
    /// How it ended last.
    pub exit_code: i32,
    /// Names its connection to the network: 64 hexadecimal digits.
    pub endpoint: String,
    /// Its processes by their numbers.
    pub processes: BTreeMap<u32, Process>,
    /// Its files.
    pub files: Files,
    /// Its containers by their ids.
    pub containers: BTreeMap<String, Container>,
    /// Its Pods' sandboxes by their ids.
    pub sandboxes: BTreeMap<String, Sandbox>,
    /// What init wrote: when, 1 or 2, what.
    pub log: Vec<(Timestamp, u8, Vec<u8>)>,
    /// When it is stopped: tells `stop` that its SIGTERM worked.
    pub(super) last_pid: u32,
    /// Of profile `kind`: its services.
    pub(super) systemd: Systemd,
    boots: u32,
    killing: Option<i32>,
}

impl Node {
    /// Whether its processes stand still.
    pub fn is_frozen(&self) -> bool {
        self.state == NodeState::Paused
    }

    fn running(&self, comm: &str) -> Option<&Process> {
        let runs = self.state == NodeState::Running;
        self.processes.values().find(|p| runs && !p.stopped && p.exit.is_none() && self.is(p, comm))
    }

    /// Whether a process is one of the node's programs, of that name. With kind those of the control plane are the first
    /// of containers in kube-system.
    fn is(&self, process: &Process, program: &str) -> bool {
        let Some(first) = process.args.first() else { return false };
        match (&process.container, self.spec.profile) {
            (None, Profile::Lab) => first == program,
            (None, Profile::Kind) => first.rsplit('/').next() == Some(program),
            (Some(_), Profile::Lab) => false,
            (Some(id), Profile::Kind) => {
                let sandbox = self.containers.get(id).and_then(|container| self.sandboxes.get(&container.sandbox));
                first == program && process.ns_pid == 1 && sandbox.is_some_and(|s| s.pod.namespace == "kube-system")
            }
        }
    }

    /// The signal that `docker stop` sends: the image's `STOPSIGNAL`.
    pub fn stop_signal(&self) -> i32 {
        if self.spec.profile == Profile::Kind { systemd::HALT } else { process::SIGTERM }
    }

    /// The environment of its first process, and of what is executed in it.
    pub fn env(&self) -> Vec<(String, String)> {
        let role = if self.spec.role == Role::ControlPlane { "control-plane" } else { "worker" };
        if self.spec.profile == Profile::Kind {
            let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
            let pairs = [("PATH", path), ("HOSTNAME", &self.spec.name), ("container", "docker"), ("HOME", "/root")];
            return pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        }
        let pairs = [
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ("HOSTNAME", &self.spec.name),
            ("KUBECONFIG", "/etc/kubernetes/admin.conf"),
            ("NODE", &self.spec.name),
            ("ROLE", role),
            ("POD_CIDR", &self.spec.pod_cidr),
            ("KUBELET_ARGS", &self.spec.kubelet_args.join(" ")),
            ("HOME", "/root"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }
}

/// What `docker start` and the others refuse with: no such node.
fn index(world: &World, name: &str) -> Option<usize> {
    world.hosts.index(name)
}

/// Adds a node and starts it.
pub fn add_node(world: &mut World, spec: NodeSpec) {
    let (id, endpoint, now) = (new_id(world), new_id(world), world.now());
    let files = Files::on(image::node(spec.profile));
    let name = spec.name.clone();
    let at = world.hosts.nodes.len();
    world.hosts.nodes.push(Node {
        spec,
        id,
        state: NodeState::Exited,
        connected: true,
        created: now,
        started_at: now,
        finished_at: None,
        exit_code: 0,
        endpoint,
        processes: BTreeMap::new(),
        files,
        containers: BTreeMap::new(),
        sandboxes: BTreeMap::new(),
        log: Vec::new(),
        last_pid: 0,
        systemd: Systemd::default(),
        boots: 0,
        killing: None,
    });
    world.hosts.names.insert(name.clone(), at);
    image::own_files(&mut world.hosts.nodes[at], now);
    start(world, &name);
}
