//! The Endpoints of a Service: its Pods' addresses in subsets, one for each set of ports.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::informers::Name;
use crate::sandbox::object;

use super::super::{MANAGER, pods};
use super::{by_ports, headless, hostname, labels, publishes, reference, trigger, without_versions};

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
