//! Hosts for tests: containers that run until they are killed, or for as many seconds as `sleep N; exit M` says.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::api::Cluster;
use crate::sandbox::boot::{NODES, boot_on};
use crate::sandbox::{Profile, World};

use super::runtime::{ContainerSpec, ContainerState, Output, PodRef, Ran, Runtime};

/// Containers by id, by the seed of the world that they are in: tests run side by side.
static HOSTS: Mutex<BTreeMap<String, Hosts>> = Mutex::new(BTreeMap::new());

#[derive(Default)]
struct Hosts {
    containers: BTreeMap<String, ContainerState>,
    /// Nodes that are cut off.
    pub cut: Vec<String>,
    kubelets: Vec<String>,
    made: u64,
    /// What the command `check` returns in containers.
    check: i32,
}

fn key() -> String {
    std::thread::current().name().unwrap_or_default().to_owned()
}

fn with<T>(f: impl FnOnce(&mut Hosts) -> T) -> T {
    f(HOSTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner).entry(key()).or_default())
}

fn start(world: &mut World, node: &str, _sandbox: &str, spec: &ContainerSpec) -> Result<String, String> {
    let now = world.now();
    let id = with(|hosts| {
        hosts.made += 1;
        let id = format!("{:064x}", hosts.made);
        let state = ContainerState {
            running: true,
            started_at: now,
            finished_at: None,
            exit_code: 0,
            reason: String::new(),
            message: String::new(),
        };
        hosts.containers.insert(id.clone(), state);
        id
    });
    let script = spec.command.last().cloned().unwrap_or_default();
    if let Some((seconds, code)) = script.strip_prefix("sleep ").and_then(|rest| rest.split_once("; exit ")) {
        let (seconds, code) = (seconds.parse().unwrap(), code.parse().unwrap());
        let (node, id) = (node.to_owned(), id.clone());
        world.after(Duration::from_secs(seconds), move |world| end(world, &node, &id, code));
    }
    Ok(id)
}

fn end(world: &mut World, node: &str, id: &str, code: i32) {
    let now = world.now();
    let ended = with(|hosts| {
        let state = hosts.containers.get_mut(id).filter(|state| state.running)?;
        state.running = false;
        state.exit_code = code;
        state.finished_at = Some(now);
        state.reason = if code == 0 { "Completed".to_owned() } else { "Error".to_owned() };
        Some(())
    });
    if ended.is_some() {
        super::container_ended(world, node, id);
    }
}

fn stop(world: &mut World, node: &str, id: &str, grace: Duration) {
    let (node, id) = (node.to_owned(), id.to_owned());
    world.after(grace, move |world| end(world, &node, &id, 137));
}

/// From now on the command `check` returns this in all containers.
pub(crate) fn check_returns(code: i32) {
    with(|hosts| hosts.check = code);
}

/// Lets time pass.
pub(crate) fn pass(world: &mut World, seconds: f64) {
    let until = world.now() + Duration::from_secs_f64(seconds);
    world.tell();
    world.run_until(until);
}

/// How many containers run.
pub(crate) fn running() -> usize {
    with(|hosts| hosts.containers.values().filter(|state| state.running).count())
}

/// Cuts a node's kubelet off, or lets it work again.
pub(crate) fn kubelet(world: &mut World, node: &str, runs: bool) {
    with(|hosts| {
        hosts.kubelets.retain(|known| known != node);
        if runs {
            hosts.kubelets.push(node.to_owned());
        }
    });
    if runs { super::process_started(world, node) } else { super::process_ended(world, node) }
}

fn describe(node: &str) -> Value {
    let at = NODES.iter().position(|known| *known == node).unwrap_or(9);
    let mut labels = json!({});
    let mut described = json!({});
    if at == 0 {
        labels = json!({"node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/master": ""});
        described["taints"] = json!([{"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}]);
    }
    if at == 1 {
        labels = json!({"near": "true"});
    }
    if at == 2 {
        described["taints"] = json!([{"key": "keep", "value": "off", "effect": "NoSchedule"}]);
    }
    described["labels"] = labels;
    described["capacity"] = json!({"cpu": "2", "memory": "24683656Ki", "pods": "110"});
    described["addresses"] = json!([{"type": "InternalIP", "address": format!("172.18.0.{}", at + 2)}, {"type": "Hostname", "address": node}]);
    described["nodeInfo"] = json!({"kubeletVersion": "v1.20.2"});
    described["images"] = json!([]);
    described
}

const RUNTIME: Runtime = Runtime {
    runs: |_, node, program| program != "kubelet" || with(|hosts| hosts.kubelets.iter().any(|known| known == node)),
    started_lately: |_, _| false,
    reaches: |_, node| with(|hosts| !hosts.cut.iter().any(|cut| cut == node)),
    is_linked: |_, _| true,
    run_pod: |_, _, pod: &PodRef| format!("sandbox-{}", pod.uid),
    pod_ready: |_, _, _| true,
    start_container: start,
    stop_container: stop,
    remove_container: |_, _, id| with(|hosts| drop(hosts.containers.remove(id))),
    stop_pod: |_, _, _| {},
    container: |_, _, id| with(|hosts| hosts.containers.get(id).cloned()),
    exec: |world, _, _, command, done: Ran| {
        let code = match command.first().map(String::as_str) {
            Some("check") => with(|hosts| hosts.check),
            first => i32::from(first == Some("false")),
        };
        world.after(Duration::from_millis(50), move |world| done(world, code, Output::default()));
    },
    asks_port: |_, _, _, port, _| (port == 80).then_some(200),
    make_dir: |_, _, _| {},
    make_file: |_, _, _| {},
    remove_path: |_, _, _| {},
    what_is: |_, _, _| Some("directory"),
    write_file: |_, _, _, _, _| {},
    disk_usage: |_, _, _| 0,
    layer_usage: |_, _, _| 0,
    write_files: |_, _, _, _| {},
    give: |_, _, _, _, _| {},
    manifests: |_, _| Vec::new(),
    dead_sandboxes: |_, _, _| Vec::new(),
    remove_pod: |_, _, _| {},
    runtime_runs: |_, _| true,
    has_network: |_, _| true,
    describe: |_, node| describe(node),
};

/// A cluster of three nodes that is up.
pub(crate) fn cluster() -> World {
    with(|hosts| *hosts = Hosts::default());
    let mut world = World::new(7, "2026-11-24T15:22:00Z".parse::<Timestamp>().unwrap());
    let cluster = Cluster { address: "172.18.0.2", ca: "ca" };
    boot_on(&mut world, Profile::Lab, RUNTIME, cluster, |world| {
        for node in NODES {
            kubelet(world, node, true);
        }
    })
    .unwrap();
    world
}
