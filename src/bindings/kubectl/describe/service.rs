//! Services, with the addresses behind them.

use serde_json::Value;

use super::json::{int, items, joined, joined_or_none, show, text, text_or};
use super::page::Page;
use super::{Describer, Need, Related, Result, meta};

pub(super) const DESCRIBER: Describer = Describer { group: "", kind: "Service", needs, ..Describer::new(write) };

/// Addresses that are shown of one port.
const SHOWN: usize = 3;

fn needs(service: &Value) -> Vec<Need> {
    let metadata = &service["metadata"];
    vec![Need::one("endpoints", metadata["namespace"].as_str(), text(&metadata["name"]))]
}

fn write(page: &mut Page, service: &Value, related: &Related) -> Result {
    let spec = &service["spec"];
    let none = Value::Null;
    let endpoints = related.one("endpoints").unwrap_or(&none);
    meta::name_and_namespace(page, service);
    meta::labels_and_annotations(page, service);
    page.field(0, "Selector", meta::pairs_on_a_line(&spec["selector"]));
    page.field(0, "Type", text(&spec["type"]));
    if !spec["ipFamilyPolicy"].is_null() {
        page.field(0, "IP Family Policy", text(&spec["ipFamilyPolicy"]));
    }
    page.field(0, "IP Families", joined_or_none(&spec["ipFamilies"]));
    page.field(0, "IP", text(&spec["clusterIP"]));
    page.field(0, "IPs", joined_or_none(&spec["clusterIPs"]));
    let ingress = items(&service["status"]["loadBalancer"]["ingress"]).iter();
    let ingress: Vec<&str> = ingress.map(|entry| text_or(&entry["ip"], text(&entry["hostname"]))).collect();
    for (title, value) in [
        ("External IPs", joined(&spec["externalIPs"], ",")),
        ("IP", text(&spec["loadBalancerIP"]).to_owned()),
        ("External Name", text(&spec["externalName"]).to_owned()),
        ("LoadBalancer Ingress", ingress.join(", ")),
    ] {
        if !value.is_empty() {
            page.field(0, title, value);
        }
    }
    for port in items(&spec["ports"]) {
        let (name, protocol) = (text_or(&port["name"], "<unset>"), text(&port["protocol"]));
        page.field(0, "Port", format!("{name}\t{}/{protocol}", int(&port["port"])));
        page.field(0, "TargetPort", format!("{}/{protocol}", show(&port["targetPort"])));
        if int(&port["nodePort"]) != 0 {
            page.field(0, "NodePort", format!("{name}\t{}/{protocol}", int(&port["nodePort"])));
        }
        page.field(0, "Endpoints", addresses(endpoints, text(&port["name"])));
    }
    page.field(0, "Session Affinity", text(&spec["sessionAffinity"]));
    if !text(&spec["externalTrafficPolicy"]).is_empty() {
        page.field(0, "External Traffic Policy", text(&spec["externalTrafficPolicy"]));
    }
    if int(&spec["healthCheckNodePort"]) != 0 {
        page.field(0, "HealthCheck NodePort", int(&spec["healthCheckNodePort"]));
    }
    if !items(&spec["loadBalancerSourceRanges"]).is_empty() {
        page.field(0, "LoadBalancer Source Ranges", joined(&spec["loadBalancerSourceRanges"], ","));
    }
    Ok(())
}

/// The first addresses behind a port, and how many more there are.
pub(super) fn addresses(endpoints: &Value, port_name: &str) -> String {
    let subsets = items(&endpoints["subsets"]);
    if subsets.is_empty() {
        return "<none>".to_owned();
    }
    let mut all = Vec::new();
    for subset in subsets {
        let ips = || items(&subset["addresses"]).iter().map(|address| text(&address["ip"]));
        if items(&subset["ports"]).is_empty() {
            all.extend(ips().map(str::to_owned));
        }
        for port in items(&subset["ports"]).iter().filter(|port| text(&port["name"]) == port_name) {
            let number = int(&port["port"]);
            all.extend(
                ips().map(|ip| if ip.contains(':') { format!("[{ip}]:{number}") } else { format!("{ip}:{number}") }),
            );
        }
    }
    match all.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{} + {more} more...", all[..SHOWN].join(",")),
        _ => all.join(","),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shows_three_addresses_and_counts_the_others() {
        let with = |ips: &[&str]| {
            let ips: Vec<Value> = ips.iter().map(|ip| json!({"ip": ip})).collect();
            json!({"subsets": [{"addresses": ips, "ports": [{"name": "web", "port": 80}, {"name": "x", "port": 1}]}]})
        };
        assert_eq!(addresses(&Value::Null, "web"), "<none>");
        assert_eq!(addresses(&with(&["1.1.1.1", "::2"]), "web"), "1.1.1.1:80,[::2]:80");
        assert_eq!(addresses(&with(&["1", "2", "3", "4", "5"]), "web"), "1:80,2:80,3:80 + 2 more...");
        assert_eq!(addresses(&json!({"subsets": [{"addresses": [{"ip": "1"}]}]}), ""), "1");
    }
}
