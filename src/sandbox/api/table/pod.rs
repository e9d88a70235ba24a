//! Pods' cells.

use serde_json::{Value, json};

use super::{NONE, Printed, or};

pub(super) fn pod(of: Printed<'_>) -> Value {
    let (ready, reason, restarts) = status(of);
    let gates = of.list("/spec/readinessGates");
    let passed = gates.iter().filter(|gate| condition(of, gate["conditionType"].as_str().unwrap_or_default())).count();
    let gates = if gates.is_empty() { NONE.to_owned() } else { format!("{passed}/{}", gates.len()) };
    json!([
        of.name(),
        format!("{ready}/{}", of.count("/spec/containers")),
        reason,
        restarts,
        of.age(),
        or(of.text("/status/podIPs/0/ip"), NONE),
        of.text_or_none("/spec/nodeName"),
        of.text_or_none("/status/nominatedNodeName"),
        gates,
    ])
}

/// A row, with the condition that says that a Pod is over.
pub(super) fn row(cells: Value, object: &Value) -> Value {
    let message = match object["status"]["phase"].as_str() {
        Some("Succeeded") => "The pod has completed successfully.",
        Some("Failed") => "The pod failed.",
        _ => return json!({"cells": cells}),
    };
    let condition =
        json!({"type": "Completed", "status": "True", "reason": object["status"]["phase"], "message": message});
    json!({"cells": cells, "conditions": [condition]})
}

fn condition(of: Printed<'_>, name: &str) -> bool {
    of.list("/status/conditions").iter().any(|condition| condition["type"] == name && condition["status"] == "True")
}

/// How many containers are ready, why the Pod is as it is, and how often containers were restarted.
fn status(of: Printed<'_>) -> (usize, String, i64) {
    let status = of.text("/status/reason");
    let mut reason = or(status, of.text("/status/phase")).to_owned();
    let (mut ready, mut restarts, mut running) = (0, 0, false);
    let initializing = initial(of, &mut restarts);
    if let Some(initial) = initializing {
        reason = initial;
    } else {
        restarts = 0;
        for container in of.list("/status/containerStatuses").iter().rev() {
            restarts += container["restartCount"].as_i64().unwrap_or_default();
            let state = &container["state"];
            let waits = state["waiting"]["reason"].as_str().unwrap_or_default();
            if !waits.is_empty() {
                reason = waits.to_owned();
            } else if state["terminated"].is_object() {
                reason = ended(&state["terminated"]);
            } else if container["ready"] == true && state["running"].is_object() {
                running = true;
                ready += 1;
            }
        }
        if reason == "Completed" && running {
            reason = if condition(of, "Ready") { "Running" } else { "NotReady" }.to_owned();
        }
    }
    if !of.at("/metadata/deletionTimestamp").is_null() {
        reason = if status == "NodeLost" { "Unknown" } else { "Terminating" }.to_owned();
    }
    (ready, reason, restarts)
}

/// The first init container that is not done, and why.
fn initial(of: Printed<'_>, restarts: &mut i64) -> Option<String> {
    for (index, container) in of.list("/status/initContainerStatuses").iter().enumerate() {
        *restarts += container["restartCount"].as_i64().unwrap_or_default();
        let (ended, waits) = (&container["state"]["terminated"], container["state"]["waiting"]["reason"].as_str());
        if ended.is_object() && ended["exitCode"].as_i64().unwrap_or_default() == 0 {
            continue;
        }
        return Some(match waits.unwrap_or_default() {
            _ if ended.is_object() => format!("Init:{}", self::ended(ended)),
            "" | "PodInitializing" => format!("Init:{index}/{}", of.count("/spec/initContainers")),
            reason => format!("Init:{reason}"),
        });
    }
    None
}

/// Why a container ended.
fn ended(state: &Value) -> String {
    let number = |field: &str| state[field].as_i64().unwrap_or_default();
    match (state["reason"].as_str().unwrap_or_default(), number("signal")) {
        ("", 0) => format!("ExitCode:{}", number("exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}
