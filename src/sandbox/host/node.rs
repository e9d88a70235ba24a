//! The nodes: containers of a Docker Engine, each with an init that keeps the node's daemons running.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::fd::Fd;
use super::files::Files;
use super::process::{self, Birth, Process, SIGKILL};
use super::runtime::{Container, Sandbox};
use super::sys::{Io, Me, Task, drive};
use super::{image, new_id, shell};
use crate::sandbox::{World, kubelet};

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
        self.processes.values().find(|p| {
            runs && p.container.is_none()
                && !p.stopped
                && p.exit.is_none()
                && p.args.first().is_some_and(|arg| arg == comm)
        })
    }

    /// The environment of its first process, and of what is executed in it.
    pub fn env(&self) -> Vec<(String, String)> {
        let role = if self.spec.role == Role::ControlPlane { "control-plane" } else { "worker" };
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
    let files = Files::on(image::node());
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
        boots: 0,
        killing: None,
    });
    world.hosts.names.insert(name.clone(), at);
    image::own_files(&mut world.hosts.nodes[at], now);
    start(world, &name);
}

/// What init runs: the node's daemons, each again a second after its end (as systemd does in a kind node).
fn init_script(spec: &NodeSpec) -> String {
    const PKI: &str = "/etc/kubernetes/pki";
    let (name, ip) = (&spec.name, &spec.ip);
    let mut script = format!(
        "trap 'kill $(jobs -p) 2>/dev/null; exit 0' TERM INT\n\
         keep() {{ (trap - TERM INT; while true; do \"$@\"; sleep 1; done) & }}\n\
         keep containerd\n\
         keep kubelet --oom-score-adj=0 --kubeconfig=/etc/kubernetes/admin.conf --config=/etc/kubernetes/kubelet.yaml \
         --container-runtime=remote --container-runtime-endpoint=unix:///run/containerd/containerd.sock \
         --hostname-override={name} --node-ip={ip} --pod-infra-container-image=k8s.gcr.io/pause:3.2 {}\n",
        spec.kubelet_args.join(" ")
    );
    if spec.role == Role::ControlPlane {
        script += &format!(
            "keep etcd --name {name} --data-dir /var/lib/etcd --listen-client-urls https://0.0.0.0:2379 \
             --advertise-client-urls https://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380 \
             --cert-file {PKI}/etcd/server.crt --key-file {PKI}/etcd/server.key --client-cert-auth \
             --trusted-ca-file {PKI}/etcd/ca.crt\n\
             keep kube-apiserver --etcd-servers=https://127.0.0.1:2379 --etcd-cafile={PKI}/etcd/ca.crt \
             --etcd-certfile={PKI}/client.crt --etcd-keyfile={PKI}/client.key --client-ca-file={PKI}/ca.crt \
             --tls-cert-file={PKI}/server.crt --tls-private-key-file={PKI}/server.key \
             --service-account-key-file={PKI}/sa.pub --service-account-signing-key-file={PKI}/sa.key \
             --service-account-issuer=https://kubernetes.default.svc --service-cluster-ip-range=10.96.0.0/16 \
             --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
             --kubelet-client-certificate={PKI}/client.crt --kubelet-client-key={PKI}/client.key \
             --bind-address=0.0.0.0 --secure-port=6443\n\
             keep kube-controller-manager --node-eviction-rate=0.125 --kubeconfig=/etc/kubernetes/admin.conf \
             --service-account-private-key-file={PKI}/sa.key --root-ca-file={PKI}/ca.crt \
             --use-service-account-credentials=false --leader-elect=false --allocate-node-cidrs=false\n\
             keep kube-scheduler --kubeconfig=/etc/kubernetes/admin.conf --leader-elect=false\n"
        );
    }
    script + "while true; do wait; sleep 1; done\n"
}

/// Starts a node that has ended. False where it runs already.
pub fn start(world: &mut World, name: &str) -> bool {
    let Some(at) = index(world, name) else { return false };
    let now = world.now();
    let endpoint = new_id(world);
    let node = &mut world.hosts.nodes[at];
    if node.state != NodeState::Exited {
        return false;
    }
    node.state = NodeState::Running;
    (node.started_at, node.endpoint, node.killing) = (now, endpoint, None);
    node.boots += 1;
    // Init's own commands have the numbers before.
    node.last_pid = 0;
    super::runtime::forget_processes(node, now);
    let script = init_script(&node.spec);
    let env: BTreeMap<_, _> = node.env().into_iter().collect();
    let io = Io { stdin: Fd::Null, stdout: Fd::NodeLog(1), stderr: Fd::NodeLog(2) };
    let variables = env.clone();
    let task = Task::new(io, move |sys| shell::script(sys, "node-init".to_owned(), script, Vec::new(), variables));
    let args = vec!["/bin/bash".to_owned(), "/usr/local/bin/node-init".to_owned()];
    process::spawn(
        world,
        at,
        Birth { parent: 0, container: None, args, env, cwd: "/".to_owned(), user: "root".to_owned(), tty: "?", task },
    );
    world.hosts.nodes[at].last_pid = 25;
    drive(world);
    true
}

/// Sends a signal to the node's first process, as `docker kill` does; SIGKILL ends the node.
pub fn kill(world: &mut World, name: &str, signal: i32) {
    let Some(at) = index(world, name) else { return };
    if signal == SIGKILL {
        world.hosts.nodes[at].state = NodeState::Running;
        world.hosts.nodes[at].killing = Some(128 + SIGKILL);
        exited(world, at, 128 + SIGKILL);
    } else {
        process::signal(world, Me { node: at, pid: 1 }, signal);
    }
    drive(world);
}

/// Stops a node as `docker stop` does: SIGTERM, and SIGKILL `grace` later. It has ended at the latest then.
pub fn stop(world: &mut World, name: &str, grace: Duration) {
    kill(world, name, process::SIGTERM);
    let Some(at) = index(world, name) else { return };
    let (name, started) = (name.to_owned(), world.hosts.nodes[at].started_at);
    if world.hosts.nodes[at].state != NodeState::Exited {
        world.after(grace, move |world| {
            let node = &world.hosts.nodes[at];
            if node.state != NodeState::Exited && node.started_at == started {
                kill(world, &name, SIGKILL);
            }
        });
    }
}

/// The first process of a node has ended, and with it all others, at once (pid_namespaces(7)).
pub(super) fn exited(world: &mut World, at: usize, code: i32) {
    let now = world.now();
    let node = &mut world.hosts.nodes[at];
    if node.state == NodeState::Exited {
        return;
    }
    node.state = NodeState::Exited;
    node.exit_code = node.killing.take().unwrap_or(code);
    node.finished_at = Some(now);
    let kubelet = node.processes.values().any(|p| p.container.is_none() && p.comm == "kubelet" && p.exit.is_none());
    let pids: Vec<u32> = node.processes.keys().copied().collect();
    for pid in pids {
        process::clear_timer(world, Me { node: at, pid });
    }
    let gone = std::mem::take(&mut world.hosts.nodes[at].processes);
    for process in gone.values() {
        if let Some(exec) = &process.exec {
            super::exec::done(world, exec, 128 + SIGKILL);
        }
    }
    drop(gone);
    if kubelet {
        tell(world, at, kubelet::process_ended);
    }
    world.hosts.active();
}

/// A process of the node itself has ended.
pub(super) fn daemon_ended(world: &mut World, at: usize, pid: u32, comm: &str) {
    match comm {
        "kubelet" => tell(world, at, kubelet::process_ended),
        "containerd-shim" | "pause" => super::runtime::native_ended(world, at, pid),
        _ => {}
    }
}

/// A kubelet's process has begun.
pub(super) fn kubelet_began(world: &mut World, at: usize) {
    tell(world, at, kubelet::process_started);
}

fn tell(world: &mut World, at: usize, what: fn(&mut World, &str)) {
    let name = world.hosts.nodes[at].spec.name.clone();
    world.after(Duration::ZERO, move |world| what(world, &name));
}

/// Freezes a running node. False where it does not run.
pub fn pause(world: &mut World, name: &str) -> bool {
    let Some(at) = index(world, name) else { return false };
    if world.hosts.nodes[at].state != NodeState::Running {
        return false;
    }
    world.hosts.nodes[at].state = NodeState::Paused;
    let pids: Vec<u32> = world.hosts.nodes[at].processes.keys().copied().collect();
    for pid in pids {
        process::freeze_timer(world, Me { node: at, pid });
    }
    true
}

/// Lets a frozen node go on. False where it is not frozen.
pub fn unpause(world: &mut World, name: &str) -> bool {
    let Some(at) = index(world, name) else { return false };
    if world.hosts.nodes[at].state != NodeState::Paused {
        return false;
    }
    world.hosts.nodes[at].state = NodeState::Running;
    let pids: Vec<u32> = world.hosts.nodes[at].processes.keys().copied().collect();
    for pid in pids {
        process::thaw(world, Me { node: at, pid });
    }
    drive(world);
    true
}

/// Takes a node off the network. False where it is off.
pub fn disconnect(world: &mut World, name: &str) -> bool {
    let Some(at) = index(world, name) else { return false };
    std::mem::replace(&mut world.hosts.nodes[at].connected, false)
}

/// Puts a node on the network. False where it is on.
pub fn connect(world: &mut World, name: &str) -> bool {
    let Some(at) = index(world, name) else { return false };
    let endpoint = new_id(world);
    let node = &mut world.hosts.nodes[at];
    if node.connected {
        return false;
    }
    (node.connected, node.endpoint) = (true, endpoint);
    true
}

/// Whether a node is paused.
pub fn is_frozen(world: &World, name: &str) -> bool {
    world.hosts.node(name).is_some_and(Node::is_frozen)
}

/// Whether a program of that name runs on a node, and does not stand still: `kubelet`, `kube-scheduler`.
pub fn is_running(world: &World, name: &str, program: &str) -> bool {
    world.hosts.node(name).is_some_and(|node| node.running(program).is_some())
}

/// How long a kube-apiserver takes to serve after its start, and an etcd.
const WARM_UP: Duration = Duration::from_secs(3);

fn serves(world: &World, node: &Node, program: &str) -> bool {
    node.running(program).is_some_and(|process| {
        let first = node.boots == 1 && process.started == node.started_at;
        first || world.now().duration_since(process.started).unsigned_abs() >= WARM_UP
    })
}

fn control_plane(world: &World) -> Option<&Node> {
    world.hosts.nodes.iter().find(|node| node.spec.role == Role::ControlPlane)
}

/// Whether etcd answers outside.
pub fn etcd_is_up(world: &World) -> bool {
    control_plane(world).is_some_and(|node| node.connected && node.running("etcd").is_some())
}

/// Whether the API server answers outside.
pub fn api_is_up(world: &World) -> bool {
    control_plane(world).is_some_and(|node| node.connected && is_reachable(world, &node.spec.name))
}

/// Whether the programs of a node run, and reach the API server, and that answers.
pub fn is_reachable(world: &World, name: &str) -> bool {
    let (Some(node), Some(control)) = (world.hosts.node(name), control_plane(world)) else { return false };
    let connected = node.id == control.id || node.connected && control.connected;
    let serves = serves(world, control, "kube-apiserver") && control.running("etcd").is_some();
    node.state == NodeState::Running && connected && serves
}
