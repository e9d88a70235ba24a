//! Pods.

use serde_json::Value;

use super::super::sort;
use super::container::{self, Place};
use super::json::{int, items, quantity, sorted, text, time};
use super::page::Page;
use super::{Describer, Related, Result, meta, volume};
use crate::render::Quantity;

pub(super) const DESCRIBER: Describer = Describer { group: "", kind: "Pod", ..Describer::new(write) };

fn write(page: &mut Page, pod: &Value, _: &Related) -> Result {
    let (metadata, spec, status) = (&pod["metadata"], &pod["spec"], &pod["status"]);
    meta::name_and_namespace(page, pod);
    if !spec["priority"].is_null() {
        page.field(0, "Priority", int(&spec["priority"]));
    }
    if !text(&spec["priorityClassName"]).is_empty() {
        page.field(0, "Priority Class Name", text(&spec["priorityClassName"]));
    }
    match text(&spec["nodeName"]) {
        "" => page.field(0, "Node", "<none>"),
        node => page.field(0, "Node", format!("{node}/{}", text(&status["hostIP"]))),
    }
    if !status["startTime"].is_null() {
        page.field(0, "Start Time", time(&status["startTime"]));
    }
    meta::labels_and_annotations(page, pod);
    if metadata["deletionTimestamp"].is_null() {
        page.field(0, "Status", text(&status["phase"]));
    } else {
        page.field(0, "Status", format!("Terminating (lasts {})", page.age(&metadata["deletionTimestamp"])));
        page.field(0, "Termination Grace Period", format!("{}s", int(&metadata["deletionGracePeriodSeconds"])));
    }
    for (title, field) in [("Reason", "reason"), ("Message", "message")] {
        if !text(&status[field]).is_empty() {
            page.field(0, title, text(&status[field]));
        }
    }
    page.field(0, "IP", text(&status["podIP"]));
    addresses(page, &status["podIPs"]);
    meta::controlled_by(page, pod);
    if !text(&status["nominatedNodeName"]).is_empty() {
        page.field(0, "NominatedNodeName", text(&status["nominatedNodeName"]));
    }
    let place = Place::Pod(pod);
    if !items(&spec["initContainers"]).is_empty() {
        container::write(page, "Init Containers", &spec["initContainers"], &status["initContainerStatuses"], place);
    }
    container::write(page, "Containers", &spec["containers"], &status["containerStatuses"], place);
    if !items(&spec["ephemeralContainers"]).is_empty() {
        let (containers, statuses) = (&spec["ephemeralContainers"], &status["ephemeralContainerStatuses"]);
        container::write(page, "Ephemeral Containers", containers, statuses, place);
    }
    conditions(page, spec, status);
    volume::write(page, &spec["volumes"], place);
    page.field(
        0,
        "QoS Class",
        match text(&status["qosClass"]) {
            "" => quality_of_service(spec),
            class => class,
        },
    );
    meta::pairs(page, "", "Node-Selectors", &spec["nodeSelector"]);
    tolerations(page, &spec["tolerations"]);
    Ok(())
}

fn addresses(page: &mut Page, addresses: &Value) {
    if items(addresses).is_empty() {
        page.field(0, "IPs", "<none>");
        return;
    }
    page.line(0, "IPs:");
    for address in items(addresses) {
        page.field(1, "IP", text(&address["ip"]));
    }
}

fn conditions(page: &mut Page, spec: &Value, status: &Value) {
    let conditions = items(&status["conditions"]);
    // The blank behind each cell is kubectl's.
    if !items(&spec["readinessGates"]).is_empty() {
        page.line(0, "Readiness Gates:\n  Type\tStatus");
        for gate in items(&spec["readinessGates"]) {
            let condition = conditions.iter().find(|condition| condition["type"] == gate["conditionType"]);
            let status = condition.map_or("<none>", |condition| text(&condition["status"]));
            page.line(1, format!("{} \t{status} ", text(&gate["conditionType"])));
        }
    }
    if !conditions.is_empty() {
        page.line(0, "Conditions:\n  Type\tStatus");
        for condition in conditions {
            page.line(1, format!("{} \t{} ", text(&condition["type"]), text(&condition["status"])));
        }
    }
}

fn tolerations(page: &mut Page, tolerations: &Value) {
    let mut tolerations: Vec<&Value> = items(tolerations).iter().collect();
    sort::sort(&mut tolerations, |a, b| text(&a["key"]) < text(&b["key"]));
    let lines: Vec<String> = tolerations.into_iter().map(toleration).collect();
    meta::lines_under(page, "", "Tolerations", &lines);
}

fn toleration(toleration: &Value) -> String {
    let part = |field: &str| text(&toleration[field]);
    let mut line = part("key").to_owned();
    if !part("value").is_empty() {
        line.push_str(&format!("={}", part("value")));
    }
    if !part("effect").is_empty() {
        line.push_str(&format!(":{}", part("effect")));
    }
    if part("operator") == "Exists" && part("value").is_empty() {
        line.push_str(if line.is_empty() { "op=Exists" } else { " op=Exists" });
    }
    if !toleration["tolerationSeconds"].is_null() {
        line.push_str(&format!(" for {}s", int(&toleration["tolerationSeconds"])));
    }
    line
}

/// The class that a Pod belongs to by its requests and limits, for a Pod whose status does not tell.
fn quality_of_service(spec: &Value) -> &'static str {
    let containers = items(&spec["containers"]);
    let amounts = |sort: &str, name: &str| -> Vec<Quantity> {
        let amounts = containers.iter().map(|container| quantity(&container["resources"][sort][name]));
        amounts.filter(|amount| *amount > Quantity::ZERO).collect()
    };
    let total = |amounts: &[Quantity]| amounts.iter().fold(Quantity::ZERO, |sum, amount| sum + *amount);
    let each = ["cpu", "memory"].map(|name| (amounts("requests", name), amounts("limits", name)));
    if each.iter().all(|(requests, limits)| requests.is_empty() && limits.is_empty()) {
        return "BestEffort";
    }
    let guaranteed = each.iter().all(|(requests, limits)| {
        limits.len() == containers.len() && !requests.is_empty() && total(requests) == total(limits)
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}

/// What the scheduler counts for a Pod: the sum of its containers, at least what its init containers need, and the
/// overhead; requests and limits by resource.
pub(super) fn requests_and_limits(pod: &Value) -> [Vec<(&str, Quantity)>; 2] {
    let spec = &pod["spec"];
    ["requests", "limits"].map(|sort| {
        let mut totals: Vec<(&str, Quantity)> = Vec::new();
        for container in items(&spec["containers"]) {
            for (name, amount) in sorted(&container["resources"][sort]) {
                add(&mut totals, name, quantity(amount));
            }
        }
        for container in items(&spec["initContainers"]) {
            for (name, amount) in sorted(&container["resources"][sort]) {
                let amount = quantity(amount);
                match totals.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, total)) => *total = (*total).max(amount),
                    None => totals.push((name, amount)),
                }
            }
        }
        for (name, amount) in sorted(&spec["overhead"]) {
            // A limit that is not set stays unlimited.
            if sort == "requests" || totals.iter().any(|(known, total)| *known == name && !total.is_zero()) {
                add(&mut totals, name, quantity(amount));
            }
        }
        totals
    })
}

/// Adds an amount to the total of its resource.
pub(super) fn add<'a>(totals: &mut Vec<(&'a str, Quantity)>, name: &'a str, amount: Quantity) {
    match totals.iter_mut().find(|(known, _)| *known == name) {
        Some((_, total)) => *total = *total + amount,
        None => totals.push((name, amount)),
    }
}
