//! `create service clusterip|nodeport|loadbalancer|externalname`.
//!
//! Source of rules and words: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/create/create_service.go`.

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

pub(super) const EXTERNAL_NAME: Generator = Generator {
    words: &[&["service", "svc"], &["externalname"]],
    flags: &[TCP, Flag::value("external-name", None)],
    required: &["external-name"],
    build: |_, flags, name| std::future::ready(service(flags, name, "ExternalName")).boxed(),
};

fn service(flags: &Flags, name: &str, kind: &str) -> Result<Value, Failure> {
    let cluster_ip = flags.get("clusterip").filter(|ip| !ip.is_empty());
    let node_port = flags.integer("node-port")?.filter(|port| *port != 0);
    let mut ports = Vec::new();
    for spec in listed(flags, "tcp") {
        let mut parts = spec.split(':');
        let port = number(parts.next().unwrap_or_default())?;
        let target = parts.next().map_or(Ok(Value::from(port)), target)?;
        let mut entry =
            json!({ "name": spec.replace(':', "-"), "protocol": "TCP", "port": port, "targetPort": target });
        if let Some(node_port) = node_port {
            entry["nodePort"] = node_port.into();
        }
        ports.push(entry);
    }
    if ports.is_empty() && cluster_ip != Some("None") && kind != "ExternalName" {
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
    if let Some(name) = flags.get("external-name") {
        spec["externalName"] = name.into();
    }
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

/// A port of the Pod: its number or its name.
///
/// Source: apimachinery v1.20 `pkg/util/validation`, `IsValidPortNum` and `IsValidPortName`.
fn target(text: &str) -> Result<Value, Failure> {
    if let Ok(number) = text.parse::<i64>() {
        return match number {
            1..=65535 => Ok(number.into()),
            _ => wrong("must be between 1 and 65535, inclusive"),
        };
    }
    let mut why = Vec::new();
    if text.len() > 15 {
        why.push("must be no more than 15 characters");
    }
    if text.is_empty() || !text.bytes().all(|byte| matches!(byte, b'-' | b'a'..=b'z' | b'0'..=b'9')) {
        why.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        why.push("must contain at least one letter or number (a-z, 0-9)");
    }
    if text.contains("--") {
        why.push("must not contain consecutive hyphens");
    }
    if text.starts_with('-') || text.ends_with('-') {
        why.push("must not begin or end with a hyphen");
    }
    if why.is_empty() { Ok(text.into()) } else { wrong(why.join(",")) }
}
