//! Cells of the cluster's own objects.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{NONE, Printed, or};

pub(super) fn node(of: Printed<'_>) -> Value {
    let ready = of.list("/status/conditions").iter().find(|condition| condition["type"] == "Ready");
    let mut status = match ready.map(|condition| condition["status"] == "True") {
        Some(true) => "Ready",
        Some(false) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if of.at("/spec/unschedulable") == true {
        status.push_str(",SchedulingDisabled");
    }
    let address = |kind: &str| {
        let found = of.list("/status/addresses").iter().find(|address| address["type"] == kind);
        found.and_then(|address| address["address"].as_str()).unwrap_or(NONE).to_owned()
    };
    let info = |field: &str| of.text(&format!("/status/nodeInfo/{field}"));
    json!([
        of.name(),
        status,
        roles(of),
        of.age(),
        info("kubeletVersion"),
        address("InternalIP"),
        address("ExternalIP"),
        or(info("osImage"), "<unknown>"),
        or(info("kernelVersion"), "<unknown>"),
        or(info("containerRuntimeVersion"), "<unknown>"),
    ])
}

/// What labels say that a node is for.
fn roles(of: Printed<'_>) -> String {
    let labels = of.at("/metadata/labels").as_object().into_iter().flatten();
    let roles = labels.filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
        None if key == "kubernetes.io/role" => value.as_str(),
        role => role,
    });
    let roles: BTreeSet<&str> = roles.filter(|role| !role.is_empty()).collect();
    if roles.is_empty() { NONE.to_owned() } else { roles.into_iter().collect::<Vec<_>>().join(",") }
}

pub(super) fn component(of: Printed<'_>) -> Value {
    let healthy = of.list("/conditions").iter().find(|condition| condition["type"] == "Healthy");
    let text = |field: &str| healthy.and_then(|healthy| healthy[field].as_str()).unwrap_or_default();
    let status = match text("status") {
        "True" => "Healthy",
        "False" => "Unhealthy",
        _ => "Unknown",
    };
    json!([of.name(), status, text("message"), text("error")])
}

pub(super) fn binding(of: Printed<'_>) -> Value {
    let role = format!("{}/{}", of.text("/roleRef/kind"), of.text("/roleRef/name"));
    let subjects = |kind: &str| {
        let subjects = of.list("/subjects").iter().filter(|subject| subject["kind"] == kind);
        let text = |subject: &Value, field: &str| subject[field].as_str().unwrap_or_default().to_owned();
        let names = subjects.map(|subject| match (kind, text(subject, "namespace")) {
            ("ServiceAccount", namespace) if !namespace.is_empty() => format!("{namespace}/{}", text(subject, "name")),
            _ => text(subject, "name"),
        });
        names.collect::<Vec<_>>().join(", ")
    };
    json!([of.name(), role, of.age(), subjects("User"), subjects("Group"), subjects("ServiceAccount")])
}

/// What is used of what there is, requests and limits apart.
pub(super) fn quota(of: Printed<'_>) -> Value {
    let mut names: Vec<&String> =
        of.at("/status/hard").as_object().into_iter().flatten().map(|(name, _)| name).collect();
    names.sort();
    let (limits, requests): (Vec<&String>, Vec<&String>) =
        names.into_iter().partition(|name| name.starts_with("limits"));
    let text = |names: Vec<&String>| {
        let amount = |of: &Value| match of {
            Value::String(text) => text.clone(),
            Value::Null => "0".to_owned(),
            other => other.to_string(),
        };
        let parts = names.into_iter().map(|name| {
            let (used, hard) = (&of.at("/status/used")[name.as_str()], &of.at("/status/hard")[name.as_str()]);
            format!("{name}: {}/{}", amount(used), amount(hard))
        });
        parts.collect::<Vec<_>>().join(", ")
    };
    json!([of.name(), of.age(), text(requests), text(limits)])
}

pub(super) fn api_service(of: Printed<'_>) -> Value {
    let service = match of.text("/spec/service/name") {
        "" => "Local".to_owned(),
        name => format!("{}/{name}", of.text("/spec/service/namespace")),
    };
    let available = of.list("/status/conditions").iter().find(|condition| condition["type"] == "Available");
    let available = available.map_or("Unknown".to_owned(), |condition| {
        let text = |field: &str| condition[field].as_str().unwrap_or_default();
        match text("status") {
            "True" => "True".to_owned(),
            status => format!("{status} ({})", text("reason")),
        }
    });
    json!([of.name(), service, available, of.age()])
}

pub(super) fn flow_schema(of: Printed<'_>) -> Value {
    let dangling = of.list("/status/conditions").iter().find(|condition| condition["type"] == "Dangling");
    let dangling = dangling.and_then(|condition| condition["status"].as_str()).unwrap_or("?");
    json!([
        of.name(),
        of.text("/spec/priorityLevelConfiguration/name"),
        of.number("/spec/matchingPrecedence"),
        of.text_or_none("/spec/distinguisherMethod/type"),
        of.age(),
        dangling,
    ])
}

pub(super) fn priority_level(of: Printed<'_>) -> Value {
    let number = |pointer: &str| of.at(pointer).as_i64().map_or(json!(NONE), |number| json!(number));
    let queue = |field: &str| number(&format!("/spec/limited/limitResponse/queuing/{field}"));
    json!([
        of.name(),
        of.text("/spec/type"),
        number("/spec/limited/assuredConcurrencyShares"),
        queue("queues"),
        queue("handSize"),
        queue("queueLengthLimit"),
        of.age(),
    ])
}

pub(super) fn signing_request(of: Printed<'_>) -> Value {
    let has = |name: &str| of.list("/status/conditions").iter().any(|condition| condition["type"] == name);
    let mut status = match () {
        () if has("Denied") => "Denied",
        () if has("Approved") => "Approved",
        () => "Pending",
    }
    .to_owned();
    if has("Failed") {
        status.push_str(",Failed");
    }
    if !of.text("/status/certificate").is_empty() {
        status.push_str(",Issued");
    }
    json!([of.name(), of.age(), of.text_or_none("/spec/signerName"), of.text("/spec/username"), status])
}
