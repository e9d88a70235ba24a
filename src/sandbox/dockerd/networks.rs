//! The network that the nodes are on.

use serde_json::{Value, json};

use super::answer::{Answer, Refusal, empty, json_of};
use super::containers::{filters, find};
use super::made;
use super::route::Asked;
use crate::sandbox::World;
use crate::sandbox::host::{self, Node, NodeState, What, happened};

pub(super) const ID: &str = "1a09c8cb6011134cbcb4579df808ca0bb68a58fda5b15e7256e9e380a1b689f4";

/// The network that Docker makes for containers that name none; no node is on it.
const BRIDGE: &str = "5c3f0b2fd0a6e4f3f9a4d9f5b0b8e1f0c25a7d5f1c64e0c8f1d3a9b7e6425f18";
/// What is there without being made (`runconfig.IsPreDefinedNetwork`).
const PREDEFINED: [&str; 3] = ["bridge", "host", "none"];

fn mac(node: &Node) -> String {
    let bytes: Vec<String> =
        node.spec.ip.split('.').map(|byte| format!("{:02x}", byte.parse::<u8>().unwrap_or(0))).collect();
    format!("02:42:{}", bytes.join(":"))
}

fn gateway(node: &Node) -> String {
    node.spec.ip.rsplit_once('.').map_or_else(String::new, |(net, _)| format!("{net}.1"))
}

/// How a node is connected. One that has ended keeps its place, without an address.
pub(super) fn endpoint(node: &Node, aliases: bool) -> Value {
    let up = node.state != NodeState::Exited;
    let only = |text: String| if up { text } else { String::new() };
    let names = if aliases { json!([&node.id[..12], node.spec.name]) } else { Value::Null };
    json!({
        "IPAMConfig": {"IPv4Address": node.spec.ip}, "Links": null, "Aliases": names, "NetworkID": ID, "EndpointID": only(node.endpoint.clone()),
        "Gateway": only(gateway(node)), "IPAddress": only(node.spec.ip.clone()), "IPPrefixLen": if up { 24 } else { 0 }, "IPv6Gateway": "",
        "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0, "MacAddress": only(mac(node)), "DriverOpts": null,
    })
}

fn network(world: &World, name: &str, containers: bool) -> Option<Value> {
    let created = world.hosts.nodes().first().map(|node| node.created.to_string()).unwrap_or_default();
    let describe = |name: &str, id: &str, driver: &str, config: Value, containers: Value| {
        let options = if driver == "bridge" { json!({}) } else { Value::Null };
        json!({
            "Name": name, "Id": id, "Created": created, "Scope": "local", "Driver": driver, "EnableIPv6": false,
            "IPAM": {"Driver": "default", "Options": options, "Config": config}, "Internal": false, "Attachable": false, "Ingress": false,
            "ConfigFrom": {"Network": ""}, "ConfigOnly": false, "Containers": containers, "Options": {}, "Labels": {},
        })
    };
    let none = "73068dd98446ca61c8de8962c3063c31f00053f7c55f4fc5a36c71519c5c8fb4";
    let machine = "7d69ea0e9f57dd65237e3d7638bc444ca75e7be9f90218960bcffac1bd51a01f";
    let is = |wanted: &str, id: &str| name == wanted || !name.is_empty() && id.starts_with(name);
    if is("none", none) {
        return Some(describe("none", none, "null", json!([]), json!({})));
    }
    if is("bridge", BRIDGE) {
        let config = json!([{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}]);
        return Some(describe("bridge", BRIDGE, "bridge", config, json!({})));
    }
    if is("host", machine) {
        return Some(describe("host", machine, "host", json!([]), json!({})));
    }
    let own = made::network(world.hosts.profile());
    if !is(own, ID) {
        return None;
    }
    let gateway = world.hosts.nodes().first().map(gateway).unwrap_or_default();
    let subnet = gateway.rsplit_once('.').map_or_else(String::new, |(net, _)| format!("{net}.0/24"));
    let mut inside: Vec<&Node> =
        world.hosts.nodes().iter().filter(|n| containers && n.connected && n.state != NodeState::Exited).collect();
    inside.sort_by(|a, b| a.id.cmp(&b.id));
    let inside: serde_json::Map<String, Value> = inside
        .into_iter()
        .map(|node| {
            let place = json!({
                "Name": node.spec.name, "EndpointID": node.endpoint, "MacAddress": mac(node), "IPv4Address": format!("{}/24", node.spec.ip),
                "IPv6Address": "",
            });
            (node.id.clone(), place)
        })
        .collect();
    Some(describe(own, ID, "bridge", json!([{"Subnet": subnet, "Gateway": gateway}]), Value::Object(inside)))
}

pub(super) fn list(asked: &Asked) -> Result<Answer, Refusal> {
    let filters = filters(asked)?;
    if let Some((name, _)) = filters.iter().find(|(name, _)| !FILTERS.contains(&name.as_str())) {
        return Err(Refusal(400, format!("Invalid filter '{name}'")));
    }
    let all: Vec<Value> = asked.shared.with(|world| {
        let own = made::network(world.hosts.profile());
        let all = ["bridge", "host", own, "none"].into_iter().filter_map(|name| network(world, name, false));
        all.filter(|network| fits(network, &filters)).collect()
    });
    Ok(json_of(200, &Value::Array(all)))
}

/// What networks are filtered by (`daemon/network`: `filter.go`).
const FILTERS: [&str; 7] = ["dangling", "driver", "id", "label", "name", "scope", "type"];

fn fits(network: &Value, filters: &[(String, Vec<String>)]) -> bool {
    let text = |field: &str| network[field].as_str().unwrap_or_default();
    let kind = if PREDEFINED.contains(&text("Name")) { "builtin" } else { "custom" };
    filters.iter().filter(|(_, values)| !values.is_empty()).all(|(filter, values)| {
        values.iter().any(|value| match filter.as_str() {
            "driver" => text("Driver") == value,
            "id" => text("Id").contains(value.as_str()),
            "name" => text("Name").contains(value.as_str()),
            "scope" => text("Scope") == value,
            "type" => kind == value,
            // None has labels, and none was left over.
            "label" => false,
            _ => value != "true" && value != "1",
        })
    })
}

/// Removes a network: none can be, as long as it is used or was there before.
pub(super) fn remove(asked: &Asked, name: &str) -> Result<Answer, Refusal> {
    let found = asked.shared.with(|world| network(world, name, true));
    let found = found.ok_or_else(|| Refusal(404, format!("network {name} not found")))?;
    let (own, id) = (found["Name"].as_str().unwrap_or_default(), found["Id"].as_str().unwrap_or_default());
    Err(if PREDEFINED.contains(&own) {
        Refusal(403, format!("{own} is a pre-defined network and cannot be removed"))
    } else if found["Containers"].as_object().is_some_and(|containers| !containers.is_empty()) {
        Refusal(403, format!("error while removing network: network {own} id {id} has active endpoints"))
    } else {
        Refusal(501, format!("network {own} cannot be removed in kpnb's sandbox"))
    })
}

pub(super) fn inspect(asked: &Asked, name: &str) -> Result<Answer, Refusal> {
    let found = asked.shared.with(|world| network(world, name, true));
    found.map(|found| json_of(200, &found)).ok_or_else(|| Refusal(404, format!("network {name} not found")))
}

pub(super) fn act(asked: &Asked, name: &str, action: &str) -> Result<Answer, Refusal> {
    let wanted = asked.typed_json()?;
    let container = wanted["Container"].as_str().unwrap_or_default().to_owned();
    if container.is_empty() {
        return Err(Refusal(400, "invalid name or ID supplied: \"\"".to_owned()));
    }
    asked.shared.with(|world| {
        let node = find(world, &container).ok_or_else(|| Refusal::no_container(&container))?;
        let network = network(world, name, false).ok_or_else(|| Refusal(404, format!("network {name} not found")))?;
        let (id, on) = world.hosts.node(&node).map(|found| (found.id.clone(), found.connected)).unwrap_or_default();
        let ours = made::network(world.hosts.profile());
        if network["Name"] != ours {
            return Err(Refusal(501, format!("network {name}: only {ours} is modelled in kpnb's sandbox")));
        }
        let address = wanted["EndpointConfig"]["IPAMConfig"]["IPv4Address"].as_str().unwrap_or_default();
        let own = world.hosts.node(&node).map(|found| found.spec.ip.clone()).unwrap_or_default();
        match (action, on) {
            ("disconnect", false) => {
                return Err(Refusal(500, format!("container {id} is not connected to network {ours}")));
            }
            ("connect", true) => {
                return Err(Refusal(403, format!("endpoint with name {node} already exists in network {ours}")));
            }
            ("connect", false) if !address.is_empty() && address != own => {
                return Err(Refusal(501, format!("{node} has the address {own} in kpnb's sandbox, no other")));
            }
            ("connect", _) => drop(host::connect(world, &node)),
            _ => drop(host::disconnect(world, &node)),
        }
        happened(world, &node, What::Network(if action == "connect" { "connect" } else { "disconnect" }));
        Ok(empty(200))
    })
}
