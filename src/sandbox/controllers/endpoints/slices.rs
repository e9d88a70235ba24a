//! The EndpointSlices of a Service: for each family of addresses, one for each set of ports.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status};
use crate::sandbox::informers::Name;
use crate::sandbox::object;

use super::super::{MANAGER, pods};
use super::{
    MANAGED_BY, SERVICE, by_ports, headless, hostname, labels, publishes, reference, trigger, without_versions,
};

/// Says of a slice that this controller makes it: `controllerName` of pkg/controller/endpointslice.
pub(super) const CONTROLLER: &str = "endpointslice-controller.k8s.io";

/// What a slice is to say.
pub(super) struct Content {
    /// `IPv4` or `IPv6`.
    pub(super) family: &'static str,
    /// The endpoints' ports, each with a name.
    pub(super) ports: Vec<Value>,
    /// The endpoints.
    pub(super) endpoints: Vec<Value>,
}

/// Of what and by whom slices are made.
pub(super) struct Origin<'a> {
    /// The controller.
    pub(super) by: &'static str,
    /// The object that owns them, and whose name they bear.
    pub(super) owner: &'a Value,
    /// Their labels.
    pub(super) labels: Value,
    /// When the change happened of which they tell.
    pub(super) trigger: Option<Timestamp>,
}

/// The Service of a slice that `controller` made.
pub(super) fn service(slice: &Value, controller: &str) -> Option<Name> {
    let labels = &slice["metadata"]["labels"];
    let service = labels[SERVICE].as_str().filter(|_| labels[MANAGED_BY] == controller)?;
    Some(Name::new(object::namespace(slice), service))
}

/// The family of an address.
pub(super) fn family(address: &str) -> &'static str {
    if address.contains(':') { "IPv6" } else { "IPv4" }
}

/// Writes the slices of a Service: more than 100 addresses would be several, which is not modelled.
pub(super) fn put(
    world: &mut World,
    service: &Value,
    chosen: &[Arc<Value>],
    trigger: Option<Timestamp>,
) -> Result<(), Status> {
    let mut wanted = Vec::new();
    for family in families(service) {
        let before = wanted.len();
        for (ports, pods) in by_ports(service, chosen) {
            let endpoints: Vec<Value> = pods.iter().filter_map(|pod| endpoint(service, pod, family)).collect();
            if !endpoints.is_empty() {
                wanted.push(Content { family, ports: ports.into_iter().map(named).collect(), endpoints });
            }
        }
        if wanted.len() == before {
            wanted.push(Content { family, ports: Vec::new(), endpoints: Vec::new() });
        }
    }
    let more = json!({MANAGED_BY: CONTROLLER, SERVICE: object::name(service)});
    reconcile(world, &Origin { by: CONTROLLER, owner: service, labels: labels(service, &more), trigger }, wanted)
}

/// `getAddressTypesForService`: those of the Service's address; both where it has none.
fn families(service: &Value) -> Vec<&'static str> {
    match service["spec"]["clusterIP"].as_str() {
        Some(address) if !address.is_empty() && !headless(service) => vec![family(address)],
        _ => vec!["IPv4", "IPv6"],
    }
}

fn endpoint(service: &Value, pod: &Arc<Value>, of: &str) -> Option<Value> {
    let address = pod["status"]["podIP"].as_str().filter(|address| family(address) == of)?;
    let ready = publishes(service) || pods::ready(pod);
    let mut endpoint = json!({"addresses": [address], "conditions": {"ready": ready}});
    if let Some(hostname) = hostname(service, pod) {
        endpoint["hostname"] = hostname;
    }
    endpoint["targetRef"] = reference(pod);
    endpoint["topology"] = json!({"kubernetes.io/hostname": pod["spec"]["nodeName"]});
    Some(endpoint)
}

/// A slice's port has a name, if an empty one.
pub(super) fn named(mut port: Value) -> Value {
    if port["name"].is_null() {
        port["name"] = json!("");
    }
    port
}

/// The slices that a controller made for a Service.
pub(super) fn known(world: &World, service: &Name, by: &str) -> Vec<Arc<Value>> {
    let of_it = |slice: &&Arc<Value>| self::service(slice, by).as_ref() == Some(service);
    world.informers.list_in("endpointslices", &service.namespace).filter(of_it).cloned().collect()
}

/// Removes slices.
pub(super) fn delete(world: &mut World, service: &Name, slices: Vec<Arc<Value>>) -> Result<(), Status> {
    for slice in slices {
        let options = DeleteOptions::default();
        world.api(MANAGER).delete("endpointslices", service.ns(), object::name(&slice), &options)?;
    }
    Ok(())
}

/// Makes the slices of a controller for a Service those that are wanted, with as few writes as may be.
pub(super) fn reconcile(world: &mut World, origin: &Origin<'_>, wanted: Vec<Content>) -> Result<(), Status> {
    let name = Name::of(origin.owner);
    let mut known = known(world, &name, origin.by);
    // Those of the same ports first: the others take what is left.
    let mut left = Vec::new();
    for content in wanted {
        let alike = |slice: &Arc<Value>| {
            slice["addressType"] == content.family && object::items(&slice["ports"]) == content.ports
        };
        match known.iter().position(alike) {
            Some(at) => write(world, origin, Some(&known.remove(at)), content)?,
            None => left.push(content),
        }
    }
    for content in left {
        let at = known.iter().position(|slice| slice["addressType"] == content.family);
        let slice = at.map(|at| known.remove(at));
        write(world, origin, slice.as_ref(), content)?;
    }
    delete(world, &name, known)
}

fn write(world: &mut World, origin: &Origin<'_>, known: Option<&Arc<Value>>, content: Content) -> Result<(), Status> {
    let name = Name::of(origin.owner);
    let Some(known) = known else {
        let suffix = object::suffix(world);
        let mut made = json!({
            "apiVersion": "discovery.k8s.io/v1beta1", "kind": "EndpointSlice",
            "metadata": {
                "name": format!("{}-{suffix}", name.name), "generateName": format!("{}-", name.name),
                "namespace": name.namespace, "labels": origin.labels,
                "ownerReferences": [object::owner_reference(origin.owner, true)],
            },
            "addressType": content.family, "endpoints": content.endpoints, "ports": content.ports,
        });
        trigger::annotate(&mut made, origin.trigger);
        return world.api(MANAGER).create("endpointslices", name.ns(), made).map(|_| ());
    };
    let endpoints = json!(content.endpoints);
    let same = without_versions(&json!(object::items(&known["endpoints"]))) == without_versions(&endpoints);
    if same && object::items(&known["ports"]) == content.ports && known["metadata"]["labels"] == origin.labels {
        return Ok(());
    }
    let mut updated = Value::clone(known);
    updated["endpoints"] = endpoints;
    updated["ports"] = json!(content.ports);
    updated["metadata"]["labels"] = origin.labels.clone();
    trigger::annotate(&mut updated, origin.trigger);
    world.api(MANAGER).update("endpointslices", name.ns(), updated).map(|_| ())
}
