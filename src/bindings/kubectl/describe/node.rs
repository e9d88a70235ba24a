//! Nodes, with their lease, their Pods and what these ask for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::sort;
use super::json::{flag, items, joined, quantity, sorted, text, text_or, time};
use super::page::Page;
use super::{Describer, Need, Related, Result, meta, pod, reason_of};
use crate::client::k8s::ListOptions;
use crate::render::Quantity;

pub(super) const DESCRIBER: Describer = Describer { group: "", kind: "Node", needs, ..Describer::new(write) };

/// Where the kubelets' leases are.
const LEASES: &str = "kube-node-lease";

fn needs(node: &Value) -> Vec<Need> {
    let name = text(&node["metadata"]["name"]);
    let running = format!("spec.nodeName={name},status.phase!=Succeeded,status.phase!=Failed");
    vec![
        Need::list("pods", None, ListOptions { fields: Some(running), ..ListOptions::default() }),
        Need::one("leases.coordination.k8s.io", Some(LEASES), name),
    ]
}

fn write(page: &mut Page, node: &Value, related: &Related) -> Result {
    let (metadata, spec, status) = (&node["metadata"], &node["spec"], &node["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Roles", roles(&metadata["labels"]));
    meta::labels_and_annotations(page, node);
    page.field(0, "CreationTimestamp", time(&metadata["creationTimestamp"]));
    taints(page, &spec["taints"]);
    page.field(0, "Unschedulable", flag(&spec["unschedulable"]));
    match related.one("leases.coordination.k8s.io") {
        Ok(lease) => self::lease(page, &lease["spec"]),
        Err(failure) => page.field(0, "Lease", format!("Failed to get lease: {}", reason_of(&failure))),
    }
    conditions(page, &status["conditions"]);
    page.line(0, "Addresses:");
    for address in items(&status["addresses"]) {
        page.field(1, text(&address["type"]), text(&address["address"]));
    }
    for (title, field) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        let amounts = sorted(&status[field]);
        if !amounts.is_empty() {
            page.line(0, format!("{title}:"));
        }
        for (name, amount) in amounts {
            page.field(1, name, quantity(amount));
        }
    }
    system(page, &status["nodeInfo"]);
    for (title, value) in [
        ("PodCIDR", text(&spec["podCIDR"]).to_owned()),
        ("PodCIDRs", joined(&spec["podCIDRs"], ",")),
        ("ProviderID", text(&spec["providerID"]).to_owned()),
    ] {
        if !value.is_empty() {
            page.field(0, title, value);
        }
    }
    match related.list("pods") {
        Ok(pods) => resources(page, status, pods),
        Err(failure) if failure.reason == "Forbidden" => page.line(0, "Pods:\tnot authorized"),
        Err(failure) => return Err(failure),
    }
    Ok(())
}

fn roles(labels: &Value) -> String {
    let roles: BTreeSet<&str> = sorted(labels)
        .into_iter()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None if key == "kubernetes.io/role" => value.as_str(),
            None => None,
        })
        .filter(|role| !role.is_empty())
        .collect();
    if roles.is_empty() { "<none>".to_owned() } else { roles.into_iter().collect::<Vec<_>>().join(",") }
}

fn taints(page: &mut Page, taints: &Value) {
    let mut taints: Vec<&Value> = items(taints).iter().collect();
    let key = |taint: &Value| format!("{},{}", text(&taint["effect"]), text(&taint["key"]));
    sort::sort(&mut taints, |a, b| key(a) < key(b));
    let lines: Vec<String> = taints
        .into_iter()
        .map(|taint| match (text(&taint["key"]), text(&taint["value"]), text(&taint["effect"])) {
            (key, "", "") => key.to_owned(),
            (key, value, "") => format!("{key}={value}:"),
            (key, "", effect) => format!("{key}:{effect}"),
            (key, value, effect) => format!("{key}={value}:{effect}"),
        })
        .collect();
    meta::lines_under(page, "", "Taints", &lines);
}

fn lease(page: &mut Page, spec: &Value) {
    page.line(0, "Lease:");
    page.field(1, "HolderIdentity", text_or(&spec["holderIdentity"], "<unset>"));
    for (title, field) in [("AcquireTime", "acquireTime"), ("RenewTime", "renewTime")] {
        page.field(1, title, if spec[field].is_null() { "<unset>".to_owned() } else { time(&spec[field]) });
    }
}

fn conditions(page: &mut Page, conditions: &Value) {
    if items(conditions).is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.head(
        1,
        &["Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message"],
        &["----", "------", "-----------------", "------------------", "------", "-------"],
    );
    for condition in items(conditions) {
        let [kind, status, reason, message] =
            ["type", "status", "reason", "message"].map(|field| text(&condition[field]));
        let [beat, change] = ["lastHeartbeatTime", "lastTransitionTime"].map(|field| time(&condition[field]));
        page.line(1, format!("{kind} \t{status} \t{beat} \t{change} \t{reason} \t{message}"));
    }
}

fn system(page: &mut Page, info: &Value) {
    page.line(0, "System Info:");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
        ("Kube-Proxy Version", "kubeProxyVersion"),
    ] {
        page.field(1, title, text(&info[field]));
    }
}

/// The node's Pods, and what they ask for against what can be given.
fn resources(page: &mut Page, status: &Value, pods: &[Value]) {
    let allocatable =
        Some(&status["allocatable"]).filter(|list| !sorted(list).is_empty()).unwrap_or(&status["capacity"]);
    page.field(0, "Non-terminated Pods", format!("({} in total)", pods.len()));
    page.head(
        1,
        &["Namespace", "Name\t", "CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits", "AGE"],
        &["---------", "----\t", "------------", "----------", "---------------", "-------------", "---"],
    );
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for pod in pods {
        let [of_requests, of_limits] = pod::requests_and_limits(pod);
        let cells: Vec<String> = ["cpu", "memory"]
            .into_iter()
            .flat_map(|name| [(name, &of_requests), (name, &of_limits)])
            .map(|(name, amounts)| share(name, total(amounts, name), quantity(&allocatable[name])))
            .collect();
        let [namespace, name] = ["namespace", "name"].map(|field| text(&pod["metadata"][field]));
        let age = page.age(&pod["metadata"]["creationTimestamp"]);
        page.line(1, format!("{namespace}\t{name}\t\t{}\t{age}", cells.join("\t")));
        of_requests.into_iter().for_each(|(name, amount)| pod::add(&mut requests, name, amount));
        of_limits.into_iter().for_each(|(name, amount)| pod::add(&mut limits, name, amount));
    }
    page.line(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    page.head(1, &["Resource", "Requests", "Limits"], &["--------", "--------", "------"]);
    let (huge, others): (Vec<_>, Vec<_>) =
        sorted(allocatable).into_iter().map(|(name, _)| name).partition(|name| name.starts_with("hugepages-"));
    for name in ["cpu", "memory", "ephemeral-storage"].into_iter().chain(huge) {
        let available = quantity(&allocatable[name]);
        let cells = [&requests, &limits].map(|amounts| {
            let amount = total(amounts, name);
            if available.is_zero() { format!("{amount} (0%)") } else { share(name, amount, available) }
        });
        page.line(1, format!("{name}\t{}\t{}", cells[0], cells[1]));
    }
    for name in others.into_iter().filter(|name| !matches!(*name, "cpu" | "memory" | "ephemeral-storage" | "pods")) {
        page.line(1, format!("{name}\t{}\t{}", total(&requests, name), total(&limits, name)));
    }
}

fn total(amounts: &[(&str, Quantity)], name: &str) -> Quantity {
    amounts.iter().find(|(known, _)| *known == name).map_or(Quantity::ZERO, |(_, amount)| *amount)
}

/// An amount and its share of what is available, in whole percent.
fn share(name: &str, amount: Quantity, available: Quantity) -> String {
    let units = |amount: Quantity| if name == "cpu" { amount.milli_value() } else { amount.value() } as f64;
    let percent = units(amount) / units(available) * 100.0;
    // Go turns what is no number into the smallest one.
    let percent = if percent.is_finite() { percent as i64 } else { i64::MIN };
    format!("{amount} ({percent}%)")
}
