//! kindnetd v20210119: tells the container runtime of its node's network, and keeps routes to the others.
//! images/kindnetd/cmd/kindnetd of kind v0.10.0.

use std::time::Duration;

use super::{Env, klog};
use crate::sandbox::host::sys::Sys;
use crate::sandbox::object;

/// How often the nodes are looked at.
const PERIOD: Duration = Duration::from_secs(10);
/// Where the network is configured on the host.
const CONFIG: &str = "/etc/cni/net.d/10-kindnet.conflist";

/// The nodes: name, address, network; none where the API does not answer.
type Nodes = Option<Vec<(String, String, String)>>;

pub(super) async fn main(sys: &Sys, env: &Env) -> i32 {
    let variable = |name: &str| env.get(name).cloned().unwrap_or_default();
    let (host, pod) = (variable("HOST_IP"), variable("POD_IP"));
    say(sys, "main.go:64", &format!("hostIP = {host}\npodIP = {pod}")).await;
    if host != pod {
        return panic(sys, &format!("hostIP(= {host:?}) != podIP(= {pod:?}) but must be running with host network: "))
            .await;
    }
    say(sys, "main.go:73", "setting mtu 1500 for CNI ").await;
    let (mut routed, mut written) = (Vec::new(), String::new());
    loop {
        let mut nodes = nodes(sys).await;
        for pause in 0..5 {
            if nodes.is_some() {
                break;
            }
            let why = "Get \"https://10.96.0.1:443/api/v1/nodes\": dial tcp 10.96.0.1:443: connect: connection refused";
            say(sys, "main.go:109", &format!("Failed to get nodes, retrying after error: {why}")).await;
            if !sys.sleep(Duration::from_secs(pause)).await {
                return 2;
            }
            nodes = self::nodes(sys).await;
        }
        let Some(nodes) = nodes else {
            return panic(sys, "Reached maximum retries obtaining node list: connection refused").await;
        };
        for (name, address, network) in nodes {
            if network.is_empty() {
                say(sys, "main.go:158", &format!("Node {name} has no CIDR, ignoring\n")).await;
            } else if address == host {
                say(sys, "main.go:227", "handling current node").await;
                if written != network {
                    configure(sys, &network).await;
                    written = network;
                }
            } else {
                say(sys, "main.go:223", &format!("Handling node with IP: {address}")).await;
                say(sys, "main.go:224", &format!("Node {name} has CIDR {network} ")).await;
                if !routed.contains(&address) {
                    let route = format!(
                        "Adding route {{Ifindex: 0 Dst: {network} Src: <nil> Gw: {address} Flags: [] Table: 0}} "
                    );
                    say(sys, "routes.go:46", &route).await;
                    routed.push(address);
                }
            }
        }
        // Without a handler a Go program ends with 2 where the kernel ignores the signal.
        if !sys.sleep(PERIOD).await {
            return 2;
        }
    }
}

async fn say(sys: &Sys, place: &'static str, text: &str) {
    let now = sys.with(|world, _| world.now()).await;
    let stamp = klog(now, 'I', 1, place);
    sys.err(format!("{stamp} {text}\n")).await;
}

async fn panic(sys: &Sys, text: &str) -> i32 {
    sys.err(format!("panic: {text}\n\ngoroutine 1 [running]:\nmain.main()\n")).await;
    2
}

async fn nodes(sys: &Sys) -> Nodes {
    sys.with(|world, me| {
        let name = world.hosts.nodes[me.node].spec.name.clone();
        if !crate::sandbox::host::is_reachable(world, &name) {
            return None;
        }
        let known = world.informers.list("nodes").map(|node| {
            let addresses = object::items(&node["status"]["addresses"]).iter();
            let address =
                addresses.filter(|address| address["type"] == "InternalIP").find_map(|a| a["address"].as_str());
            let network = node["spec"]["podCIDR"].as_str().unwrap_or_default();
            (object::name(node).to_owned(), address.unwrap_or_default().to_owned(), network.to_owned())
        });
        Some(known.collect())
    })
    .await
}

/// Writes the configuration of the network onto the host, whose folder is mounted.
async fn configure(sys: &Sys, network: &str) {
    let config = format!(
        "\n{{\n\t\"cniVersion\": \"0.3.1\",\n\t\"name\": \"kindnet\",\n\t\"plugins\": [\n\t{{\n\t\t\"type\": \"ptp\",\n\t\t\
         \"ipMasq\": false,\n\t\t\"ipam\": {{\n\t\t\t\"type\": \"host-local\",\n\t\t\t\"dataDir\": \
         \"/run/cni-ipam-state\",\n\t\t\t\"routes\": [\n\t\t\t\t{{\n\t\t\t\t\t\"dst\": \
         \"0.0.0.0/0\"\n\t\t\t\t}}\n\t\t\t],\n\t\t\t\"ranges\": [\n\t\t\t[\n\t\t\t\t{{\n\t\t\t\t\t\"subnet\": \
         \"{network}\"\n\t\t\t\t}}\n\t\t\t]\n\t\t]\n\t\t}}\n\t\t,\n\t\t\"mtu\": 1500\n\t\t\n\t}},\n\t{{\n\t\t\"type\": \
         \"portmap\",\n\t\t\"capabilities\": {{\n\t\t\t\"portMappings\": true\n\t\t}}\n\t}}\n\t]\n}}\n"
    );
    sys.with(move |world, me| {
        let now = world.now();
        // The folder is the image's; whoever removed it has no network.
        let _ = world.hosts.nodes[me.node].files.write(CONFIG, config, now);
    })
    .await;
}
