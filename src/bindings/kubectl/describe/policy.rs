//! PodDisruptionBudgets, PriorityClasses and NetworkPolicies.

use serde_json::Value;

use super::json::{flag, int, items, joined, show, text, text_or, timestamp};
use super::page::Page;
use super::{Describer, Related, Result, meta};

pub(super) const DISRUPTION_BUDGET: Describer =
    Describer { group: "policy", kind: "PodDisruptionBudget", ..Describer::new(write_budget) };
pub(super) const PRIORITY_CLASS: Describer =
    Describer { group: "scheduling.k8s.io", kind: "PriorityClass", ..Describer::new(write_priority) };
pub(super) const NETWORK_POLICY: Describer =
    Describer { group: "networking.k8s.io", kind: "NetworkPolicy", events: false, ..Describer::new(write_network) };

fn write_budget(page: &mut Page, budget: &Value, _: &Related) -> Result {
    let (spec, status) = (&budget["spec"], &budget["status"]);
    meta::name_and_namespace(page, budget);
    if !spec["minAvailable"].is_null() {
        page.field(0, "Min available", show(&spec["minAvailable"]));
    } else if !spec["maxUnavailable"].is_null() {
        page.field(0, "Max unavailable", show(&spec["maxUnavailable"]));
    }
    page.field(
        0,
        "Selector",
        match &spec["selector"] {
            Value::Null => "<unset>".to_owned(),
            selector => meta::selector_or_none(selector),
        },
    );
    page.line(0, "Status:");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        page.field(2, title, int(&status[field]));
    }
    Ok(())
}

fn write_priority(page: &mut Page, class: &Value, _: &Related) -> Result {
    page.field(0, "Name", text(&class["metadata"]["name"]));
    page.field(0, "Value", int(&class["value"]));
    page.field(0, "GlobalDefault", flag(&class["globalDefault"]));
    page.field(0, "Description", text(&class["description"]));
    page.field(0, "Annotations", meta::pairs_on_a_line(&class["metadata"]["annotations"]));
    Ok(())
}

/// One direction of traffic: its name, the rules' field, what it concerns, the peers' field, title and meaning.
struct Direction {
    name: &'static str,
    kind: &'static str,
    peers: &'static str,
    title: &'static str,
    unrestricted: &'static str,
}

const DIRECTIONS: [Direction; 2] = [
    Direction { name: "ingress", kind: "Ingress", peers: "from", title: "From", unrestricted: "source" },
    Direction { name: "egress", kind: "Egress", peers: "to", title: "To", unrestricted: "destination" },
];

fn write_network(page: &mut Page, policy: &Value, _: &Related) -> Result {
    let spec = &policy["spec"];
    meta::name_and_namespace(page, policy);
    let created = timestamp(&policy["metadata"]["creationTimestamp"]);
    let created = created.map(|time| time.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string());
    page.field(0, "Created on", created.unwrap_or_default());
    meta::labels_and_annotations(page, policy);
    page.line(0, "Spec:");
    let pods = match meta::selector(&spec["podSelector"]).as_str() {
        "" => "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned(),
        selector => selector.to_owned(),
    };
    // kubectl indents both pieces of this line.
    page.line(1, format!("PodSelector:     {pods}"));
    for direction in &DIRECTIONS {
        if items(&spec["policyTypes"]).iter().any(|kind| kind == direction.kind) {
            page.line(1, format!("Allowing {} traffic:", direction.name));
            rules(page, direction, items(&spec[direction.name]));
        } else {
            page.line(1, format!("Not affecting {} traffic", direction.name));
        }
    }
    let types = joined(&spec["policyTypes"], ", ");
    page.line(1, format!("Policy Types: {}", if types.is_empty() { "<none>" } else { &types }));
    Ok(())
}

fn rules(page: &mut Page, direction: &Direction, rules: &[Value]) {
    if rules.is_empty() {
        page.line(2, format!("<none> (Selected pods are isolated for {} connectivity)", direction.name));
    }
    for (place, rule) in rules.iter().enumerate() {
        if place > 0 {
            page.line(2, "----------");
        }
        if items(&rule["ports"]).is_empty() {
            page.line(2, "To Port: <any> (traffic allowed to all ports)");
        }
        for port in items(&rule["ports"]) {
            page.line(2, format!("To Port: {}/{}", show(&port["port"]), text_or(&port["protocol"], "TCP")));
        }
        let (peers, title) = (items(&rule[direction.peers]), direction.title);
        if peers.is_empty() {
            page.line(2, format!("{title}: <any> (traffic not restricted by {})", direction.unrestricted));
        }
        for peer in peers {
            page.line(2, format!("{title}:"));
            self::peer(page, peer);
        }
    }
}

fn peer(page: &mut Page, peer: &Value) {
    let selectors = [("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")];
    let mut selected = false;
    for (title, field) in selectors.into_iter().filter(|(_, field)| !peer[*field].is_null()) {
        selected = true;
        page.line(3, format!("{title}: {}", meta::selector_or_none(&peer[field])));
    }
    let block = &peer["ipBlock"];
    if !selected && !block.is_null() {
        page.line(3, "IPBlock:");
        page.line(4, format!("CIDR: {}", text(&block["cidr"])));
        page.line(4, format!("Except: {}", joined(&block["except"], ", ")));
    }
}
