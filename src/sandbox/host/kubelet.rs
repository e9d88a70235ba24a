//! The hosts as the kubelets ask them.

use serde_json::{Value, json};

use super::exec::{ExecSpec, exec};
use super::node::{NodeSpec, Role, add_node, is_reachable, is_running};
use super::{Exec, runtime};
use crate::sandbox::World;
use crate::sandbox::kubelet::runtime as asked;

/// What the kubelets ask of their hosts.
pub const RUNTIME: asked::Runtime = asked::Runtime {
    runs: is_running,
    reaches: is_reachable,
    run_pod: |world, node, pod| {
        let asked::PodRef { uid, namespace, name } = pod.clone();
        runtime::run_pod(world, node, runtime::PodRef { uid, namespace, name })
    },
    start_container: |world, node, sandbox, spec| {
        let asked::ContainerSpec { name, image, command, args, env, .. } = spec.clone();
        let spec = runtime::ContainerSpec { name, image, command, args, env, ..runtime::ContainerSpec::default() };
        runtime::start_container(world, node, sandbox, spec)
    },
    stop_container: runtime::stop_container,
    remove_container: runtime::remove_container,
    stop_pod: runtime::remove_pod,
    container: |world, node, id| {
        let state = runtime::container(world, node, id)?;
        Some(asked::ContainerState {
            running: state.running,
            started_at: state.started_at.unwrap_or(jiff::Timestamp::UNIX_EPOCH),
            finished_at: state.finished_at,
            exit_code: state.exit_code,
            reason: state.reason,
        })
    },
    exec: |world, node, id, command, ran| {
        let spec = ExecSpec { command: command.to_vec(), ..ExecSpec::default() };
        let exec = exec(world, node, Some(id), spec);
        match Exec::start(world, &exec) {
            Ok(()) => super::exec::when_done(world, &exec, ran),
            Err(why) => ran(world, 126, format!("OCI runtime exec failed: {why}")),
        }
    },
    describe,
};

/// The nodes of the default profile, as the lab has them.
pub fn nodes() -> Vec<NodeSpec> {
    let taint = "--register-with-taints=";
    [
        (
            "k8splayground-control-plane",
            Role::ControlPlane,
            format!("{taint}node-role.kubernetes.io/master=:NoSchedule"),
        ),
        ("k8splayground-worker", Role::Worker, "--node-labels=mock-server=true".to_owned()),
        (
            "k8splayground-worker2",
            Role::Worker,
            format!("{taint}playground_test=ensure_only_tolerations_run_here:NoSchedule"),
        ),
    ]
    .into_iter()
    .enumerate()
    .map(|(at, (name, role, flag))| NodeSpec {
        name: name.to_owned(),
        role,
        ip: format!("172.30.0.{}", at + 2),
        pod_cidr: format!("10.244.{at}.0/24"),
        kubelet_args: vec![flag],
    })
    .collect()
}

/// Adds the nodes of the default profile and starts them.
pub fn add_nodes(world: &mut World) {
    for spec in nodes() {
        add_node(world, spec);
    }
}

fn describe(world: &World, name: &str) -> Value {
    let Some(node) = world.hosts.node(name) else { return Value::Null };
    let mut labels = json!({});
    let mut taints = Vec::new();
    if node.spec.role == Role::ControlPlane {
        labels["node-role.kubernetes.io/control-plane"] = json!("");
        labels["node-role.kubernetes.io/master"] = json!("");
    }
    for flag in &node.spec.kubelet_args {
        for (key, value) in
            flag.strip_prefix("--node-labels=").into_iter().flat_map(|l| l.split(',')).filter_map(|l| l.split_once('='))
        {
            labels[key] = json!(value);
        }
        for taint in flag.strip_prefix("--register-with-taints=").into_iter().flat_map(|taints| taints.split(',')) {
            let Some((what, effect)) = taint.rsplit_once(':') else { continue };
            let mut made = json!({});
            match what.split_once('=') {
                Some((key, "")) => made["key"] = json!(key),
                Some((key, value)) => {
                    made["key"] = json!(key);
                    made["value"] = json!(value);
                }
                None => made["key"] = json!(what),
            }
            made["effect"] = json!(effect);
            taints.push(made);
        }
    }
    let machine = &node.id[..32];
    json!({
        "labels": labels,
        "taints": taints,
        "addresses": [{"type": "InternalIP", "address": node.spec.ip}, {"type": "Hostname", "address": name}],
        "capacity": {
            "cpu": "2", "ephemeral-storage": "264212084Ki", "hugepages-1Gi": "0", "hugepages-2Mi": "0", "memory": "24684092Ki", "pods": "110",
        },
        "nodeInfo": {
            "machineID": machine, "systemUUID": machine, "bootID": "fcd3d9f1-c4e5-4424-8880-0b9978f61d9c",
            "kernelVersion": "6.18.44-fc-v657", "osImage": "Debian GNU/Linux 12 (bookworm)",
            "containerRuntimeVersion": "containerd://1.6.20", "kubeletVersion": "v1.20.2", "kubeProxyVersion": "v1.20.2",
            "operatingSystem": "linux", "architecture": "amd64",
        },
        "images": [
            {"names": ["docker.io/library/busybox:1.31"], "sizeBytes": 2_141_479},
            {"names": ["k8s.gcr.io/pause:3.2"], "sizeBytes": 21_801},
        ],
    })
}
