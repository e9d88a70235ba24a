//! Endpoints and EndpointSlices of Services: the addresses of the Pods that they select. pkg/controller/endpoint and
//! pkg/controller/endpointslice.

use std::collections::BTreeMap;
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
    let publish = publishes(&service);
    let mut looked_at = 0;
    let found = world.informers.list_in("pods", &name.namespace).inspect(|_| looked_at += 1);
    let mut chosen: Vec<Arc<Value>> = found
        .filter(|pod| selects(&service, pod) && pod["status"]["podIP"].is_string() && belongs(pod, publish))
        .cloned()
        .collect();
    CONTROLLER.looks_at(world, name, looked_at);
    chosen.sort_by_key(|pod| pod["status"]["podIP"].as_str().unwrap_or_default().to_owned());
    put_endpoints(world, &service, &chosen)?;
    let active: Vec<Arc<Value>> = chosen.into_iter().filter(|pod| pods::active(pod)).collect();
    put_slices(world, &service, &active)
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
    let publish = publishes(service);
    let address = |pod: &Arc<Value>| {
        let mut address = json!({});
        if let Some(hostname) = hostname(service, pod) {
            address["hostname"] = hostname;
        }
        for (field, value) in
            [("ip", &pod["status"]["podIP"]), ("nodeName", &pod["spec"]["nodeName"]), ("targetRef", &reference(pod))]
        {
            address[field] = value.clone();
        }
        address
    };
    let portless = object::items(&service["spec"]["ports"]).is_empty() && service["spec"]["clusterIP"] == "None";
    let mut subsets = Vec::new();
    for (ports, pods) in by_ports(service, chosen) {
        // A Pod without the named port is not there.
        if ports.is_empty() && !portless {
            continue;
        }
        let mut subset = json!({});
        for (field, ready) in [("addresses", true), ("notReadyAddresses", false)] {
            let addresses: Vec<Value> =
                pods.iter().filter(|pod| (publish || pods::ready(pod)) == ready).map(address).collect();
            if !addresses.is_empty() {
                subset[field] = json!(addresses);
            }
        }
        if !ports.is_empty() {
            subset["ports"] = json!(ports);
        }
        subsets.push(subset);
    }
    let known = world.informers.get("endpoints", &name.namespace, &name.name);
    let mut made = json!({
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": {"name": name.name, "namespace": name.namespace, "labels": labels(service, &Value::Null)},
    });
    if service["spec"]["clusterIP"] == "None" {
        made["metadata"]["labels"]["service.kubernetes.io/headless"] = json!("");
    }
    if !subsets.is_empty() {
        made["subsets"] = json!(subsets);
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

/// A slice for each set of ports: more than 100 addresses would be several, which is not modelled.
fn put_slices(world: &mut World, service: &Value, chosen: &[Arc<Value>]) -> Result<(), Status> {
    let name = Name::of(service);
    let of_it = |slice: &&Arc<Value>| slice["metadata"]["labels"][SERVICE] == name.name.as_str();
    let mut known: Vec<Arc<Value>> =
        world.informers.list_in("endpointslices", &name.namespace).filter(of_it).cloned().collect();
    let mut wanted = by_ports(service, chosen);
    if wanted.is_empty() {
        wanted.push((Vec::new(), Vec::new()));
    }
    // Those of the same ports first: the others take what is left.
    let mut left = Vec::new();
    for (ports, pods) in wanted {
        let ports: Vec<Value> = ports.into_iter().map(named).collect();
        match known.iter().position(|slice| object::items(&slice["ports"]) == ports) {
            Some(at) => put_slice(world, service, Some(&known.remove(at)), &ports, &pods)?,
            None => left.push((ports, pods)),
        }
    }
    for (ports, pods) in left {
        let slice = known.pop();
        put_slice(world, service, slice.as_ref(), &ports, &pods)?;
    }
    for slice in known {
        let options = DeleteOptions::default();
        world.api(MANAGER).delete("endpointslices", name.ns(), object::name(&slice), &options)?;
    }
    Ok(())
}

/// A slice's port has a name, if an empty one.
fn named(mut port: Value) -> Value {
    if port["name"].is_null() {
        port["name"] = json!("");
    }
    port
}

fn put_slice(
    world: &mut World,
    service: &Value,
    known: Option<&Arc<Value>>,
    ports: &[Value],
    chosen: &[Arc<Value>],
) -> Result<(), Status> {
    let name = Name::of(service);
    let endpoint = |pod: &Arc<Value>| {
        let ready = publishes(service) || pods::ready(pod);
        let mut endpoint = json!({"addresses": [pod["status"]["podIP"]], "conditions": {"ready": ready}});
        if let Some(hostname) = hostname(service, pod) {
            endpoint["hostname"] = hostname;
        }
        endpoint["targetRef"] = reference(pod);
        endpoint["topology"] = json!({"kubernetes.io/hostname": pod["spec"]["nodeName"]});
        endpoint
    };
    let endpoints: Vec<Value> = chosen.iter().map(endpoint).collect();
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
    let same = without_versions(&json!(object::items(&known["endpoints"]))) == without_versions(&json!(endpoints));
    if same && object::items(&known["ports"]) == ports {
        return Ok(());
    }
    let mut updated = Value::clone(known);
    updated["endpoints"] = json!(endpoints);
    updated["ports"] = json!(ports);
    world.api(MANAGER).update("endpointslices", name.ns(), updated).map(|_| ())
}
