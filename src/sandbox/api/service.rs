//! What the registries of services and Pods work out for a new object: addresses, ports, the quality of service.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Resource, Status};
use crate::sandbox::World;

/// The nodePorts that are given out: the API server's default `--service-node-port-range`.
const NODE_PORTS: std::ops::RangeInclusive<u16> = 30000..=32767;

/// Gives a service its cluster IP and its node ports.
pub(super) fn allocate(world: &mut World, resource: &Resource, object: &mut Value) -> Result<(), Status> {
    if resource.plural != "services" || object["spec"]["type"] == "ExternalName" {
        return Ok(());
    }
    let others = world.read_all(resource, None);
    if object["spec"]["clusterIP"].as_str().is_none_or(str::is_empty) {
        let used: BTreeSet<&str> = others.iter().filter_map(|other| other["spec"]["clusterIP"].as_str()).collect();
        let free = (0..1000).find_map(|_| {
            // 10.96.0.0/16, as kind's `--service-cluster-ip-range` has it.
            let address = format!("10.96.{}.{}", world.rng.u8(..), world.rng.u8(2..255));
            (!used.contains(address.as_str())).then_some(address)
        });
        let address = free.ok_or_else(|| Status::internal("failed to allocate a serviceIP: range is full"))?;
        object["spec"]["clusterIP"] = json!(address);
    }
    object["spec"]["clusterIPs"] = json!([object["spec"]["clusterIP"]]);
    if !matches!(object["spec"]["type"].as_str(), Some("NodePort" | "LoadBalancer")) {
        return Ok(());
    }
    let mut used: BTreeSet<u64> =
        others.iter().flat_map(|other| ports(other)).filter_map(|port| port["nodePort"].as_u64()).collect();
    for port in object["spec"]["ports"].as_array_mut().into_iter().flatten() {
        if port["nodePort"].as_u64().is_none_or(|port| port == 0) {
            let free = (0..10_000).map(|_| u64::from(world.rng.u16(NODE_PORTS))).find(|port| used.insert(*port));
            port["nodePort"] =
                json!(free.ok_or_else(|| Status::internal("failed to allocate a nodePort: range is full"))?);
        }
    }
    Ok(())
}

fn ports(service: &Value) -> impl Iterator<Item = &Value> {
    service["spec"]["ports"].as_array().into_iter().flatten()
}

/// The quality of service of a Pod: v1.20 `pkg/apis/core/v1/helper/qos`.
pub(super) fn qos_class(spec: &Value) -> &'static str {
    let (mut any, mut guaranteed) = (false, true);
    let lists = ["containers", "initContainers"];
    for container in lists.iter().flat_map(|list| spec[*list].as_array().into_iter().flatten()) {
        let (requests, limits) = (&container["resources"]["requests"], &container["resources"]["limits"]);
        for resource in ["cpu", "memory"] {
            let (request, limit) = (&requests[resource], &limits[resource]);
            any |= !request.is_null() || !limit.is_null();
            guaranteed &= !limit.is_null() && (request.is_null() || request == limit);
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
