//! What a kubelet asks of its host, answered by the simulated hosts.

use serde_json::{Value, json};

use crate::sandbox::host;
use crate::sandbox::kind;
use crate::sandbox::{Profile, World};

use super::images;
use super::runtime::{ContainerState, Manifests, NOT_STARTED, Runtime};

/// The memory of a node, and its disk: as on the nodes of the recordings.
const MEMORY: &str = "24683656Ki";
const DISK: &str = "264212084Ki";

/// The functions.
pub const RUNTIME: Runtime = Runtime {
    runs: |world, node, program| !host::is_frozen(world, node) && host::is_running(world, node, program),
    started_lately: |world, node| {
        let up = world.hosts.node(node).map(|node| world.now().duration_since(node.started_at).unsigned_abs());
        // A kubelet takes some seconds until it works.
        up.is_some_and(|up| up.as_secs() < 8)
    },
    reaches: host::is_reachable,
    is_linked: host::is_linked,
    run_pod: |world, node, pod| host::run_pod(world, node, pod.clone()),
    pod_ready: |world, node, sandbox| {
        world.hosts.node(node).and_then(|node| node.sandboxes.get(sandbox)).is_some_and(|sandbox| sandbox.ready)
    },
    start_container: |world, node, sandbox, spec| host::start_container(world, node, sandbox, spec.clone()),
    stop_container: host::stop_container,
    remove_container: host::remove_container,
    stop_pod: |world, node, sandbox| host::stop_pod(world, node, sandbox),
    container: |world, node, id| {
        let state = host::container(world, node, id)?;
        let started_at = state.started_at.or(state.finished_at)?;
        let host::ContainerState { running, finished_at, exit_code, reason, message, .. } = state;
        Some(ContainerState { running, started_at, finished_at, exit_code, reason, message })
    },
    exec: |world, node, container, command, done| {
        let spec = host::ExecSpec { command: command.to_vec(), ..host::ExecSpec::default() };
        let id = host::exec_in_container(world, node, container, spec);
        match host::Exec::start(world, &id) {
            Ok(()) => host::exec_when_done(world, &id, done),
            Err(why) => {
                let stderr = format!(
                    "rpc error: code = Unknown desc = failed to exec in container: failed to start exec {id:?}: OCI runtime \
                     exec failed: {why}"
                );
                done(world, NOT_STARTED, host::Output { stderr, ..host::Output::default() });
            }
        }
    },
    asks_port: host::answer_of_port,
    make_dir: host::volumes::make_dir,
    make_file: host::volumes::make_file,
    remove_path: host::volumes::remove,
    what_is: host::volumes::what_is,
    write_file: host::volumes::write_file,
    disk_usage: host::volumes::usage,
    layer_usage: host::layer_usage,
    write_files: host::volumes::write_at_once,
    give: host::volumes::give,
    manifests,
    dead_sandboxes,
    remove_pod: host::remove_pod,
    runtime_runs: |world, node| world.hosts.profile() == Profile::Lab || host::is_running(world, node, "containerd"),
    has_network,
    describe,
};

/// Where the kubelet of a kind node is told to look for static Pods: `staticPodPath` of its configuration. The lab's has none.
const MANIFESTS: &str = "/etc/kubernetes/manifests";
/// Where containerd looks for networks, and how it knows their files.
const NETWORKS: &str = "/etc/cni/net.d";
const NETWORK_FILES: [&str; 3] = [".conf", ".conflist", ".json"];

/// The files of static Pods; hidden ones and folders are passed over (pkg/kubelet/config/file.go).
fn manifests(world: &World, name: &str) -> Manifests {
    let node = world.hosts.node(name).filter(|node| node.spec.profile == Profile::Kind);
    let files = node.map(|node| node.files.list(MANIFESTS)).unwrap_or_default();
    let plain = files.into_iter().filter(|(name, entry)| !entry.is_dir() && !name.starts_with('.'));
    plain.map(|(name, entry)| (name, entry.content)).collect()
}

fn dead_sandboxes(world: &World, name: &str, known: &[String]) -> Vec<String> {
    let Some(node) = world.hosts.node(name) else { return Vec::new() };
    let last = |uid: &str| {
        let of_it = node.sandboxes.values().filter(|sandbox| sandbox.pod.uid == uid);
        of_it.map(|sandbox| sandbox.attempt).max()
    };
    let dead = node.sandboxes.values().filter(|sandbox| {
        let kept = known.contains(&sandbox.pod.uid) && last(&sandbox.pod.uid) == Some(sandbox.attempt);
        !sandbox.ready && !kept && !node.containers.values().any(|container| container.sandbox == sandbox.id)
    });
    dead.map(|sandbox| sandbox.id.clone()).collect()
}

fn has_network(world: &World, name: &str) -> bool {
    let files = world.hosts.node(name).map(|node| node.files.list(NETWORKS)).unwrap_or_default();
    files.iter().any(|(name, _)| NETWORK_FILES.iter().any(|end| name.ends_with(end)))
}

/// What a node is: its addresses from its host, its labels and taints from what its kubelet is told.
fn describe(world: &World, name: &str) -> Value {
    let Some(node) = world.hosts.node(name) else { return Value::Null };
    let (mut labels, mut taints) = (json!({}), Vec::new());
    for argument in &node.spec.kubelet_args {
        if let Some(all) = argument.strip_prefix("--node-labels=") {
            for (key, value) in all.split(',').filter_map(|pair| pair.split_once('=')) {
                labels[key] = json!(value);
            }
        }
        if let Some(all) = argument.strip_prefix("--register-with-taints=") {
            taints.extend(all.split(',').filter_map(taint));
        }
    }
    if node.spec.role == host::Role::ControlPlane {
        labels["node-role.kubernetes.io/control-plane"] = json!("");
        labels["node-role.kubernetes.io/master"] = json!("");
    }
    let images = images::of(node.spec.profile).iter();
    let images: Vec<Value> = images.map(|(name, _, size)| json!({"names": [name], "sizeBytes": size})).collect();
    let machine = node.id.get(..32).unwrap_or_default();
    let mut described = json!({
        "labels": labels, "podCIDR": node.spec.pod_cidr,
        "capacity": {"cpu": "2", "ephemeral-storage": DISK, "hugepages-1Gi": "0", "hugepages-2Mi": "0",
                     "memory": MEMORY, "pods": "110"},
        "addresses": [{"type": "InternalIP", "address": node.spec.ip}, {"type": "Hostname", "address": name}],
        "nodeInfo": {
            "machineID": machine, "systemUUID": machine, "bootID": "3293a680-1385-46bd-90b6-3639f6972253",
            "kernelVersion": "6.18.44", "osImage": "Debian GNU/Linux 12 (bookworm)",
            "containerRuntimeVersion": "containerd://1.6.20", "kubeletVersion": world.version.name,
            "kubeProxyVersion": world.version.name, "operatingSystem": "linux", "architecture": "amd64",
        },
        "images": images,
    });
    if node.spec.profile == Profile::Kind {
        // Its controllers give each node a network.
        described["podCIDR"] = Value::Null;
        described["nodeInfo"]["osImage"] = json!("Ubuntu 20.10");
        described["nodeInfo"]["containerRuntimeVersion"] = json!("containerd://1.4.0-106-gce4439a8");
        described["providerID"] = json!(kind::provider(name));
        described["annotations"] = json!({"kubeadm.alpha.kubernetes.io/cri-socket": kind::SOCKET});
    }
    if !taints.is_empty() {
        described["taints"] = json!(taints);
    }
    described
}

/// `key=value:effect`.
fn taint(text: &str) -> Option<Value> {
    let (pair, effect) = text.rsplit_once(':')?;
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    let mut taint = json!({"key": key, "effect": effect});
    if !value.is_empty() {
        taint["value"] = json!(value);
    }
    Some(taint)
}
