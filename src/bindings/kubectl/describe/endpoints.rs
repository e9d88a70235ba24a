//! Endpoints and EndpointSlices.

use serde_json::Value;

use super::json::{int, items, joined_or_none, or_unset, text, text_or};
use super::page::Page;
use super::{Describer, Related, Result, meta};

pub(super) const ENDPOINTS: Describer = Describer { group: "", kind: "Endpoints", ..Describer::new(write) };
pub(super) const SLICE: Describer =
    Describer { group: "discovery.k8s.io", kind: "EndpointSlice", ..Describer::new(write_slice) };

const TITLES: [&str; 3] = ["Name", "Port", "Protocol"];
const RULES: [&str; 3] = ["----", "----", "--------"];

fn write(page: &mut Page, endpoints: &Value, _: &Related) -> Result {
    meta::name_and_namespace(page, endpoints);
    meta::labels_and_annotations(page, endpoints);
    page.line(0, "Subsets:");
    for subset in items(&endpoints["subsets"]) {
        for (title, field) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
            let ips: Value = items(&subset[field]).iter().map(|address| address["ip"].clone()).collect();
            page.field(1, title, joined_or_none(&ips));
        }
        if !items(&subset["ports"]).is_empty() {
            page.line(1, "Ports:");
            page.head(2, &TITLES, &RULES);
        }
        for port in items(&subset["ports"]) {
            let (name, protocol) = (text_or(&port["name"], "<unset>"), text(&port["protocol"]));
            page.line(2, format!("{name}\t{}\t{protocol}", int(&port["port"])));
        }
        page.line(0, "");
    }
    Ok(())
}

fn write_slice(page: &mut Page, slice: &Value, _: &Related) -> Result {
    meta::name_and_namespace(page, slice);
    meta::labels_and_annotations(page, slice);
    page.field(0, "AddressType", text(&slice["addressType"]));
    if items(&slice["ports"]).is_empty() {
        page.line(0, "Ports: <unset>");
    } else {
        page.line(0, "Ports:");
        page.head(1, &TITLES, &RULES);
    }
    for port in items(&slice["ports"]) {
        let (name, protocol) = (text_or(&port["name"], "<unset>"), text(&port["protocol"]));
        page.line(1, format!("{name}\t{}\t{protocol}", or_unset(&port["port"])));
    }
    page.line(0, if items(&slice["endpoints"]).is_empty() { "Endpoints: <none>" } else { "Endpoints:" });
    for endpoint in items(&slice["endpoints"]) {
        page.field(1, "- Addresses", joined_or_none(&endpoint["addresses"]));
        page.line(2, "Conditions:");
        page.field(3, "Ready", or_unset(&endpoint["conditions"]["ready"]));
        page.field(2, "Hostname", or_unset(&endpoint["hostname"]));
        let target = &endpoint["targetRef"];
        if !target.is_null() {
            page.field(2, "TargetRef", format!("{}/{}", text(&target["kind"]), text(&target["name"])));
        }
        meta::pairs(page, "    ", "Topology", &endpoint["topology"]);
    }
    Ok(())
}
