//! What controllers do, with kubelets and a scheduler, on stand-in hosts in virtual time.
#![allow(clippy::unwrap_used)]

mod apiservices;
mod daemonsets;
mod definitions;
mod deployments;
mod disruption;
mod endpoints;
mod eviction;
mod garbage;
mod preemption;
mod quotas;
mod replicas;
mod service_accounts;
mod statefulsets;
mod volumes;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::DeleteOptions;
use crate::sandbox::kubelet::stand_in::{cluster, pass};
use crate::sandbox::object;

/// Creates an object in the namespace default.
fn create(world: &mut World, resource: &str, object: Value) {
    world.api("test").create(resource, Some("default"), object).unwrap();
    world.tell();
}

fn get(world: &World, resource: &'static str, name: &str) -> Arc<Value> {
    world.informers.get(resource, "default", name).unwrap()
}

/// Changes an object.
fn change(world: &mut World, resource: &'static str, name: &str, change: impl FnOnce(&mut Value)) {
    let mut object = Value::clone(&*world.api("test").get(resource, Some("default"), name).unwrap());
    change(&mut object);
    world.api("test").update(resource, Some("default"), object).unwrap();
    world.tell();
}

fn delete(world: &mut World, resource: &str, name: &str, policy: Option<&str>) {
    let options = DeleteOptions { propagation_policy: policy.map(str::to_owned), ..DeleteOptions::default() };
    world.api("test").delete(resource, Some("default"), name, &options).unwrap();
    world.tell();
}

/// The Pods that are not being deleted, by name.
fn pods(world: &World) -> Vec<Arc<Value>> {
    world.informers.list_in("pods", "default").filter(|pod| !object::deleting(pod)).cloned().collect()
}

fn names(world: &World, resource: &'static str) -> Vec<String> {
    world.informers.list_in(resource, "default").map(|object| object::name(object).to_owned()).collect()
}

fn ready(world: &World) -> usize {
    pods(world).iter().filter(|pod| object::holds(pod, "Ready")).count()
}

/// A template whose container runs `script`, for both workers.
fn template(script: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "a"}},
        "spec": {
            "terminationGracePeriodSeconds": 2,
            "tolerations": [{"key": "keep", "operator": "Exists", "effect": "NoSchedule"}],
            "containers": [{"name": "main", "image": "busybox:1.31", "command": ["sh", "-c", script]}],
        },
    })
}

fn workload(kind: &str, name: &str, spec: Value) -> Value {
    let mut object = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": "a"}}, "template": template("loop")}});
    for (field, value) in spec.as_object().unwrap() {
        object["spec"][field] = value.clone();
    }
    object
}
