//! Ingresses, their classes, and NetworkPolicies.
//!
//! Source: v1.20.2 `pkg/apis/networking/validation/validation.go`.

use serde_json::Value;

use super::causes::Causes;
use super::{go, items, meta, names, probe, text};

/// An Ingress.
pub(super) fn ingress(new: &Value, causes: &mut Causes) {
    let spec = &new["spec"];
    let class = &new["metadata"]["annotations"]["kubernetes.io/ingress.class"];
    if class.is_string() && spec["ingressClassName"].is_string() {
        let why = "can not be set when the class field is also set";
        causes.invalid("annotations.kubernetes.io/ingress.class", go::value(class), why);
    }
    let rules = items(&spec["rules"]);
    if rules.is_empty() && !spec["defaultBackend"].is_object() {
        let why = "either `defaultBackend` or `rules` must be specified";
        causes.invalid("spec", "[]networking.IngressRule(nil)", why);
    }
    if spec["defaultBackend"].is_object() {
        backend(&spec["defaultBackend"], "spec.defaultBackend", causes);
    }
    for (index, rule) in rules.iter().enumerate() {
        self::rule(rule, &format!("spec.rules[{index}]"), causes);
    }
    for (index, tls) in items(&spec["tls"]).iter().enumerate() {
        for (at, host) in items(&tls["hosts"]).iter().enumerate() {
            let host = text(host);
            let wrong = if host.contains('*') { names::wildcard(host) } else { names::subdomain(host) };
            causes.invalid_text(format!("spec.tls[{index}].hosts[{at}]"), host, wrong);
        }
    }
    let class = text(&spec["ingressClassName"]);
    if spec["ingressClassName"].is_string() {
        causes.invalid_text("spec.ingressClassName", class, names::subdomain(class));
    }
}

fn rule(rule: &Value, path: &str, causes: &mut Causes) {
    let host = text(&rule["host"]);
    if !host.is_empty() {
        let field = format!("{path}.host");
        if host.parse::<std::net::IpAddr>().is_ok() {
            causes.invalid(&field, format!("{host:?}"), "must be a DNS name, not an IP address");
        }
        let wrong = if host.contains('*') { names::wildcard(host) } else { names::subdomain(host) };
        let known = host.parse::<std::net::IpAddr>().is_ok();
        causes.invalid_text(&field, host, if known { Vec::new() } else { wrong });
    }
    if !rule["http"].is_object() {
        return;
    }
    let paths = items(&rule["http"]["paths"]);
    if paths.is_empty() {
        causes.required(format!("{path}.http.paths"), "");
    }
    for (index, own) in paths.iter().enumerate() {
        let path = format!("{path}.http.paths[{index}]");
        http_path(own, &path, causes);
        backend(&own["backend"], &format!("{path}.backend"), causes);
    }
}

fn http_path(own: &Value, path: &str, causes: &mut Causes) {
    const KINDS: &[&str] = &["Exact", "ImplementationSpecific", "Prefix"];
    let (place, field) = (text(&own["path"]), format!("{path}.path"));
    let shown = format!("{place:?}");
    match own["pathType"].as_str() {
        None => causes.required(format!("{path}.pathType"), "pathType must be specified"),
        Some("Exact" | "Prefix") => {
            if !place.starts_with('/') {
                causes.invalid(&field, &shown, "must be an absolute path");
            }
            for part in ["//", "/./", "/../", "%2f", "%2F"] {
                if place.contains(part) {
                    causes.invalid(&field, &shown, &format!("must not contain '{part}'"));
                }
            }
            for end in ["/..", "/."] {
                if place.ends_with(end) {
                    causes.invalid(&field, &shown, &format!("cannot end with '{end}'"));
                }
            }
        }
        Some("ImplementationSpecific") => {
            if !place.is_empty() && !place.starts_with('/') {
                causes.invalid(&field, &shown, "must be an absolute path");
            }
        }
        Some(kind) => causes.unsupported(format!("{path}.pathType"), format!("{kind:?}"), KINDS),
    }
}

fn backend(backend: &Value, path: &str, causes: &mut Causes) {
    let (service, resource) = (&backend["service"], backend["resource"].is_object());
    match (service.is_object(), resource) {
        (true, true) => causes.invalid(path, "\"\"", "cannot set both resource and service backends"),
        (false, false) => causes.invalid(path, "\"\"", "resource or service backend is required"),
        (false, true) => {}
        (true, false) => {
            let name = text(&service["name"]);
            if name.is_empty() {
                causes.required(format!("{path}.service.name"), "");
            } else {
                causes.invalid_text(format!("{path}.service.name"), name, names::label_1035(name));
            }
            let (port, number) = (text(&service["port"]["name"]), service["port"]["number"].as_i64().unwrap_or(0));
            if !port.is_empty() && number != 0 {
                causes.invalid(path, "\"\"", "cannot set both port name & port number");
            } else if !port.is_empty() {
                causes.invalid_text(format!("{path}.service.port.name"), port, names::port_name(port));
            } else if number != 0 {
                causes.port(format!("{path}.service.port.number"), number);
            } else {
                causes.required(path, "port name or number is required");
            }
        }
    }
}

/// An IngressClass.
pub(super) fn ingress_class(new: &Value, causes: &mut Causes) {
    let controller = text(&new["spec"]["controller"]);
    if controller.is_empty() {
        causes.required("spec.controller", "");
        return;
    }
    let fits = controller
        .split_once('/')
        .is_some_and(|(domain, path)| names::subdomain(domain).is_empty() && !path.is_empty());
    if controller.len() > 250 {
        causes.too_long("spec.controller", 250);
    }
    if !fits {
        let why = "must be a domain-prefixed path (such as \"acme.io/foo\")";
        causes.invalid("spec.controller", format!("{controller:?}"), why);
    }
}

/// A NetworkPolicy.
pub(super) fn policy(new: &Value, causes: &mut Causes) {
    let spec = &new["spec"];
    meta::selector(&spec["podSelector"], "spec.podSelector", causes);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (index, rule) in items(&spec[direction]).iter().enumerate() {
            let path = format!("spec.{direction}[{index}]");
            for (at, port) in items(&rule["ports"]).iter().enumerate() {
                let path = format!("{path}.ports[{at}]");
                if port["protocol"].is_string() {
                    let protocol = text(&port["protocol"]);
                    causes.one_of(format!("{path}.protocol"), protocol, &["TCP", "UDP", "SCTP"]);
                }
                if !port["port"].is_null() {
                    probe::port(&port["port"], &format!("{path}.port"), causes);
                }
            }
            for (at, peer) in items(&rule[peers]).iter().enumerate() {
                self::peer(peer, &format!("{path}.{peers}[{at}]"), causes);
            }
        }
    }
    let kinds = items(&spec["policyTypes"]);
    if kinds.len() > 2 {
        let shown = go::list("networking.PolicyType", &spec["policyTypes"]);
        causes.invalid("spec.policyTypes", shown, "may not specify more than two policyTypes");
        return;
    }
    for (index, kind) in kinds.iter().enumerate() {
        causes.one_of(format!("spec.policyTypes[{index}]"), text(kind), &["Ingress", "Egress"]);
    }
}

fn peer(peer: &Value, path: &str, causes: &mut Causes) {
    let mut kinds = 0;
    for kind in ["podSelector", "namespaceSelector"] {
        if peer[kind].is_object() {
            kinds += 1;
            meta::selector(&peer[kind], &format!("{path}.{kind}"), causes);
        }
    }
    let block = &peer["ipBlock"];
    if block.is_object() {
        kinds += 1;
        ip_block(block, &format!("{path}.ipBlock"), causes);
    }
    if kinds == 0 {
        causes.required(path, "must specify a peer");
    } else if kinds > 1 && block.is_object() {
        causes.forbidden(path, "may not specify both ipBlock and another peer");
    }
}

fn ip_block(block: &Value, path: &str, causes: &mut Causes) {
    let range = text(&block["cidr"]);
    if range.is_empty() {
        causes.required(format!("{path}.cidr"), "");
        return;
    }
    let Some(whole) = names::cidr(range) else {
        causes.invalid(format!("{path}.cidr"), format!("{range:?}"), "not a valid CIDR");
        return;
    };
    for (index, except) in items(&block["except"]).iter().enumerate() {
        let (except, field) = (text(except), format!("{path}.except[{index}]"));
        match names::cidr(except) {
            None => causes.invalid(field, format!("{except:?}"), "not a valid CIDR"),
            Some(part) if !within(part, whole) => {
                causes.invalid(field, format!("{except:?}"), "must be a strict subset of `cidr`");
            }
            Some(_) => {}
        }
    }
}

/// Whether a range is part of another, and not all of it.
fn within(part: (std::net::IpAddr, u8), whole: (std::net::IpAddr, u8)) -> bool {
    let bits = |address: std::net::IpAddr| match address {
        std::net::IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        std::net::IpAddr::V6(address) => address.to_bits(),
    };
    let mask = u128::MAX.checked_shl(128 - u32::from(whole.1)).unwrap_or(0);
    part.0.is_ipv4() == whole.0.is_ipv4() && part.1 > whole.1 && (bits(part.0) ^ bits(whole.0)) & mask == 0
}
