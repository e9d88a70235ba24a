//! Node IPAM: a `/24` of the cluster's addresses for each node. pkg/controller/nodeipam.

use std::collections::BTreeSet;

use serde_json::json;

use crate::sandbox::informers::{Heard, Name};
use crate::sandbox::object;
use crate::sandbox::{Profile, World};

use super::update;

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("nodes", changed);
}

fn changed(world: &mut World, heard: &Heard) {
    let Some(node) = world.informers.get("nodes", "", &heard.name.name) else { return };
    // The lab's controllers run with `--allocate-node-cidrs=false`: the nodes themselves tell.
    let told = world.hosts.profile() == Profile::Lab && world.hosts.node(object::name(&node)).is_some();
    if told || node["spec"]["podCIDR"].is_string() {
        return;
    }
    let taken: BTreeSet<String> =
        world.informers.list("nodes").filter_map(|node| node["spec"]["podCIDR"].as_str().map(str::to_owned)).collect();
    // 10.244.0.0/16, and the networks above it when there are more than 256 nodes.
    let free = (0..65536_u32)
        .map(|i| format!("10.{}.{}.0/24", 244 - i / 256 % 244, i % 256))
        .find(|cidr| !taken.contains(cidr));
    let Some(cidr) = free else { return };
    // Refused when the node is gone.
    let _ = update(world, "nodes", &Name::new("", object::name(&node)), |node| {
        node["spec"]["podCIDR"] = json!(cidr);
        node["spec"]["podCIDRs"] = json!([cidr]);
    });
}
