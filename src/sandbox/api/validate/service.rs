//! Services and Endpoints.
//!
//! Source: v1.20.2 `pkg/apis/core/validation/validation.go`.

use serde_json::Value;

use super::causes::Causes;
use super::{items, meta, names, probe, text};

const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

/// A Service; as a change of `old`, if that is given.
pub(super) fn service(new: &Value, old: Option<&Value>, causes: &mut Causes) {
    let spec = &new["spec"];
    let kind = text(&spec["type"]);
    let first = addresses(spec).first().copied().unwrap_or_default();
    if let Some(old) = old {
        kept(spec, &old["spec"], causes);
    }
    let ports = items(&spec["ports"]);
    if ports.is_empty() && first != "None" && kind != "ExternalName" {
        causes.required("spec.ports", "");
    }
    match kind {
        "LoadBalancer" | "NodePort" if first == "None" => {
            let why = format!("may not be set to 'None' for {kind} services");
            causes.invalid("spec.clusterIPs[0]", "\"None\"", &why);
        }
        "ExternalName" => {
            if !addresses(spec).is_empty() {
                causes.forbidden("spec.clusterIPs", "may not be set for ExternalName services");
            }
            let name = text(&spec["externalName"]);
            let name = name.strip_suffix('.').unwrap_or(name);
            if name.is_empty() {
                causes.required("spec.externalName", "");
            } else {
                causes.invalid_text("spec.externalName", name, names::subdomain(name));
            }
        }
        _ => {}
    }
    self::ports(spec, causes);
    meta::labels(&spec["selector"], "spec.selector", causes);
    let affinity = text(&spec["sessionAffinity"]);
    causes.one_of("spec.sessionAffinity", affinity, &["ClientIP", "None"]);
    if let Some(seconds) = spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"].as_i64()
        && affinity == "ClientIP"
        && !(1..=86_400).contains(&seconds)
    {
        let field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
        causes.invalid(field, seconds, "must be greater than 0 and less than 86400");
    }
    if kind != "ExternalName" {
        cluster_ips(spec, causes);
    }
    for (index, address) in items(&spec["externalIPs"]).iter().enumerate() {
        let (address, field) = (text(address), format!("spec.externalIPs[{index}]"));
        let wrong = names::ip(address);
        if wrong.is_empty() {
            not_special(address, &field, causes);
        } else {
            causes.invalid_text(&field, address, wrong);
        }
    }
    causes.one_of("spec.type", kind, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    if kind == "ClusterIP" {
        for (index, port) in ports.iter().enumerate() {
            if port["nodePort"].as_i64().is_some_and(|port| port != 0) {
                let field = format!("spec.ports[{index}].nodePort");
                causes.forbidden(field, "may not be used when `type` is 'ClusterIP'");
            }
        }
    }
    unique_ports(ports, causes);
    traffic(spec, kind, causes);
}

/// Whether both fields for addresses say the same, and what are addresses.
fn cluster_ips(spec: &Value, causes: &mut Causes) {
    let (one, all) = (text(&spec["clusterIP"]), addresses(spec));
    match all.first() {
        None if !one.is_empty() => causes.required("spec.clusterIPs", ""),
        Some(_) if one.is_empty() => {
            causes.invalid("spec.clusterIPs", listed(&all), "must be empty when clusterIP is empty");
        }
        Some(first) if *first != one => {
            causes.invalid("spec.clusterIPs", listed(&all), "element [0] must match clusterIP");
        }
        _ => {}
    }
    for (index, address) in all.iter().enumerate().filter(|(_, address)| **address != "None") {
        causes.invalid_text(format!("spec.clusterIPs[{index}]"), address, names::ip(address));
    }
}

/// A Service's addresses.
fn addresses(spec: &Value) -> Vec<&str> {
    items(&spec["clusterIPs"]).iter().map(text).collect()
}

/// Addresses as Go prints them.
fn listed(addresses: &[&str]) -> String {
    let quoted: Vec<String> = addresses.iter().map(|address| format!("{address:?}")).collect();
    format!("[]string{{{}}}", quoted.join(", "))
}

/// What of the addresses may not change.
fn kept(spec: &Value, old: &Value, causes: &mut Causes) {
    if spec["type"] == "ExternalName" || old["type"] == "ExternalName" {
        return;
    }
    let (new, before) = (addresses(spec), addresses(old));
    match (new.first(), before.first()) {
        (None, Some(_)) => {
            causes.invalid("spec.clusterIPs[0]", "[]string(nil)", "primary clusterIP can not be unset");
        }
        (Some(first), Some(former)) if first != former => {
            causes.invalid("spec.clusterIPs[0]", listed(&new), "may not change once set");
        }
        _ => {}
    }
}

fn ports(spec: &Value, causes: &mut Causes) {
    let ports = items(&spec["ports"]);
    let mut known = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let path = format!("spec.ports[{index}]");
        let name = text(&port["name"]);
        if name.is_empty() && ports.len() > 1 {
            causes.required(format!("{path}.name"), "");
        } else if !name.is_empty() {
            causes.invalid_text(format!("{path}.name"), name, names::label(name));
            if known.contains(&name) {
                causes.duplicate(format!("{path}.name"), format!("{name:?}"), "");
            }
            known.push(name);
        }
        causes.port(format!("{path}.port"), port["port"].as_i64().unwrap_or_default());
        causes.one_of(format!("{path}.protocol"), text(&port["protocol"]), PROTOCOLS);
        if !port["targetPort"].is_null() {
            probe::port(&port["targetPort"], &format!("{path}.targetPort"), causes);
        }
        let application = text(&port["appProtocol"]);
        if !application.is_empty() {
            causes.invalid_text(format!("{path}.appProtocol"), application, names::qualified(application));
        }
    }
}

fn unique_ports(ports: &[Value], causes: &mut Causes) {
    let key = |port: &Value| (text(&port["protocol"]).to_owned(), port["port"].as_i64().unwrap_or_default());
    for (index, port) in ports.iter().enumerate() {
        if ports[..index].iter().any(|other| key(other) == key(port)) {
            let (protocol, number) = key(port);
            let shown = format!(
                "core.ServicePort{{Name:\"\", Protocol:{protocol:?}, AppProtocol:(*string)(nil), Port:{number}, \
                 TargetPort:intstr.IntOrString{{Type:0, IntVal:0, StrVal:\"\"}}, NodePort:0}}"
            );
            causes.duplicate(format!("spec.ports[{index}]"), shown, "");
        }
    }
}

fn traffic(spec: &Value, kind: &str, causes: &mut Causes) {
    let outside = matches!(kind, "NodePort" | "LoadBalancer");
    if spec["loadBalancerSourceRanges"].is_array() {
        const FIELD: &str = "spec.LoadBalancerSourceRanges";
        if kind != "LoadBalancer" {
            causes.forbidden(FIELD, "may only be used when `type` is 'LoadBalancer'");
        }
        let ranges: Vec<&str> = items(&spec["loadBalancerSourceRanges"]).iter().map(text).collect();
        if ranges.iter().any(|range| names::cidr(range.trim()).is_none()) {
            let shown = format!("\"[{}]\"", ranges.join(" "));
            causes.invalid(FIELD, shown, "must be a list of IP ranges. For example, 10.240.0.0/24,10.250.0.0/24 ");
        }
    }
    let policy = text(&spec["externalTrafficPolicy"]);
    if !policy.is_empty() {
        let shown = format!("{policy:?}");
        if !outside {
            let why = "ExternalTrafficPolicy can only be set on NodePort and LoadBalancer service";
            causes.invalid("spec.externalTrafficPolicy", shown, why);
        } else if !matches!(policy, "Cluster" | "Local") {
            let why = "ExternalTrafficPolicy must be empty, Cluster or Local";
            causes.invalid("spec.externalTrafficPolicy", shown, why);
        }
    }
    if let Some(port) = spec["healthCheckNodePort"].as_i64().filter(|port| *port != 0)
        && !(kind == "LoadBalancer" && policy == "Local")
    {
        let why = "HealthCheckNodePort can only be set on LoadBalancer service with ExternalTrafficPolicy=Local";
        causes.invalid("spec.healthCheckNodePort", port, why);
    }
}

/// An address that is a host's of its own.
fn not_special(address: &str, field: &str, causes: &mut Causes) {
    let Ok(parsed) = address.parse::<std::net::IpAddr>() else {
        causes.invalid(field, format!("{address:?}"), "must be a valid IP address");
        return;
    };
    let mut tell = |is: bool, why: &str| {
        if is {
            causes.invalid(field, format!("{address:?}"), why);
        }
    };
    tell(parsed.is_unspecified(), &format!("may not be unspecified ({address})"));
    tell(parsed.is_loopback(), "may not be in the loopback range (127.0.0.0/8)");
    if let std::net::IpAddr::V4(parsed) = parsed {
        tell(parsed.is_link_local(), "may not be in the link-local range (169.254.0.0/16)");
        let multicast = parsed.octets()[..3] == [224, 0, 0];
        tell(multicast, "may not be in the link-local multicast range (224.0.0.0/24)");
    }
}

/// Endpoints.
pub(super) fn endpoints(new: &Value, causes: &mut Causes) {
    for (index, subset) in items(&new["subsets"]).iter().enumerate() {
        let path = format!("subsets[{index}]");
        if items(&subset["addresses"]).is_empty() && items(&subset["notReadyAddresses"]).is_empty() {
            causes.required(&path, "must specify `addresses` or `notReadyAddresses`");
        }
        for list in ["addresses", "notReadyAddresses"] {
            for (at, address) in items(&subset[list]).iter().enumerate() {
                let path = format!("{path}.{list}[{at}]");
                let of = |field: &str| text(&address[field]);
                causes.invalid_text(format!("{path}.ip"), of("ip"), names::ip(of("ip")));
                if !of("hostname").is_empty() {
                    causes.invalid_text(format!("{path}.hostname"), of("hostname"), names::label(of("hostname")));
                }
                if !of("nodeName").is_empty() {
                    causes.invalid_text(format!("{path}.nodeName"), of("nodeName"), names::subdomain(of("nodeName")));
                }
                not_special(of("ip"), &format!("{path}.ip"), causes);
            }
        }
        let ports = items(&subset["ports"]);
        for (at, port) in ports.iter().enumerate() {
            let path = format!("{path}.ports[{at}]");
            match text(&port["name"]) {
                "" if ports.len() > 1 => causes.required(format!("{path}.name"), ""),
                "" => {}
                name => causes.invalid_text(format!("{path}.name"), name, names::label(name)),
            }
            causes.port(format!("{path}.port"), port["port"].as_i64().unwrap_or_default());
            match text(&port["protocol"]) {
                "" => causes.required(format!("{path}.protocol"), ""),
                protocol => causes.one_of(format!("{path}.protocol"), protocol, PROTOCOLS),
            }
        }
    }
}
