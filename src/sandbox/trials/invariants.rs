//! What holds in a cluster that was left alone for a while.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::sandbox::World;
use crate::sandbox::boot::NODES;
use crate::sandbox::object;

/// How many events more than before may be waiting: timers of Pods that came since.
const SLACK: usize = 200;

/// What does not hold, for people. `pending` is how many events were waiting when the cluster was left alone.
pub(super) fn broken(world: &World, pending: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    nodes(world, &mut wrong);
    pods(world, &mut wrong);
    workloads(world, &mut wrong);
    containers(world, &mut wrong);
    if world.pending() > pending + SLACK {
        wrong.push(format!("the queue grew from {pending} to {}", world.pending()));
    }
    wrong
}

fn nodes(world: &World, wrong: &mut Vec<String>) {
    for name in NODES {
        let Some(node) = world.informers.get("nodes", "", name) else {
            wrong.push(format!("no node {name}"));
            continue;
        };
        if !object::holds(&node, "Ready") {
            wrong.push(format!("node {name} is not ready: {}", node["status"]["conditions"]));
        }
        let taints = object::items(&node["spec"]["taints"]).iter();
        for taint in taints.filter(|t| t["key"].as_str().is_some_and(|key| key.starts_with("node.kubernetes.io/"))) {
            wrong.push(format!("node {name} has {taint}"));
        }
    }
}

fn name(object: &Value) -> String {
    format!("{}/{}", object::namespace(object), object::name(object))
}

fn pods(world: &World, wrong: &mut Vec<String>) {
    for pod in world.informers.list("pods") {
        if object::deleting(pod) {
            wrong.push(format!("Pod {} is being deleted: {}", name(pod), pod["metadata"]));
        }
        if pod["spec"]["nodeName"].is_null() && pod["status"]["phase"] != "Failed" {
            wrong.push(format!("Pod {} has no node: {}", name(pod), pod["status"]));
        }
    }
}

fn workloads(world: &World, wrong: &mut Vec<String>) {
    for deployment in world.informers.list("deployments") {
        let replicas = |value: &Value| object::int(value, 0);
        let (wanted, there) = (replicas(&deployment["spec"]["replicas"]), replicas(&deployment["status"]["replicas"]));
        // What ends by itself is available only at times.
        let lasting = !deployment["spec"]["template"]["spec"]["containers"][0]["command"][2]
            .as_str()
            .is_some_and(|command| command.starts_with("sleep 20") || command.starts_with("echo ready"));
        let available = replicas(&deployment["status"]["availableReplicas"]);
        if wanted != there || lasting && available != wanted {
            wrong.push(format!("Deployment {} wants {wanted}: {}", name(deployment), deployment["status"]));
        }
    }
    for namespace in world.informers.list("namespaces").filter(|namespace| object::deleting(namespace)) {
        wrong.push(format!("namespace {} is being deleted: {}", object::name(namespace), namespace["status"]));
    }
}

/// The sandboxes on the hosts are those of the API's Pods, and each Pod that runs has its own.
fn containers(world: &World, wrong: &mut Vec<String>) {
    for node in world.hosts.nodes() {
        let there: BTreeSet<&str> =
            node.sandboxes.values().filter(|sandbox| sandbox.ready).map(|sandbox| sandbox.pod.uid.as_str()).collect();
        let pods = world.informers.pods_on(&node.spec.name);
        let known: BTreeSet<&str> = pods.iter().map(|pod| object::uid(pod)).collect();
        let running: BTreeSet<&str> =
            pods.iter().filter(|pod| pod["status"]["phase"] == "Running").map(|pod| object::uid(pod)).collect();
        for uid in there.difference(&known) {
            wrong.push(format!("node {} runs {uid}, which the API does not know", node.spec.name));
        }
        for uid in running.difference(&there) {
            wrong.push(format!("node {} does not run {uid}", node.spec.name));
        }
    }
}
