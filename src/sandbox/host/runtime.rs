//! The container runtime: Pods' sandboxes, each with a shim, and their containers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::exec::{ExecSpec, exec};
use super::fd::Fd;
use super::files::{Entry, Files};
use super::node::Node;
use super::process::{self, Birth, SIGKILL, SIGTERM};
use super::sys::{Io, Me, Task, drive};
use super::{image, new_id, programs};
use crate::sandbox::{World, kubelet};

/// Which Pod a sandbox is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodRef {
    /// The Pod's UID.
    pub uid: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name, which is its host's name.
    pub name: String,
}

/// A Pod on a node.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// 64 hexadecimal digits.
    pub id: String,
    /// Of which Pod.
    pub pod: PodRef,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether its first process runs.
    pub ready: bool,
    shim: u32,
    pause: u32,
}

/// What a container is to be.
#[derive(Debug, Clone, Default)]
pub struct ContainerSpec {
    /// Its name in the Pod.
    pub name: String,
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
    /// Files that are mounted into it: absolute paths and what is in them.
    pub files: Vec<(String, Vec<u8>)>,
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
    /// `Completed`, `Error`, `StartError`, `Unknown`; empty while it runs.
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
    /// What it has written.
    pub log: Vec<LogLine>,
    pub(super) last_pid: u32,
    main: u32,
}

/// The lines that a log keeps; older ones are rotated away (the kubelet keeps 10 MiB).
const LOG: usize = 100_000;

/// Makes the sandbox of a Pod, with its shim and its `/pause`. Returns its id.
pub fn run_pod(world: &mut World, node: &str, pod: PodRef) -> String {
    let id = new_id(world);
    let Some(at) = world.hosts.index(node) else { return id };
    let shim =
        format!("/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id {id} -address /run/containerd/containerd.sock");
    let shim = native(world, at, 1, shim.split(' ').map(str::to_owned).collect());
    let pause = native(world, at, shim, vec!["/pause".to_owned()]);
    if let Some(pause) = world.hosts.nodes[at].processes.get_mut(&pause) {
        pause.leader = true;
    }
    let sandbox = Sandbox { id: id.clone(), pod, created_at: world.now(), ready: true, shim, pause };
    world.hosts.nodes[at].sandboxes.insert(id.clone(), sandbox);
    drive(world);
    id
}

/// A process that only waits for signals.
fn native(world: &mut World, at: usize, parent: u32, args: Vec<String>) -> u32 {
    let task = Task::new(Io::null(), |sys| async move { sys.forever().await });
    let (env, cwd, user) = (BTreeMap::new(), "/".to_owned(), "root".to_owned());
    process::spawn(world, at, Birth { parent, container: None, args, env, cwd, user, tty: "?", task })
}

/// Whether a node has an image.
pub fn has_image(world: &World, node: &str, image: &str) -> bool {
    let image = image.strip_prefix("docker.io/").unwrap_or(image);
    let image = image.strip_prefix("library/").unwrap_or(image);
    world.hosts.node(node).is_some() && matches!(image, "busybox:1.31" | "k8s.gcr.io/pause:3.2")
}

/// Makes a container in a sandbox and starts it. Returns its id.
///
/// # Errors
/// What containerd says when the program is missing or not executable. There is a container then all the same, which has
/// ended: 128, `StartError`.
pub fn start_container(world: &mut World, node: &str, sandbox: &str, spec: ContainerSpec) -> Result<String, String> {
    let id = new_id(world);
    let now = world.now();
    let at = world.hosts.index(node).ok_or_else(|| format!("node {node:?} not found"))?;
    let host = &world.hosts.nodes[at];
    let pod = host.sandboxes.get(sandbox).filter(|sandbox| sandbox.ready);
    let pod = pod.ok_or_else(|| {
        format!("failed to find sandbox id {sandbox:?}: an error occurred when try to find sandbox: not found")
    })?;
    let shim = pod.shim;
    let mut files = Files::on(image::busybox());
    let hosts = format!(
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n\
         fe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n10.244.0.2\t{}\n",
        pod.pod.name
    );
    let own = [("/etc/hostname", format!("{}\n", pod.pod.name)), ("/etc/hosts", hosts)];
    let own = own.into_iter().map(|(path, text)| (path.to_owned(), text.into_bytes()));
    for (path, content) in own.chain(spec.files.iter().cloned()) {
        make_dirs(&mut files, &path, now);
        // The directories are there now.
        let _ = files.write(&path, content, now);
    }
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let first = [("PATH", path), ("HOSTNAME", pod.pod.name.as_str()), ("HOME", "/root")];
    let mut env: BTreeMap<String, String> = first.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    env.extend(spec.env.iter().cloned());
    // The image's own command is sh.
    let mut argv = [spec.command.clone(), spec.args.clone()].concat();
    if argv.is_empty() {
        argv = vec!["/pause".to_owned()];
        if spec.image.contains("busybox") {
            argv = vec!["sh".to_owned()];
        }
    }
    let cwd = if spec.working_dir.is_empty() { "/".to_owned() } else { spec.working_dir.clone() };
    let found = programs::find(&files, &env, &cwd, &argv[0]).err().map(|why| format!("exec: {:?}: {why}", argv[0]));
    let state = ContainerState {
        running: true,
        started_at: Some(now),
        finished_at: None,
        exit_code: 0,
        reason: String::new(),
        message: String::new(),
    };
    let mut container = Container {
        id: id.clone(),
        sandbox: sandbox.to_owned(),
        spec,
        created_at: now,
        state,
        files,
        env: env.clone(),
        log: Vec::new(),
        last_pid: 0,
        main: 0,
    };
    if let Some(why) = found {
        let message = format!(
            "failed to create containerd task: failed to create shim task: OCI runtime create failed: \
             runc create failed: unable to start container process: {why}: unknown"
        );
        container.state = ContainerState {
            running: false,
            started_at: None,
            finished_at: Some(now),
            exit_code: 128,
            reason: "StartError".to_owned(),
            message: message.clone(),
        };
        world.hosts.nodes[at].containers.insert(id, container);
        return Err(message);
    }
    world.hosts.nodes[at].containers.insert(id.clone(), container);
    let name: Arc<str> = Arc::from(id.as_str());
    let io = Io {
        stdin: Fd::Null,
        stdout: Fd::Log { container: name.clone(), stream: "stdout" },
        stderr: Fd::Log { container: name, stream: "stderr" },
    };
    let (args, variables) = (argv.clone(), env.clone());
    let task = Task::new(io, move |sys| programs::main(sys, args, variables));
    let (user, container) = ("root".to_owned(), Some(id.clone()));
    let pid = process::spawn(world, at, Birth { parent: shim, container, args: argv, env, cwd, user, tty: "?", task });
    if let Some(container) = world.hosts.nodes[at].containers.get_mut(&id) {
        container.main = pid;
    }
    drive(world);
    Ok(id)
}

pub(super) fn make_dirs(files: &mut Files, path: &str, now: Timestamp) {
    for (end, _) in path.match_indices('/').skip(1) {
        if files.get(&path[..end]).is_none() {
            // Its parent is there: it was made before.
            let _ = files.put(&path[..end], Entry::dir(0o755, now));
        }
    }
}

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

/// Stops a Pod's sandbox: its containers are killed, `/pause` and the shim end. The containers' records stay.
pub fn stop_pod(world: &mut World, node: &str, sandbox: &str) {
    let Some(at) = world.hosts.index(node) else { return };
    let Some(pod) = world.hosts.nodes[at].sandboxes.get_mut(sandbox) else { return };
    let (shim, pause) = (pod.shim, pod.pause);
    pod.ready = false;
    let inside: Vec<String> =
        world.hosts.nodes[at].containers.values().filter(|c| c.sandbox == sandbox).map(|c| c.id.clone()).collect();
    for id in inside {
        stop_container(world, node, &id, Duration::ZERO);
    }
    for pid in [pause, shim] {
        process::signal(world, Me { node: at, pid }, SIGKILL);
    }
    drive(world);
}

/// Forgets a sandbox that was stopped, with its containers.
pub fn remove_pod(world: &mut World, node: &str, sandbox: &str) {
    stop_pod(world, node, sandbox);
    if let Some(at) = world.hosts.index(node) {
        world.hosts.nodes[at].containers.retain(|_, container| container.sandbox != sandbox);
        world.hosts.nodes[at].sandboxes.remove(sandbox);
        world.hosts.active();
    }
}

/// How a container is; none: there is no such container on the node.
pub fn container(world: &World, node: &str, id: &str) -> Option<ContainerState> {
    world.hosts.node(node)?.containers.get(id).map(|container| container.state.clone())
}

/// All containers of a node, in the order of their ids.
pub fn list<'w>(world: &'w World, node: &str) -> Vec<&'w Container> {
    world.hosts.node(node).map(|node| node.containers.values().collect()).unwrap_or_default()
}

/// What a container has written; none: there is no such container on the node.
pub fn logs<'w>(world: &'w World, node: &str, id: &str) -> Option<&'w [LogLine]> {
    world.hosts.node(node)?.containers.get(id).map(|container| container.log.as_slice())
}

/// Prepares a command in a container; [`super::Exec::start`] runs it. Returns its id.
pub fn exec_in_container(world: &mut World, node: &str, id: &str, spec: ExecSpec) -> String {
    exec(world, node, Some(id), spec)
}

/// A container writes.
pub(super) fn log(world: &mut World, at: usize, id: &str, stream: &'static str, bytes: &[u8]) {
    let now = world.now();
    let Some(container) = world.hosts.nodes[at].containers.get_mut(id) else { return };
    for part in String::from_utf8_lossy(bytes).split_inclusive('\n') {
        let whole = part.ends_with('\n');
        let text = part.strip_suffix('\n').unwrap_or(part);
        match container.log.iter_mut().rev().find(|line| line.stream == stream) {
            Some(line) if !line.whole => {
                line.text += text;
                line.whole = whole;
            }
            _ => container.log.push(LogLine { time: now, stream, text: text.to_owned(), whole }),
        }
    }
    if container.log.len() > 2 * LOG {
        container.log.drain(..LOG);
    }
    world.hosts.active();
}

/// The first process of a container has ended.
pub(super) fn main_ended(world: &mut World, at: usize, id: &str, code: i32) {
    let now = world.now();
    let node = &mut world.hosts.nodes[at];
    let Some(container) = node.containers.get_mut(id) else { return };
    let reason = if code == 0 { "Completed" } else { "Error" };
    container.state = ContainerState {
        running: false,
        finished_at: Some(now),
        exit_code: code,
        reason: reason.to_owned(),
        ..container.state.clone()
    };
    world.hosts.active();
    tell(world, at, id.to_owned());
}

/// A shim, or the first process of a sandbox, has ended: the Pod with it.
pub(super) fn native_ended(world: &mut World, at: usize, pid: u32) {
    let node = &mut world.hosts.nodes[at];
    let Some(pod) = node.sandboxes.values_mut().find(|pod| pod.ready && (pod.shim == pid || pod.pause == pid)) else {
        return;
    };
    pod.ready = false;
    let (id, name) = (pod.id.clone(), node.spec.name.clone());
    if pod.shim == pid {
        stop_pod(world, &name, &id);
    }
    tell(world, at, id);
}

fn tell(world: &mut World, at: usize, id: String) {
    let node = world.hosts.nodes[at].spec.name.clone();
    world.after(Duration::ZERO, move |world| kubelet::container_ended(world, &node, &id));
}

/// The node starts anew: what ran has ended, and nobody saw how (containerd: unknownExitCode, unknownExitReason).
pub(super) fn forget_processes(node: &mut Node, now: Timestamp) {
    for sandbox in node.sandboxes.values_mut() {
        sandbox.ready = false;
    }
    for container in node.containers.values_mut().filter(|container| container.state.running) {
        container.state = ContainerState {
            running: false,
            finished_at: Some(now),
            exit_code: 255,
            reason: "Unknown".to_owned(),
            ..container.state.clone()
        };
    }
}
