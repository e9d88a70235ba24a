//! Endpoints and EndpointSlices of Services: the addresses of the Pods that they select. pkg/controller/endpoint,
//! pkg/controller/endpointslice and, for Endpoints that someone makes by hand, pkg/controller/endpointslicemirroring.

mod mirror;
mod slices;
mod subsets;
mod trigger;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status};
use crate::sandbox::informers::{Heard, Name};
use crate::sandbox::object;

use super::queue::Controller;
use super::{MANAGER, pods};

pub(super) use trigger::Triggers;

const CONTROLLER: Controller = Controller::new("endpoint", sync);
/// Names the Service of a slice: `LabelServiceName` of k8s.io/api, discovery/v1beta1.
const SERVICE: &str = "kubernetes.io/service-name";
/// Names the controller of a slice: `LabelManagedBy`.
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// On what belongs to a Service without an address: `IsHeadlessService` of k8s.io/api, core/v1.
const HEADLESS: &str = "service.kubernetes.io/headless";

/// Starts the controllers.
pub(super) fn start(world: &mut World) {
    mirror::start(world);
    world.informers.watch("services", |world, heard| CONTROLLER.enqueue(world, &heard.name));
    // What someone else deleted is made again.
    world.informers.watch("endpoints", |world, heard| {
        if heard.now.is_none() {
            CONTROLLER.enqueue(world, &heard.name);
        }
    });
    world.informers.watch("endpointslices", |world, heard| {
        if let Some(service) = slices::service(heard.object(), slices::CONTROLLER) {
            CONTROLLER.enqueue(world, &service);
        }
    });
    world.informers.watch("pods", |world, heard| {
        let names = selecting(world, heard);
        names.iter().for_each(|name| CONTROLLER.enqueue(world, name));
    });
}

fn selecting(world: &World, heard: &Heard) -> Vec<Name> {
    let services = world.informers.list_in("services", &heard.name.namespace);
    let chosen =
        services.filter(|service| [&heard.before, &heard.now].into_iter().flatten().any(|pod| selects(service, pod)));
    chosen.map(|service| Name::of(service)).collect()
}

fn selects(service: &Value, pod: &Value) -> bool {
    let selector = &service["spec"]["selector"];
    selector.as_object().is_some_and(|wanted| !wanted.is_empty())
        && object::selects(&json!({"matchLabels": selector}), &pod["metadata"]["labels"])
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(service) = world.informers.get("services", &name.namespace, &name.name) else {
        world.controllers.triggers.forget(name);
        return match world.api(MANAGER).delete("endpoints", name.ns(), &name.name, &DeleteOptions::default()) {
            Err(status) if status.code != 404 => Err(status),
            _ => Ok(()),
        };
    };
    if !service["spec"]["selector"].is_object() || object::deleting(&service) {
        return Ok(());
    }
    let publish = publishes(&service);
    let mut looked_at = 0;
    let found = world.informers.list_in("pods", &name.namespace).inspect(|_| looked_at += 1);
    let selected: Vec<Arc<Value>> = found.filter(|pod| selects(&service, pod)).cloned().collect();
    CONTROLLER.looks_at(world, name, looked_at);
    let trigger = world.controllers.triggers.of(&service, &selected);
    let mut chosen: Vec<Arc<Value>> = selected;
    chosen.retain(|pod| pod["status"]["podIP"].is_string() && belongs(pod, publish));
    chosen.sort_by_key(|pod| pod["status"]["podIP"].as_str().unwrap_or_default().to_owned());
    subsets::put(world, &service, &chosen, trigger)?;
    let active: Vec<Arc<Value>> = chosen.into_iter().filter(|pod| pods::active(pod)).collect();
    slices::put(world, &service, &active, trigger)
}

/// Whether Pods are in whether or not they are ready: `tolerateUnreadyEndpoints`.
fn publishes(service: &Value) -> bool {
    service["spec"]["publishNotReadyAddresses"] == true
}

/// `shouldPodBeInEndpoints`: not one that will not run again.
fn belongs(pod: &Value, publish: bool) -> bool {
    if publish {
        return true;
    }
    let over = match pod["spec"]["restartPolicy"].as_str() {
        Some("Never") => pods::finished(pod),
        Some("OnFailure") => pod["status"]["phase"] == "Succeeded",
        _ => false,
    };
    !object::deleting(pod) && !over
}

fn headless(service: &Value) -> bool {
    service["spec"]["clusterIP"] == "None"
}

/// Where a Pod has a name in the Service's domain.
fn hostname(service: &Value, pod: &Value) -> Option<Value> {
    let named = pod["spec"]["hostname"].as_str().is_some_and(|name| !name.is_empty());
    (named && pod["spec"]["subdomain"] == object::name(service)).then(|| pod["spec"]["hostname"].clone())
}

/// Pods by the ports that the Service has on them, which may have other numbers on each.
fn by_ports(service: &Value, chosen: &[Arc<Value>]) -> Vec<(Vec<Value>, Vec<Arc<Value>>)> {
    let mut groups = BTreeMap::new();
    for pod in chosen {
        let ports = ports(service, Some(pod));
        groups.entry(json!(ports).to_string()).or_insert_with(|| (ports, Vec::new())).1.push(pod.clone());
    }
    groups.into_values().collect()
}

/// A Service's labels and more, as what belongs to it has them.
fn labels(service: &Value, more: &Value) -> Value {
    let known = &service["metadata"]["labels"];
    let mut labels = if known.is_object() { known.clone() } else { json!({}) };
    if headless(service) {
        labels[HEADLESS] = json!("");
    }
    for (key, value) in more.as_object().into_iter().flatten() {
        labels[key] = value.clone();
    }
    labels
}

/// The number of a Service's port on a Pod: a number, or the name of a container's.
fn target(port: &Value, pod: Option<&Value>) -> Value {
    match &port["targetPort"] {
        Value::String(name) => {
            let containers = pod.map(|pod| object::items(&pod["spec"]["containers"])).unwrap_or_default().iter();
            let mut ports = containers.flat_map(|container| object::items(&container["ports"]));
            ports.find(|port| port["name"] == name.as_str()).map_or(Value::Null, |port| port["containerPort"].clone())
        }
        Value::Null => port["port"].clone(),
        number => number.clone(),
    }
}

fn ports(service: &Value, pod: Option<&Value>) -> Vec<Value> {
    let ports = object::items(&service["spec"]["ports"]).iter().map(|port| {
        let mut entry = json!({});
        if port["name"].as_str().is_some_and(|name| !name.is_empty()) {
            entry["name"] = port["name"].clone();
        }
        entry["port"] = target(port, pod);
        entry["protocol"] = json!(port["protocol"].as_str().unwrap_or("TCP"));
        entry
    });
    ports.filter(|port| !port["port"].is_null()).collect()
}

fn reference(pod: &Value) -> Value {
    let metadata = &pod["metadata"];
    json!({"kind": "Pod", "namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"],
           "resourceVersion": metadata["resourceVersion"]})
}

/// Addresses without the Pods' resourceVersions, with which they change too often.
fn without_versions(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_versions).collect(),
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(key, _)| *key != "resourceVersion");
            Value::Object(kept.map(|(key, value)| (key.clone(), without_versions(value))).collect())
        }
        other => other.clone(),
    }
}
