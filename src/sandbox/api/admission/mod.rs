//! What is added to an object or refused before it is written: the plugins that a v1.20.2 API server has by default.
//! NamespaceLifecycle, ServiceAccount, DefaultTolerationSeconds, Priority, TaintNodesByCondition and
//! StorageObjectInUseProtection; LimitRanger, ResourceQuota and webhooks are not modelled.

mod namespace;
mod pod;
mod service_account;

pub use service_account::awaits_account;

use serde_json::{Value, json};

pub(super) use namespace::{IMMORTAL, namespace_exists, namespace_takes};

use super::{Resource, Status};
use crate::sandbox::World;

/// What is added to a new object.
pub(super) fn mutate(
    world: &World,
    resource: &Resource,
    namespace: Option<&str>,
    object: &mut Value,
) -> Result<(), Status> {
    match (resource.group, resource.plural) {
        ("", "pods") => {
            service_account::give(world, resource, namespace.unwrap_or_default(), object)?;
            pod::tolerate(object);
            pod::rank(world, resource, object)?;
        }
        // TaintNodesByCondition: a node takes Pods once its conditions were seen.
        ("", "nodes") => taint(object),
        ("", "persistentvolumeclaims") => protect(object, "kubernetes.io/pvc-protection"),
        ("", "persistentvolumes") => protect(object, "kubernetes.io/pv-protection"),
        _ => {}
    }
    Ok(())
}

/// What is added to a changed object.
pub(super) fn mutate_update(resource: &Resource, object: &mut Value, before: &Value) {
    if resource.plural == "pods" && resource.group.is_empty() {
        pod::keep(object, before);
    }
}

fn taint(node: &mut Value) {
    const NOT_READY: &str = "node.kubernetes.io/not-ready";
    let mut taints = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
    if !taints.iter().any(|taint| taint["key"] == NOT_READY && taint["effect"] == "NoSchedule") {
        taints.push(json!({"key": NOT_READY, "effect": "NoSchedule"}));
        node["spec"]["taints"] = json!(taints);
    }
}

fn protect(object: &mut Value, finalizer: &str) {
    let mut finalizers = object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    if !finalizers.iter().any(|old| old == finalizer) {
        finalizers.push(json!(finalizer));
        object["metadata"]["finalizers"] = json!(finalizers);
    }
}
