//! Sandboxes of Pods, each with a shim and its `/pause`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::stop_container;
use super::types::{PodRef, Sandbox};
use crate::sandbox::host::new_id;
use crate::sandbox::host::process::{self, Birth, SIGKILL};
use crate::sandbox::host::sys::{Io, Me, Task, drive};
use crate::sandbox::host::who::Who;
use crate::sandbox::{Profile, World};

/// Makes the sandbox of a Pod, with its shim and its `/pause`. Returns its id.
pub fn run_pod(world: &mut World, node: &str, pod: PodRef) -> String {
    let id = new_id(world);
    let Some(at) = world.hosts.index(node) else { return id };
    let kind = world.hosts.nodes[at].spec.profile == Profile::Kind;
    let folder = if kind { "/usr/local/bin" } else { "/usr/bin" };
    let shim =
        format!("{folder}/containerd-shim-runc-v2 -namespace k8s.io -id {id} -address /run/containerd/containerd.sock");
    let shim = native(world, at, 1, shim.split(' ').map(str::to_owned).collect());
    let pause = native(world, at, shim, vec!["/pause".to_owned()]);
    if let Some(pause) = world.hosts.nodes[at].processes.get_mut(&pause) {
        pause.leader = true;
        if kind {
            // As pause:3.3 has it, and nobody of that number is in the host's passwd.
            pause.user = "65535".to_owned();
        }
    }
    let before = world.hosts.nodes[at].sandboxes.values().filter(|known| known.pod.uid == pod.uid);
    let attempt = before.map(|known| known.attempt + 1).max().unwrap_or(0);
    let sandbox = Sandbox { id: id.clone(), pod, attempt, created_at: world.now(), ready: true, shim, pause };
    world.hosts.nodes[at].sandboxes.insert(id.clone(), sandbox);
    drive(world);
    id
}

/// A process that only waits for signals.
fn native(world: &mut World, at: usize, parent: u32, args: Vec<String>) -> u32 {
    let task = Task::new(Io::null(), |sys| async move { sys.forever().await });
    let (env, cwd, who) = (BTreeMap::new(), "/".to_owned(), Who::root());
    process::spawn(world, at, Birth { parent, container: None, args, env, cwd, who, tty: "?", task })
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
