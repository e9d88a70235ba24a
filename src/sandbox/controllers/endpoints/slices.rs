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

/// The most endpoints of a slice: `--max-endpoints-per-slice`.
const MOST: usize = 100;

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

/// Writes the slices of a Service.
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
        let (own, others): (Vec<_>, Vec<_>) = known.into_iter().partition(alike);
        known = others;
        match &own[..] {
            _ if own.len() > 1 || content.endpoints.len() > MOST => spread(world, origin, own, content)?,
            [only] => write(world, origin, Some(only), content)?,
            _ => left.push(content),
        }
    }
    for content in left {
        let at = known.iter().position(|slice| slice["addressType"] == content.family);
        let slice = at.map(|at| known.remove(at));
        write(world, origin, slice.as_ref(), content)?;
    }
    delete(world, &name, known)
}

/// Writes endpoints that take several slices of the same ports.
fn spread(world: &mut World, origin: &Origin<'_>, known: Vec<Arc<Value>>, content: Content) -> Result<(), Status> {
    let Content { family, ports, endpoints } = content;
    let held = known.iter().map(|slice| object::items(&slice["endpoints"]).to_vec()).collect();
    let filled = fill(held, endpoints);
    let mut emptied = Vec::new();
    for (at, endpoints) in filled.into_iter().enumerate() {
        match known.get(at) {
            Some(slice) if endpoints.is_empty() => emptied.push(slice.clone()),
            slice => write(world, origin, slice, Content { family, ports: ports.clone(), endpoints })?,
        }
    }
    delete(world, &Name::of(origin.owner), emptied)
}

/// Which endpoints the slices that there are will have, and further ones after them, so that few are written:
/// pkg/controller/endpointslice/reconciler.go, `reconcileByPortMapping`.
fn fill(held: Vec<Vec<Value>>, wanted: Vec<Value>) -> Vec<Vec<Value>> {
    let is = |a: &Value, b: &Value| a["addresses"] == b["addresses"] && a["targetRef"]["uid"] == b["targetRef"]["uid"];
    let mut rest = wanted;
    let mut slices: Vec<(Vec<Value>, bool)> = Vec::new();
    for endpoints in held {
        let before = endpoints.len();
        let mut changed = false;
        let kept: Vec<Value> = endpoints
            .into_iter()
            .filter_map(|old| {
                let new = rest.remove(rest.iter().position(|new| is(new, &old))?);
                changed |= new["conditions"] != old["conditions"];
                Some(new)
            })
            .collect();
        changed |= kept.len() != before;
        slices.push((kept, changed));
    }
    // Those that are written anyway take as much as they can.
    for (endpoints, _) in slices.iter_mut().filter(|(kept, changed)| *changed && !kept.is_empty()) {
        let room = MOST.saturating_sub(endpoints.len()).min(rest.len());
        endpoints.extend(rest.drain(..room));
    }
    while !rest.is_empty() {
        // The fullest that takes all the rest, or else another slice.
        let fits = slices.iter_mut().map(|(endpoints, _)| endpoints);
        let fits = fits.filter(|endpoints| !endpoints.is_empty() && endpoints.len() + rest.len() <= MOST);
        match fits.max_by_key(|endpoints| endpoints.len()) {
            Some(endpoints) => endpoints.append(&mut rest),
            None => {
                let count = rest.len().min(MOST);
                slices.push((rest.drain(..count).collect(), true));
            }
        }
    }
    slices.into_iter().map(|(endpoints, _)| endpoints).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(from: usize, to: usize) -> Vec<Value> {
        (from..to).map(|n| json!({"addresses": [format!("10.0.0.{n}")], "targetRef": {"uid": n}})).collect()
    }

    fn sizes(slices: &[Vec<Value>]) -> Vec<usize> {
        slices.iter().map(Vec::len).collect()
    }

    #[test]
    fn many_endpoints_fill_slices_one_after_the_other() {
        let first = fill(Vec::new(), endpoints(0, 250));
        assert_eq!(sizes(&first), [100, 100, 50]);
        // Nothing moves for the sake of order: what is new goes where it fits.
        let more = fill(first.clone(), endpoints(0, 260));
        assert_eq!((sizes(&more), &more[..2]), (vec![100, 100, 60], &first[..2]));
        // A slice that loses some is written anyway, and takes what it can.
        let other = fill(first.clone(), endpoints(10, 255));
        assert_eq!((sizes(&other), &other[1..]), (vec![95, 100, 50], &first[1..]));
        assert_eq!(sizes(&fill(first.clone(), endpoints(0, 400))), [100, 100, 100, 100]);
        // One that loses all is not filled, but goes.
        assert_eq!(sizes(&fill(first, endpoints(0, 200))), [100, 100, 0]);
    }
}
