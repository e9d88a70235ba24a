//! The sandbox of a Pod and its address.

use serde_json::Value;

use crate::sandbox::kubelet::runtime::PodRef;
use crate::sandbox::kubelet::{Record, asks, worker_mut};
use crate::sandbox::object;
use crate::sandbox::{Profile, World};

/// How long volumes and sandbox take, in milliseconds. Measured: Scheduled to Pulled.
pub(super) const SANDBOX: std::ops::Range<u64> = 330..430;

pub(super) fn make_sandbox(world: &mut World, node: &str, uid: &str, pod: &std::sync::Arc<Value>) {
    let Some(host) = asks(world) else { return };
    let described = (host.describe)(world, node);
    let network = world.informers.get("nodes", "", node);
    let network = network.as_ref().and_then(|node| node["spec"]["podCIDR"].as_str());
    // A Node without a network leaves the host's as it is.
    let network = network.or(described["podCIDR"].as_str()).unwrap_or("10.244.0.0/24").to_owned();
    let disk = world.kubelets.disks.entry(node.to_owned()).or_default();
    let own = pod["spec"]["hostNetwork"] != true;
    // A Pod of the host's network asks for no address. The first address is the bridge's: CNI's host-local gives the one after the last, round robin.
    if own {
        disk.last_address = if disk.last_address >= 254 || disk.last_address == 0 { 2 } else { disk.last_address + 1 };
    }
    let prefix = network.rsplit_once('.').map_or("10.244.0", |(prefix, _)| prefix);
    let address = if own { format!("{prefix}.{}", disk.last_address) } else { host_address(&described) };
    let named = PodRef {
        uid: uid.to_owned(),
        namespace: object::namespace(pod).to_owned(),
        name: object::name(pod).to_owned(),
        cgroup: cgroup(world, pod),
        address: address.clone(),
    };
    let sandbox = (host.run_pod)(world, node, &named);
    let disk = world.kubelets.disks.entry(node.to_owned()).or_default();
    let known = disk.pods.entry(uid.to_owned());
    let known = known.or_insert_with(|| Record {
        pod: pod.clone(),
        sandbox: None,
        address: String::new(),
        containers: Vec::new(),
    });
    known.sandbox = Some(sandbox);
    known.address = address;
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.made_something = true;
    }
}

/// The control group of a Pod by its quality of service: pkg/kubelet/cm, `podContainerManagerImpl.GetPodContainerName`; kind's
/// kubelet has a root of its own.
fn cgroup(world: &World, pod: &Value) -> String {
    let root = if world.hosts.profile() == Profile::Kind { "/kubelet" } else { "" };
    let class = match pod["status"]["qosClass"].as_str() {
        Some("Guaranteed") => "",
        Some("Burstable") => "/burstable",
        _ => "/besteffort",
    };
    format!("{root}/kubepods{class}/pod{}", object::uid(pod))
}

/// The address of a node, which its Pods on the host's network have too.
fn host_address(described: &Value) -> String {
    let addresses = object::items(&described["addresses"]).iter();
    let address = addresses.filter(|address| address["type"] == "InternalIP").find_map(|a| a["address"].as_str());
    address.unwrap_or_default().to_owned()
}
