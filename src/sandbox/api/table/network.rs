//! Cells of how Pods are reached.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{NONE, Printed, or};

/// So many endpoints, hosts and ports are told, the others counted.
const TOLD: usize = 3;

pub(super) fn service(of: Printed<'_>) -> Value {
    let address = or(of.text("/spec/clusterIPs/0"), of.text("/spec/clusterIP"));
    let ports: Vec<String> = of.list("/spec/ports").iter().map(port).collect();
    json!([
        of.name(),
        of.text("/spec/type"),
        or(address, NONE),
        external(of),
        if ports.is_empty() { NONE.to_owned() } else { ports.join(",") },
        of.age(),
        of.labels("/spec/selector"),
    ])
}

fn port(port: &Value) -> String {
    let number = |field: &str| port[field].as_i64().unwrap_or_default();
    let protocol = port["protocol"].as_str().unwrap_or_default();
    match number("nodePort") {
        0 => format!("{}/{protocol}", number("port")),
        node => format!("{}:{node}/{protocol}", number("port")),
    }
}

fn external(of: Printed<'_>) -> String {
    let addresses: Vec<&str> = of.list("/spec/externalIPs").iter().filter_map(Value::as_str).collect();
    match of.text("/spec/type") {
        "ClusterIP" | "NodePort" if addresses.is_empty() => NONE.to_owned(),
        "ClusterIP" | "NodePort" => addresses.join(","),
        "LoadBalancer" => {
            let balancers = balancers(of);
            let all: Vec<&str> = balancers.split(',').filter(|address| !address.is_empty()).chain(addresses).collect();
            if all.is_empty() { "<pending>".to_owned() } else { all.join(",") }
        }
        "ExternalName" => of.text("/spec/externalName").to_owned(),
        _ => "<unknown>".to_owned(),
    }
}

/// The addresses that load balancers gave.
fn balancers(of: Printed<'_>) -> String {
    let points = of.list("/status/loadBalancer/ingress").iter();
    let text = |point: &'_ Value, field: &str| point[field].as_str().unwrap_or_default().to_owned();
    let all: BTreeSet<String> = points
        .map(|point| Some(text(point, "ip")).filter(|ip| !ip.is_empty()).unwrap_or_else(|| text(point, "hostname")))
        .collect();
    all.into_iter().collect::<Vec<_>>().join(",")
}

pub(super) fn endpoints(of: Printed<'_>) -> Value {
    let mut all = Vec::new();
    for subset in of.list("/subsets") {
        let addresses = || subset["addresses"].as_array().into_iter().flatten();
        let ip = |address: &Value| address["ip"].as_str().unwrap_or_default().to_owned();
        let ports = subset["ports"].as_array().map_or(&[][..], Vec::as_slice);
        if ports.is_empty() {
            all.extend(addresses().map(ip));
        }
        for port in ports {
            all.extend(addresses().map(|address| {
                let ip = ip(address);
                let port = port["port"].as_i64().unwrap_or_default();
                if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
            }));
        }
    }
    json!([of.name(), first(&all), of.age()])
}

/// The first few, and how many more there are.
fn first(all: &[String]) -> String {
    match all.len() {
        0 => NONE.to_owned(),
        count if count > TOLD => format!("{} + {} more...", all[..TOLD].join(","), count - TOLD),
        _ => all.join(","),
    }
}

pub(super) fn endpoint_slice(of: Printed<'_>) -> Value {
    let ports = of.list("/ports").iter();
    let ports: Vec<String> =
        ports.map(|port| port["port"].as_i64().map_or("*".to_owned(), |port| port.to_string())).collect();
    let addresses = of.list("/endpoints").iter().flat_map(|endpoint| endpoint["addresses"].as_array());
    let addresses: Vec<String> = addresses.flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let unset = |all: &[String]| if all.is_empty() { "<unset>".to_owned() } else { first(all) };
    json!([of.name(), of.text("/addressType"), unset(&ports), unset(&addresses), of.age()])
}

pub(super) fn ingress(of: Printed<'_>) -> Value {
    let hosts = of.list("/spec/rules").iter().filter_map(|rule| rule["host"].as_str());
    let hosts: Vec<String> = hosts.filter(|host| !host.is_empty()).map(str::to_owned).collect();
    json!([
        of.name(),
        of.text_or_none("/spec/ingressClassName"),
        if hosts.is_empty() { "*".to_owned() } else { first(&hosts) },
        balancers(of),
        if of.count("/spec/tls") > 0 { "80, 443" } else { "80" },
        of.age(),
    ])
}

pub(super) fn ingress_class(of: Printed<'_>) -> Value {
    let (kind, name) = (of.text("/spec/parameters/kind"), of.text("/spec/parameters/name"));
    let parameters = match of.text("/spec/parameters/apiGroup") {
        _ if name.is_empty() => NONE.to_owned(),
        "" => format!("{kind}/{name}"),
        group => format!("{kind}.{group}/{name}"),
    };
    json!([of.name(), of.text("/spec/controller"), parameters, of.age()])
}

pub(super) fn policy(of: Printed<'_>) -> Value {
    json!([of.name(), of.selector("/spec/podSelector"), of.age()])
}
