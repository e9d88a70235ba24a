//! What happens to a world: objects made and deleted, nodes and programs stopped, keys taken out of etcd.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::DeleteOptions;
use crate::sandbox::boot::NODES;
use crate::sandbox::host::{self, Exec, ExecSpec};
use crate::sandbox::informers::Name;
use crate::sandbox::object;

/// One thing that happens.
type Act = fn(&mut World, &mut fastrand::Rng);

/// What happens, each as likely as the others.
const ACTS: [Act; 16] = [
    deploy,
    deploy,
    scale,
    bare_pod,
    bare_pod,
    job,
    set,
    service,
    delete,
    delete,
    delete,
    fault_of_a_node,
    fault_of_a_node,
    repair,
    program,
    lose_a_key,
];

/// What can be deleted.
const KINDS: [&str; 8] =
    ["pods", "deployments", "replicasets", "jobs", "daemonsets", "statefulsets", "services", "namespaces"];

/// Plays the script of a seed until a moment, an act every few seconds.
pub(super) fn play(world: &mut World, seed: u64, until: Timestamp) {
    // Another sequence than the world's own.
    let mut rng = fastrand::Rng::with_seed(seed ^ 0x5eed);
    while world.now() < until {
        ACTS[rng.usize(..ACTS.len())](world, &mut rng);
        world.tell();
        let next = world.now() + Duration::from_millis(rng.u64(20..20_000));
        world.run_until(next.min(until));
    }
}

/// Undoes all faults: nodes go on, kubelets can run, and have their Nodes.
pub(super) fn undo(world: &mut World) {
    for node in NODES {
        right(world, node);
        let fresh = world.informers.get("nodes", "", node).is_none();
        run(world, node, "chmod +x /usr/bin/kubelet");
        if fresh {
            // A kubelet registers when it starts.
            run(world, node, "pkill kubelet");
        }
    }
    world.tell();
}

fn right(world: &mut World, node: &str) {
    host::unpause(world, node);
    host::connect(world, node);
    host::start(world, node);
}

fn run(world: &mut World, node: &str, command: &str) {
    let command = ["sh", "-c", command].map(str::to_owned).into();
    let id = host::exec(world, node, None, ExecSpec { command, ..ExecSpec::default() });
    // On a node that has ended nothing can be run.
    let _ = Exec::start(world, &id);
}

fn some<'a, T>(rng: &mut fastrand::Rng, of: &'a [T]) -> &'a T {
    &of[rng.usize(..of.len())]
}

fn create(world: &mut World, resource: &str, object: Value) {
    // Refused when it is there already, or its namespace is not.
    let _ = world.api("kubectl").create(resource, Some(object::namespace(&object)), object.clone());
}

fn named(rng: &mut fastrand::Rng, kind: &str) -> Value {
    json!({"name": format!("{kind}{}", rng.u8(..6)), "namespace": some(rng, &["default", "kube-public", "other"])})
}

fn template(rng: &mut fastrand::Rng, restart: &str) -> Value {
    let commands = [
        "sleep 1000000",
        "trap 'exit 3' TERM; while :; do sleep 1; done",
        "sleep 20; exit 1",
        "echo ready; sleep 60",
        "while :; do echo on; sleep 7; done",
    ];
    let mut spec = json!({
        "restartPolicy": restart, "terminationGracePeriodSeconds": rng.u8(..40),
        "containers": [{"name": "main", "image": "busybox:1.31", "command": ["sh", "-c", some(rng, &commands)]}],
    });
    if rng.bool() {
        let soon = |key: &str, seconds: u8| json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds});
        let seconds = rng.u8(..60);
        spec["tolerations"] =
            json!([soon("node.kubernetes.io/unreachable", seconds), soon("node.kubernetes.io/not-ready", seconds)]);
    }
    spec
}

/// The same with the labels that select it.
fn workload(rng: &mut fastrand::Rng, api_version: &str, kind: &str) -> Value {
    let metadata = named(rng, &kind.to_lowercase());
    let labels = json!({"app": metadata["name"]});
    let template = json!({"metadata": {"labels": labels}, "spec": template(rng, "Always")});
    json!({"apiVersion": api_version, "kind": kind, "metadata": metadata,
           "spec": {"selector": {"matchLabels": labels}, "template": template}})
}

fn deploy(world: &mut World, rng: &mut fastrand::Rng) {
    let mut deployment = workload(rng, "apps/v1", "Deployment");
    deployment["spec"]["replicas"] = json!(rng.u8(..6));
    create(world, "namespaces", json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}}));
    create(world, "deployments", deployment);
}

fn scale(world: &mut World, rng: &mut fastrand::Rng) {
    let Some(name) = any(world, rng, "deployments") else { return };
    let Ok(known) = world.api("kubectl").get("deployments", name.ns(), &name.name) else { return };
    let mut changed = Value::clone(&known);
    changed["spec"]["replicas"] = json!(rng.u8(..6));
    if rng.bool() {
        changed["spec"]["template"]["spec"] = template(rng, "Always");
    }
    // Refused while it is being deleted with its namespace.
    let _ = world.api("kubectl").update("deployments", name.ns(), changed);
}

fn bare_pod(world: &mut World, rng: &mut fastrand::Rng) {
    let restart = *some(rng, &["Always", "OnFailure", "Never"]);
    let (metadata, spec) = (named(rng, "pod"), template(rng, restart));
    create(world, "pods", json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}));
}

fn job(world: &mut World, rng: &mut fastrand::Rng) {
    let (metadata, template) = (named(rng, "job"), json!({"spec": template(rng, "Never")}));
    let spec = json!({"template": template, "backoffLimit": 1, "completions": 2, "parallelism": 2});
    create(world, "jobs", json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}));
}

fn set(world: &mut World, rng: &mut fastrand::Rng) {
    if rng.bool() {
        let set = workload(rng, "apps/v1", "DaemonSet");
        return create(world, "daemonsets", set);
    }
    let mut set = workload(rng, "apps/v1", "StatefulSet");
    set["spec"]["replicas"] = json!(rng.u8(..3));
    set["spec"]["serviceName"] = json!("none");
    create(world, "statefulsets", set);
}

fn service(world: &mut World, rng: &mut fastrand::Rng) {
    let (metadata, app) = (named(rng, "service"), format!("deployment{}", rng.u8(..6)));
    let spec = json!({"selector": {"app": app}, "ports": [{"port": 80}]});
    create(world, "services", json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}));
}

/// Any object of a resource that this script made.
fn any(world: &World, rng: &mut fastrand::Rng, resource: &str) -> Option<Name> {
    let ours = |name: &Name| match resource {
        "namespaces" => name.name == "other",
        "services" => name.name != "kubernetes",
        _ => true,
    };
    let names: Vec<Name> = world.informers.list(resource).map(|object| Name::of(object)).filter(ours).collect();
    (!names.is_empty()).then(|| some(rng, &names).clone())
}

fn delete(world: &mut World, rng: &mut fastrand::Rng) {
    let resource = *some(rng, &KINDS);
    let Some(name) = any(world, rng, resource) else { return };
    let policy = *some(rng, &["Background", "Foreground", "Orphan"]);
    let grace = rng.bool().then(|| i64::from(rng.u8(..30)));
    let options = DeleteOptions {
        propagation_policy: (resource != "namespaces").then(|| policy.to_owned()),
        grace_period_seconds: grace.filter(|_| resource == "pods"),
        ..DeleteOptions::default()
    };
    // Gone meanwhile.
    let _ = world.api("kubectl").delete(resource, name.ns(), &name.name, &options);
}

fn fault_of_a_node(world: &mut World, rng: &mut fastrand::Rng) {
    // The control plane too, now and then.
    let node = *some(rng, &[NODES[1], NODES[2], NODES[1], NODES[2], NODES[0]]);
    match rng.u8(..5) {
        0 => drop(host::pause(world, node)),
        1 => drop(host::disconnect(world, node)),
        2 => host::stop(world, node, Duration::from_secs(10)),
        3 => host::kill(world, node, host::SIGKILL),
        _ => run(world, node, "chmod -x /usr/bin/kubelet; pkill -9 kubelet"),
    }
}

fn repair(world: &mut World, rng: &mut fastrand::Rng) {
    let node = *some(rng, &NODES);
    right(world, node);
    run(world, node, "chmod +x /usr/bin/kubelet");
}

fn program(world: &mut World, rng: &mut fastrand::Rng) {
    let program = *some(rng, &["kube-apiserver", "etcd", "kube-controller-manager", "kube-scheduler"]);
    let node = if rng.bool() { NODES[0] } else { *some(rng, &NODES) };
    let program = if node == NODES[0] { program } else { "kubelet" };
    run(world, node, &format!("pkill -9 {program}"));
}

fn lose_a_key(world: &mut World, rng: &mut fastrand::Rng) {
    let prefix = *some(
        rng,
        &[
            "/registry/pods/",
            "/registry/pods/",
            "/registry/replicasets/",
            "/registry/leases/",
            "/registry/minions/",
            "/registry/services/endpoints/",
        ],
    );
    let keys: Vec<_> = world.store.prefixed(prefix.as_bytes()).map(|kv| kv.key.clone()).collect();
    if !keys.is_empty() {
        world.store.delete(&keys[rng.usize(..keys.len())]);
    }
}
