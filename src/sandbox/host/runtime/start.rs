//! Making and starting containers.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Container, ContainerSpec, ContainerState};
use crate::sandbox::World;
use crate::sandbox::host::fd::{self, Fd};
use crate::sandbox::host::files::{Entry, Files};
use crate::sandbox::host::process::{self, Birth};
use crate::sandbox::host::sys::{Io, Task, drive};
use crate::sandbox::host::{image, new_id, programs};

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
    let image = image::container(host.spec.profile, &spec.image);
    let mut files = Files::on(image.files.clone());
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
    if !spec.termination_log.is_empty() {
        make_dirs(&mut files, &spec.termination_log, now);
        let _ = files.put(&spec.termination_log, Entry::file(0o666, "", now));
    }
    for mount in &spec.mounts {
        files.mount(&mount.at, &host.files, &mount.from, mount.read_only, now);
    }
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let first = [("PATH", path), ("HOSTNAME", pod.pod.name.as_str()), ("HOME", "/root")];
    let mut env: BTreeMap<String, String> = first.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    env.extend(spec.env.iter().cloned());
    let argv = image.argv(&spec.command, &spec.args);
    let cwd = if spec.working_dir.is_empty() { "/".to_owned() } else { spec.working_dir.clone() };
    // runc makes a working directory that is not there.
    let no_dir = files.get(&cwd).filter(|entry| !entry.is_dir());
    let no_dir = no_dir.map(|_| format!("error during container init: mkdir {cwd}: not a directory"));
    make_dirs(&mut files, &format!("{cwd}/"), now);
    let found = programs::find(&files, &env, &cwd, &argv[0]).err().map(|why| format!("exec: {:?}: {why}", argv[0]));
    let found = no_dir.or(found);
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
        out_of_memory: false,
        log: Vec::new(),
        last_pid: 0,
        main: 0,
        stdin: None,
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
    let (with_stdin, with_tty, who) = (container.spec.stdin, container.spec.tty, container.spec.who());
    let (reader, writer) = fd::pipe(world);
    container.stdin = with_stdin.then_some(writer);
    world.hosts.nodes[at].containers.insert(id.clone(), container);
    let name: Arc<str> = Arc::from(id.as_str());
    let io = Io {
        stdin: if with_stdin { Fd::Reader(reader) } else { Fd::Null },
        stdout: Fd::Log { container: name.clone(), stream: "stdout" },
        stderr: Fd::Log { container: name, stream: if with_tty { "stdout" } else { "stderr" } },
    };
    let (args, variables) = (argv.clone(), env.clone());
    let task = Task::new(io, move |sys| programs::main(sys, args, variables));
    let container = Some(id.clone());
    let tty = if with_tty { "pts/0" } else { "?" };
    let pid = process::spawn(world, at, Birth { parent: shim, container, args: argv, env, cwd, who, tty, task });
    if let Some(container) = world.hosts.nodes[at].containers.get_mut(&id) {
        container.main = pid;
    }
    drive(world);
    Ok(id)
}

pub(in crate::sandbox::host) fn make_dirs(files: &mut Files, path: &str, now: Timestamp) {
    for (end, _) in path.match_indices('/').skip(1) {
        if files.get(&path[..end]).is_none() {
            // Its parent is there: it was made before.
            let _ = files.put(&path[..end], Entry::dir(0o755, now));
        }
    }
}
