//! How nodes start and stop, freeze and thaw, and their daemons with them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Node, NodeSpec, NodeState, Role, index};
use crate::sandbox::host::fd::Fd;
use crate::sandbox::host::process::{self, Birth, SIGKILL};
use crate::sandbox::host::sys::{Io, Me, Task, drive};
use crate::sandbox::host::who::Who;
use crate::sandbox::host::{What, happened, new_id, shell, systemd};
use crate::sandbox::{Profile, World, kubelet};

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
    super::super::runtime::forget_processes(node, now);
    // What the container was made with: `--tmpfs /run --tmpfs /tmp`.
    node.files.mount_tmpfs(&["/run", "/tmp"]);
    let script = init_script(&node.spec);
    let env: BTreeMap<_, _> = node.env().into_iter().collect();
    let io = Io { stdin: Fd::Null, stdout: Fd::NodeLog(1), stderr: Fd::NodeLog(2) };
    let variables = env.clone();
    let kind = node.spec.profile == Profile::Kind;
    let (task, args) = if kind {
        (Task::new(io, systemd::init), vec!["/sbin/init".to_owned()])
    } else {
        let script = move |sys| shell::script(sys, "node-init".to_owned(), script, Vec::new(), variables);
        (Task::new(io, script), vec!["/bin/bash".to_owned(), "/usr/local/bin/node-init".to_owned()])
    };
    process::spawn(
        world,
        at,
        Birth { parent: 0, container: None, args, env, cwd: "/".to_owned(), who: Who::root(), tty: "?", task },
    );
    if !kind {
        world.hosts.nodes[at].last_pid = 25;
    }
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
    let Some(at) = index(world, name) else { return };
    kill(world, name, world.hosts.nodes[at].stop_signal());
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
pub(in crate::sandbox::host) fn exited(world: &mut World, at: usize, code: i32) {
    let now = world.now();
    let node = &mut world.hosts.nodes[at];
    if node.state == NodeState::Exited {
        return;
    }
    node.state = NodeState::Exited;
    node.exit_code = node.killing.take().unwrap_or(code);
    node.finished_at = Some(now);
    let (name, code) = (node.spec.name.clone(), node.exit_code);
    happened(world, &name, What::Container("die".to_owned(), vec![("exitCode", code.to_string())]));
    systemd::forget(world, at);
    let node = &mut world.hosts.nodes[at];
    let kubelet = node.processes.values().any(|p| p.container.is_none() && p.comm == "kubelet" && p.exit.is_none());
    let pids: Vec<u32> = node.processes.keys().copied().collect();
    for pid in pids {
        process::clear_timer(world, Me { node: at, pid });
    }
    let gone = std::mem::take(&mut world.hosts.nodes[at].processes);
    if gone.values().any(|process| process.comm == "kube-apiserver") {
        world.cacher.list(world.store.revision());
    }
    for process in gone.values() {
        if let Some(exec) = &process.exec {
            super::super::exec::done(world, exec, 128 + SIGKILL);
        }
    }
    drop(gone);
    if kubelet {
        tell(world, at, kubelet::process_ended);
    }
    world.hosts.active();
}

/// The component that the scheduler's events are of.
const SCHEDULER: &str = "default-scheduler";

/// A process of the node itself has ended.
pub(in crate::sandbox::host) fn daemon_ended(world: &mut World, at: usize, pid: u32, comm: &str) {
    match comm {
        "kubelet" => tell(world, at, kubelet::process_ended),
        "kube-apiserver" => world.cacher.list(world.store.revision()),
        "kube-scheduler" => world.recorder.forget(|component, _| component == SCHEDULER),
        "kube-controller" => world.recorder.forget(|component, _| !matches!(component, SCHEDULER | "kubelet")),
        "containerd-shim" | "pause" => super::super::runtime::native_ended(world, at, pid),
        _ => {}
    }
}

/// Whether a node's cluster is only being made: the node has started once, and not long ago.
pub(in crate::sandbox::host) fn is_first_start(world: &World, at: usize) -> bool {
    let node = &world.hosts.nodes[at];
    node.boots == 1 && world.now().duration_since(node.started_at).unsigned_abs() < node.spec.profile.up()
}

/// A kubelet works from now on.
pub(in crate::sandbox::host) fn kubelet_began(world: &mut World, at: usize) {
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

/// Whether a node is paused.
pub fn is_frozen(world: &World, name: &str) -> bool {
    world.hosts.node(name).is_some_and(Node::is_frozen)
}

/// Whether a program of that name stands still on a node: SIGSTOP.
pub fn is_stopped(world: &World, name: &str, program: &str) -> bool {
    let processes = world.hosts.node(name).into_iter().flat_map(|node| node.processes.values());
    let node = world.hosts.node(name);
    let mut stopped = processes.filter(|process| process.stopped);
    stopped.any(|process| node.is_some_and(|node| node.is(process, program)))
}

/// Whether a program of that name runs on a node, and does not stand still: `kubelet`, `kube-scheduler`.
pub fn is_running(world: &World, name: &str, program: &str) -> bool {
    world.hosts.node(name).is_some_and(|node| node.running(program).is_some())
}

/// Stops a service of a kind node and starts it, as kubeadm does.
pub fn restart_service(world: &mut World, name: &str, service: &str) {
    let Some(at) = index(world, name) else { return };
    if let Some(unit) = world.hosts.nodes[at].systemd.find(service) {
        systemd::restart(world, at, unit);
        drive(world);
    }
}

/// The number of the process that is a node's program of that name, if it runs.
pub fn process_of(world: &World, name: &str, program: &str) -> Option<u32> {
    world.hosts.node(name)?.running(program).map(|process| process.pid)
}

/// Ends a process of a node by itself, with an exit code.
pub fn end_process(world: &mut World, name: &str, pid: u32, code: i32) {
    if let Some(node) = index(world, name) {
        process::ended(world, Me { node, pid }, code);
        drive(world);
    }
}
