//! The Endpoints of a Service: its Pods' addresses in subsets, one for each set of ports.

use std::sync::Arc;

use jiff::Timestamp;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::codec;
use crate::sandbox::informers::Name;
use crate::sandbox::object;

use super::super::{MANAGER, pods};
use super::{headless, hostname, labels, ports, publishes, reference, trigger, without_versions};

/// By what Endpoints are put in order: pkg/api/v1/endpoints/util.go, `hashObject`.
fn hash(kind: &str, value: &Value) -> [u8; 16] {
    Md5::digest(codec::dump(kind, value)).into()
}

/// The Service's ports on its Pods, those together that the same Pods have, and these Pods: `RepackSubsets`. A Pod that
/// has not a named port is not there with it.
fn repacked(service: &Value, chosen: &[Arc<Value>], portless: bool) -> Vec<(Vec<Value>, Vec<Arc<Value>>)> {
    if portless {
        return if chosen.is_empty() { Vec::new() } else { vec![(Vec::new(), chosen.to_vec())] };
    }
    let mut by_port: Vec<(Value, Vec<usize>)> = Vec::new();
    for (at, pod) in chosen.iter().enumerate() {
        for port in ports(service, Some(pod)) {
            match by_port.iter_mut().find(|(known, _)| *known == port) {
                Some((_, pods)) => pods.push(at),
                None => by_port.push((port, vec![at])),
            }
        }
    }
    let mut by_pods: Vec<(Vec<Value>, Vec<usize>)> = Vec::new();
    for (port, pods) in by_port {
        match by_pods.iter_mut().find(|(_, known)| *known == pods) {
            Some((ports, _)) => ports.push(port),
            None => by_pods.push((vec![port], pods)),
        }
    }
    let told = by_pods.into_iter().map(|(mut ports, pods)| {
        ports.sort_by_cached_key(|port| hash("EndpointPort", port));
        (ports, pods.into_iter().map(|at| chosen[at].clone()).collect())
    });
    told.collect()
}

/// Writes a Service's Endpoints where they, or the Service's labels, are others than before.
pub(super) fn put(
    world: &mut World,
    service: &Value,
    chosen: &[Arc<Value>],
    trigger: Option<Timestamp>,
) -> Result<(), Status> {
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
    let portless = object::items(&service["spec"]["ports"]).is_empty() && headless(service);
    let mut subsets = Vec::new();
    for (ports, pods) in repacked(service, chosen, portless) {
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
    subsets.sort_by_cached_key(|subset| hash("EndpointSubset", subset));
    let known = world.informers.get("endpoints", &name.namespace, &name.name);
    let mut made = json!({
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": {"name": name.name, "namespace": name.namespace, "labels": labels(service, &Value::Null)},
    });
    if !subsets.is_empty() {
        made["subsets"] = json!(subsets);
    }
    let Some(known) = known else {
        trigger::annotate(&mut made, trigger);
        return world.api(MANAGER).create("endpoints", name.ns(), made).map(|_| ());
    };
    let had = &known["metadata"]["labels"];
    let same =
        if had.is_object() { had == &made["metadata"]["labels"] } else { made["metadata"]["labels"] == json!({}) };
    if same && without_versions(&known["subsets"]) == without_versions(&made["subsets"]) {
        return Ok(());
    }
    let mut updated = Value::clone(&known);
    updated["subsets"] = made["subsets"].take();
    updated["metadata"]["labels"] = made["metadata"]["labels"].take();
    trigger::annotate(&mut updated, trigger);
    world.api(MANAGER).update("endpoints", name.ns(), updated).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_in_the_order_of_their_hashes_and_with_the_pods_that_have_them() {
        let pod = |web: u16| {
            Arc::new(json!({"spec": {"containers": [{"ports": [
                {"name": "web", "containerPort": web}, {"name": "api", "containerPort": 81}]}]}}))
        };
        let port = |name: &str, number: Value, protocol: &str| json!({"name": name, "port": 1, "targetPort": number, "protocol": protocol});
        let names = |ports: &[Value]| {
            ports.iter().map(|port| port["name"].as_str().unwrap_or_default().to_owned()).collect::<String>()
        };
        // As a v1.20.2 controller manager had them.
        let service = json!({"spec": {"ports": [port("d", json!(80), "TCP"), port("a", json!(1), "TCP"),
            port("c", json!("api"), "TCP"), port("b", json!(2), "UDP")]}});
        let packed = repacked(&service, &[pod(80), pod(90)], false);
        assert_eq!((packed.len(), &names(&packed[0].0)[..], packed[0].1.len()), (1, "cdba", 2));
        let service = json!({"spec": {"ports": [port("web", json!("web"), "TCP"), port("api", json!("api"), "TCP")]}});
        let packed = repacked(&service, &[pod(80), pod(90)], false);
        let told: Vec<_> = packed.iter().map(|(ports, pods)| (ports[0]["port"].clone(), pods.len())).collect();
        assert_eq!(told, [(json!(80), 1), (json!(81), 2), (json!(90), 1)]);
    }
}
