//! Cells of what makes Pods.

use serde_json::{Value, json};

use super::{NONE, Printed, elapsed, moment};

const TEMPLATE: &str = "/spec/template/spec/containers";

pub(super) fn deployment(of: Printed<'_>) -> Value {
    let (names, images) = of.containers(TEMPLATE);
    let ready = format!("{}/{}", of.number("/status/readyReplicas"), of.number("/spec/replicas"));
    let (updated, available) = (of.number("/status/updatedReplicas"), of.number("/status/availableReplicas"));
    json!([of.name(), ready, updated, available, of.age(), names, images, of.selector("/spec/selector")])
}

/// Also of replication controllers, whose selector is plain labels.
pub(super) fn replica_set(of: Printed<'_>) -> Value {
    let (names, images) = of.containers(TEMPLATE);
    let plain = of.object["kind"] == "ReplicationController";
    let selector = if plain { of.labels("/spec/selector") } else { of.selector("/spec/selector") };
    let (current, ready) = (of.number("/status/replicas"), of.number("/status/readyReplicas"));
    json!([of.name(), of.number("/spec/replicas"), current, ready, of.age(), names, images, selector])
}

pub(super) fn daemon_set(of: Printed<'_>) -> Value {
    let (names, images) = of.containers(TEMPLATE);
    json!([
        of.name(),
        of.number("/status/desiredNumberScheduled"),
        of.number("/status/currentNumberScheduled"),
        of.number("/status/numberReady"),
        of.number("/status/updatedNumberScheduled"),
        of.number("/status/numberAvailable"),
        of.labels("/spec/template/spec/nodeSelector"),
        of.age(),
        names,
        images,
        of.selector("/spec/selector"),
    ])
}

pub(super) fn stateful_set(of: Printed<'_>) -> Value {
    let (names, images) = of.containers(TEMPLATE);
    let ready = format!("{}/{}", of.number("/status/readyReplicas"), of.number("/spec/replicas"));
    json!([of.name(), ready, of.age(), names, images])
}

pub(super) fn job(of: Printed<'_>) -> Value {
    let (names, images) = of.containers(TEMPLATE);
    let (succeeded, parallel) = (of.number("/status/succeeded"), of.number("/spec/parallelism"));
    let completions = match of.at("/spec/completions").as_i64() {
        Some(wanted) => format!("{succeeded}/{wanted}"),
        None if parallel > 1 => format!("{succeeded}/1 of {parallel}"),
        None => format!("{succeeded}/1"),
    };
    let duration = match (moment(of.at("/status/startTime")), moment(of.at("/status/completionTime"))) {
        (Some(start), end) => elapsed(start, end.unwrap_or(of.now)),
        (None, _) => String::new(),
    };
    json!([of.name(), completions, duration, of.age(), names, images, of.selector("/spec/selector")])
}

pub(super) fn cron_job(of: Printed<'_>) -> Value {
    let (names, images) = of.containers("/spec/jobTemplate/spec/template/spec/containers");
    let last = of.at("/status/lastScheduleTime");
    let suspend = match of.at("/spec/suspend").as_bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    };
    json!([
        of.name(),
        of.text("/spec/schedule"),
        suspend,
        of.count("/status/active"),
        if last.is_null() { NONE.to_owned() } else { of.since(last) },
        of.age(),
        names,
        images,
        of.selector("/spec/jobTemplate/spec/selector"),
    ])
}

pub(super) fn template(of: Printed<'_>) -> Value {
    let (names, images) = of.containers("/template/spec/containers");
    json!([of.name(), names, images, of.labels("/template/metadata/labels")])
}

pub(super) fn revision(of: Printed<'_>) -> Value {
    let owner = of.list("/metadata/ownerReferences").iter().find(|owner| owner["controller"] == true);
    let owner = owner.map_or(NONE.to_owned(), |owner| {
        let text = |field: &str| owner[field].as_str().unwrap_or_default();
        let kind = text("kind").to_lowercase();
        match text("apiVersion").split_once('/') {
            Some((group, _)) => format!("{kind}.{group}/{}", text("name")),
            None => format!("{kind}/{}", text("name")),
        }
    });
    json!([of.name(), owner, of.number("/revision"), of.age()])
}

pub(super) fn budget(of: Printed<'_>) -> Value {
    let amount = |pointer: &str| match of.at(pointer) {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => "N/A".to_owned(),
    };
    json!([
        of.name(),
        amount("/spec/minAvailable"),
        amount("/spec/maxUnavailable"),
        of.number("/status/disruptionsAllowed"),
        of.age(),
    ])
}

/// Of autoscaling/v1, which has one target: the part of the CPU that is asked for.
pub(super) fn autoscaler(of: Printed<'_>) -> Value {
    let reference = format!("{}/{}", of.text("/spec/scaleTargetRef/kind"), of.text("/spec/scaleTargetRef/name"));
    let cpu = of.at("/spec/targetCPUUtilizationPercentage").as_i64().map(|target| {
        let current = of.at("/status/currentCPUUtilizationPercentage").as_i64();
        let current = current.map_or("<unknown>".to_owned(), |current| format!("{current}%"));
        format!("{current}/{target}%")
    });
    let others = of.at("/metadata/annotations")["autoscaling.alpha.kubernetes.io/metrics"].as_str();
    let others: Vec<Value> = others.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let all: Vec<String> = cpu.into_iter().chain(others.iter().map(target)).collect();
    let target = match all.len() {
        0 => NONE.to_owned(),
        1 | 2 => all.join(", "),
        more => format!("{} + {} more...", all[..2].join(", "), more - 2),
    };
    let least = of.at("/spec/minReplicas").as_i64().map_or("<unset>".to_owned(), |least| least.to_string());
    let (most, current) = (of.number("/spec/maxReplicas"), of.number("/status/currentReplicas"));
    json!([of.name(), reference, target, least, most, current, of.age()])
}

/// What a metric other than that of the CPU is to be; nobody knows what it is. `formatHPAMetrics`.
fn target(metric: &Value) -> String {
    let part = ["resource", "containerResource", "pods", "object", "external"].into_iter().map(|part| &metric[part]);
    let part = part.into_iter().find(|part| part.is_object()).unwrap_or(metric);
    let of = |field: &str| part[field].as_str().map(str::to_owned);
    let average = |text: String| match metric["type"].as_str() {
        Some("External" | "Object") => format!("{text} (avg)"),
        _ => text,
    };
    let percent = part["targetAverageUtilization"].as_i64().map(|percent| format!("{percent}%"));
    let averages = of("targetAverageValue").or_else(|| of("averageValue")).map(average);
    format!("<unknown>/{}", percent.or(averages).or_else(|| of("targetValue")).unwrap_or_default())
}
