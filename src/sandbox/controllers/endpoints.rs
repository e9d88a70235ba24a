//! Endpoints and EndpointSlices of Services: the addresses of the Pods that they select. pkg/controller/endpoint and
//! pkg/controller/endpointslice.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status};
use crate::sandbox::informers::{Heard, Name};
use crate::sandbox::object;

use super::queue::Controller;
use super::{MANAGER, pods};

const CONTROLLER: Controller = Controller::new("endpoint", sync);
const SERVICE: &str = "kubernetes.io/service-name";

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("services", |world, heard| CONTROLLER.enqueue(world, &heard.name));
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
        return match world.api(MANAGER).delete("endpoints", name.ns(), &name.name, &DeleteOptions::default()) {
            Err(status) if status.code != 404 => Err(status),
            _ => Ok(()),
        };
    };
    if !service["spec"]["selector"].is_object() || object::deleting(&service) {
        return Ok(());
    }
    let mut looked_at = 0;
    let found = world.informers.list_in("pods", &name.namespace).inspect(|_| looked_at += 1);
    let chosen: Vec<Arc<Value>> = found
        .filter(|pod| selects(&service, pod) && pods::active(pod) && pod["status"]["podIP"].is_string())
        .cloned()
        .collect();
    CONTROLLER.looks_at(world, name, looked_at);
    put_endpoints(world, &service, &chosen)?;
    put_slice(world, &service, &chosen)
}

fn labels(service: &Value, more: &Value) -> Value {
    let known = &service["metadata"]["labels"];
    let mut labels = if known.is_object() { known.clone() } else { json!({}) };
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

fn put_endpoints(world: &mut World, service: &Value, chosen: &[Arc<Value>]) -> Result<(), Status> {
    let name = Name::of(service);
    let publish = service["spec"]["publishNotReadyAddresses"] == true;
    let address = |pod: &Arc<Value>| json!({"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": reference(pod)});
    let mut sorted = chosen.to_vec();
    sorted.sort_by_key(|pod| pod["status"]["podIP"].as_str().unwrap_or_default().to_owned());
    let of = |ready: bool| -> Vec<Value> {
        sorted.iter().filter(|pod| (publish || pods::ready(pod)) == ready).map(address).collect()
    };
    let mut subset = json!({});
    for (field, addresses) in [("addresses", of(true)), ("notReadyAddresses", of(false))] {
        if !addresses.is_empty() {
            subset[field] = json!(addresses);
        }
    }
    subset["ports"] = json!(ports(service, sorted.first().map(|pod| &**pod)));
    let known = world.informers.get("endpoints", &name.namespace, &name.name);
    let mut made = json!({
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": {"name": name.name, "namespace": name.namespace, "labels": labels(service, &Value::Null)},
    });
    if service["spec"]["clusterIP"] == "None" {
        made["metadata"]["labels"]["service.kubernetes.io/headless"] = json!("");
    }
    if !sorted.is_empty() {
        made["subsets"] = json!([subset]);
    }
    let Some(known) = known else {
        return world.api(MANAGER).create("endpoints", name.ns(), made).map(|_| ());
    };
    if without_versions(&known["subsets"]) == without_versions(&made["subsets"]) {
        return Ok(());
    }
    let mut updated = Value::clone(&known);
    updated["subsets"] = made["subsets"].take();
    let last = json!(world.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    updated["metadata"]["annotations"]["endpoints.kubernetes.io/last-change-trigger-time"] = last;
    world.api(MANAGER).update("endpoints", name.ns(), updated).map(|_| ())
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

/// One slice a Service: more than 100 addresses would be several, which is not modelled.
fn put_slice(world: &mut World, service: &Value, chosen: &[Arc<Value>]) -> Result<(), Status> {
    let name = Name::of(service);
    let endpoints: Vec<Value> = chosen
        .iter()
        .map(|pod| {
            json!({"addresses": [pod["status"]["podIP"]], "conditions": {"ready": pods::ready(pod)},
                   "targetRef": reference(pod), "topology": {"kubernetes.io/hostname": pod["spec"]["nodeName"]}})
        })
        .collect();
    let ports: Vec<Value> = ports(service, chosen.first().map(|pod| &**pod))
        .into_iter()
        .map(|mut port| {
            if port["name"].is_null() {
                port["name"] = json!("");
            }
            port
        })
        .collect();
    let known = world
        .informers
        .list_in("endpointslices", &name.namespace)
        .find(|slice| slice["metadata"]["labels"][SERVICE] == name.name.as_str())
        .cloned();
    let Some(known) = known else {
        let suffix = object::suffix(world);
        let more =
            json!({"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io", SERVICE: name.name});
        let made = json!({
            "apiVersion": "discovery.k8s.io/v1beta1", "kind": "EndpointSlice",
            "metadata": {
                "name": format!("{}-{suffix}", name.name), "generateName": format!("{}-", name.name),
                "namespace": name.namespace, "labels": labels(service, &more),
                "ownerReferences": [object::owner_reference(service, true)],
            },
            "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
        });
        return world.api(MANAGER).create("endpointslices", name.ns(), made).map(|_| ());
    };
    if without_versions(&known["endpoints"]) == without_versions(&json!(endpoints)) && known["ports"] == json!(ports) {
        return Ok(());
    }
    let mut updated = Value::clone(&known);
    updated["endpoints"] = json!(endpoints);
    updated["ports"] = json!(ports);
    world.api(MANAGER).update("endpointslices", name.ns(), updated).map(|_| ())
}
