//! `create service clusterip|nodeport|loadbalancer`.

use futures::FutureExt;
use serde_json::{Value, json};

use super::generator::{Generator, listed, wrong};
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;

const TCP: Flag = Flag::value("tcp", None);

pub(super) const CLUSTER_IP: Generator = Generator {
    words: &[&["service", "svc"], &["clusterip"]],
    flags: &[TCP, Flag::value("clusterip", None)],
    required: &[],
    build: |_, flags, name| std::future::ready(service(flags, name, "ClusterIP")).boxed(),
};

pub(super) const NODE_PORT: Generator = Generator {
    words: &[&["service", "svc"], &["nodeport"]],
    flags: &[TCP, Flag::value("node-port", None)],
    required: &[],
    build: |_, flags, name| std::future::ready(service(flags, name, "NodePort")).boxed(),
};

pub(super) const LOAD_BALANCER: Generator = Generator {
    words: &[&["service", "svc"], &["loadbalancer"]],
    flags: &[TCP],
    required: &[],
    build: |_, flags, name| std::future::ready(service(flags, name, "LoadBalancer")).boxed(),
};

fn service(flags: &Flags, name: &str, kind: &str) -> Result<Value, Failure> {
    let cluster_ip = flags.get("clusterip").filter(|ip| !ip.is_empty());
    let node_port = flags.integer("node-port")?.filter(|port| *port != 0);
    let mut ports = Vec::new();
    for spec in listed(flags, "tcp") {
        let (port, target) = spec.split_once(':').unwrap_or((&spec, &spec));
        let port = number(port)?;
        // What is no number names a port of the Pod.
        let target = target.parse::<u16>().map_or_else(|_| Value::from(target), Value::from);
        let mut entry =
            json!({ "name": spec.replace(':', "-"), "protocol": "TCP", "port": port, "targetPort": target });
        if let Some(node_port) = node_port {
            entry["nodePort"] = node_port.into();
        }
        ports.push(entry);
    }
    if ports.is_empty() && cluster_ip != Some("None") {
        return wrong("at least one tcp port specifier must be provided");
    }
    let mut spec = json!({});
    if !ports.is_empty() {
        spec["ports"] = ports.into();
    }
    spec["selector"] = json!({ "app": name });
    if let Some(ip) = cluster_ip {
        spec["clusterIP"] = ip.into();
    }
    spec["type"] = kind.into();
    Ok(json!({
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": { "name": name, "creationTimestamp": null, "labels": { "app": name } },
        "spec": spec,
        "status": { "loadBalancer": {} },
    }))
}

fn number(text: &str) -> Result<u16, Failure> {
    text.parse().or_else(|_| wrong(format!("strconv.ParseUint: parsing {text:?}: invalid syntax")))
}
