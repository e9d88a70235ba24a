//! The objects of a fresh cluster.

use serde_json::{Value, json};

use super::metadata::rfc3339;
use super::{Resource, Status};
use crate::sandbox::World;

/// One object a line, in the order in which the API server of a v1.20.2 cluster made them (its keys' create_revisions).
/// `@NOW@`, `@ADDRESS@` and `@CA@` stand for what differs from cluster to cluster.
const OBJECTS: &str = include_str!("bootstrap.jsonl");

/// What the objects of a fresh cluster say of it.
#[derive(Debug, Clone, Copy)]
pub struct Cluster<'a> {
    /// The address of the control plane's node.
    pub address: &'a str,
    /// The certificate of the CA that signs clients' certificates, as PEM.
    pub ca: &'a str,
}

/// Makes what an API server and its controllers make when a cluster starts: the namespaces, roles, priority levels,
/// APIServices, the service `kubernetes` with its endpoints, the configmaps with the CA. Nodes register themselves, and
/// service accounts have a controller.
///
/// # Errors
/// None, unless the world has such objects already.
pub fn bootstrap(world: &mut World, cluster: Cluster<'_>) -> Result<(), Status> {
    let objects = objects(world, cluster)?;
    for object in objects {
        let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
        let resource = Resource::of_kind(&text("apiVersion"), &text("kind")).ok_or_else(Status::no_resource)?;
        // The namespace `default` comes after objects in kube-system that were made at the same moment.
        let namespace = object["metadata"]["namespace"].as_str().map(str::to_owned);
        let manager = match resource.group {
            "flowcontrol.apiserver.k8s.io" => "api-priority-and-fairness-config-producer-v1",
            _ => "kube-apiserver",
        };
        let status = object.get("status").cloned().filter(|_| resource.plural != "namespaces");
        let made = world.api(manager).create(&resource.qualified(), namespace.as_deref(), object)?;
        if let Some(status) = status.filter(|_| resource.has_status()) {
            let mut object = (*made).clone();
            object["status"] = status;
            world.api(manager).update_status(&resource.qualified(), namespace.as_deref(), object)?;
        }
    }
    for namespace in ["kube-system", "kube-public", "kube-node-lease", "default"] {
        let object = json!({"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": cluster.ca}});
        world.api("kube-controller-manager").create("configmaps", Some(namespace), object)?;
    }
    Ok(())
}

/// Makes again what the API server itself needs: the namespace `default`, and in it the service `kubernetes` and its
/// endpoints. pkg/controlplane/controller.go, `UpdateKubernetesService`.
pub fn restore(world: &mut World, address: &str) {
    let Ok(all) = objects(world, Cluster { address, ca: "" }) else { return };
    let needed = all.into_iter().filter(|object| match object["kind"].as_str() {
        Some("Namespace") => object["metadata"]["name"] == "default",
        _ => object["metadata"]["namespace"] == "default" && object["metadata"]["name"] == "kubernetes",
    });
    for object in needed {
        let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
        let Some(resource) = Resource::of_kind(&text("apiVersion"), &text("kind")) else { continue };
        let namespace = object["metadata"]["namespace"].as_str().map(str::to_owned);
        // There already, or refused for now: the next time is soon.
        let _ = world.api("kube-apiserver").create(&resource.qualified(), namespace.as_deref(), object);
    }
}

/// The objects of a fresh cluster as they are now.
fn objects(world: &World, cluster: Cluster<'_>) -> Result<Vec<Value>, Status> {
    let now = rfc3339(world.now());
    let fill = |text: &str| {
        text.replace("@NOW@", now.as_str().unwrap_or_default())
            .replace("@ADDRESS@", cluster.address)
            .replace("@CA@", cluster.ca)
    };
    let objects = OBJECTS.lines().map(|line| {
        let mut object: Value = serde_json::from_str(line).map_err(|error| Status::internal(&error.to_string()))?;
        replace(&mut object, &fill);
        Ok(object)
    });
    objects.collect()
}

/// Replaces in all texts of a value.
fn replace(value: &mut Value, fill: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) if text.contains('@') => *text = fill(text),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, fill)),
        Value::Object(fields) => fields.values_mut().for_each(|value| replace(value, fill)),
        _ => {}
    }
}
