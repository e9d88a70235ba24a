//! HorizontalPodAutoscalers.

use serde_json::Value;

use super::json::{int, items, or_unset, quantity, text, text_or, time};
use super::page::Page;
use super::{Describer, Need, Related, Result, meta};

pub(super) const DESCRIBER: Describer =
    Describer { group: "autoscaling", kind: "HorizontalPodAutoscaler", needs, ..Describer::new(write) };

/// The version with all metrics: that of a server of 1.20, and its later name.
const WHOLE: [&str; 2] = ["horizontalpodautoscalers.v2beta2.autoscaling", "horizontalpodautoscalers.v2.autoscaling"];
const UNKNOWN: &str = "<unknown>";

fn needs(scaler: &Value) -> Vec<Need> {
    let (namespace, name) = (scaler["metadata"]["namespace"].as_str(), text(&scaler["metadata"]["name"]));
    WHOLE.map(|resource| Need::one(resource, namespace, name)).into()
}

fn write(page: &mut Page, _: &Value, related: &Related) -> Result {
    let scaler = related.one(WHOLE[0]).or_else(|failure| related.one(WHOLE[1]).map_err(|_| failure))?;
    let (spec, status) = (&scaler["spec"], &scaler["status"]);
    meta::name_and_namespace(page, scaler);
    meta::labels_and_annotations(page, scaler);
    page.field(0, "CreationTimestamp", time(&scaler["metadata"]["creationTimestamp"]));
    let target = &spec["scaleTargetRef"];
    page.field(0, "Reference", format!("{}/{}", text(&target["kind"]), text(&target["name"])));
    page.field(0, "Metrics", "( current / target )");
    for (place, metric) in items(&spec["metrics"]).iter().enumerate() {
        self::metric(page, metric, &status["currentMetrics"][place]);
    }
    page.field(0, "Min replicas", or_unset(&spec["minReplicas"]));
    page.field(0, "Max replicas", int(&spec["maxReplicas"]));
    if !spec["behavior"].is_null() {
        page.line(0, "Behavior:");
        behavior(page, "Scale Up", &spec["behavior"]["scaleUp"]);
        behavior(page, "Scale Down", &spec["behavior"]["scaleDown"]);
    }
    let (current, desired) = (int(&status["currentReplicas"]), int(&status["desiredReplicas"]));
    page.field(0, format!("{} pods", text(&target["kind"])), format!("{current} current / {desired} desired"));
    if !items(&status["conditions"]).is_empty() {
        page.line(0, "Conditions:");
        page.head(1, &["Type", "Status", "Reason", "Message"], &["----", "------", "------", "-------"]);
    }
    for condition in items(&status["conditions"]) {
        page.line(1, ["type", "status", "reason", "message"].map(|field| text(&condition[field])).join("\t"));
    }
    Ok(())
}

fn metric(page: &mut Page, metric: &Value, current: &Value) {
    let kind = text(&metric["type"]);
    let field = match kind {
        "External" => "external",
        "Pods" => "pods",
        "Object" => "object",
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        other => return page.line(1, format!("<unknown metric type {other:?}>")),
    };
    let (metric, seen) = (&metric[field], &current[field]["current"]);
    let (name, target) = (text(&metric["metric"]["name"]), &metric["target"]);
    let amounts = |field: &str| {
        let seen = if seen.is_null() { UNKNOWN.to_owned() } else { quantity(&seen[field]).to_string() };
        format!("{seen} / {}", quantity(&target[field]))
    };
    let averaged = !target["averageValue"].is_null();
    match kind {
        "External" if averaged => {
            let seen = if seen["averageValue"].is_null() {
                format!("{UNKNOWN} / {}", quantity(&target["averageValue"]))
            } else {
                amounts("averageValue")
            };
            page.field(1, format!("{name:?} (target average value)"), seen);
        }
        "External" => page.field(1, format!("{name:?} (target value)"), amounts("value")),
        "Pods" => page.field(1, format!("{name:?} on pods"), amounts("averageValue")),
        "Object" => {
            let object = &metric["describedObject"];
            let what = format!("\"{name}\" on {}/{}", text(&object["kind"]), text(&object["name"]));
            match text(&target["type"]) {
                "AverageValue" => page.field(1, format!("{what} (target average value)"), amounts("averageValue")),
                _ => page.field(1, format!("{what} (target value)"), amounts("value")),
            }
        }
        _ => {
            let what = match text(&metric["container"]) {
                "" => format!("resource {} on pods", text(&metric["name"])),
                container => format!("resource {} of container \"{container}\" on pods", text(&metric["name"])),
            };
            if averaged {
                page.field(1, what, amounts("averageValue"));
            } else {
                // Two blanks: kubectl indents both pieces of this line.
                page.field(1, format!("{what}  (as a percentage of request)"), utilization(seen, target));
            }
        }
    }
}

fn utilization(seen: &Value, target: &Value) -> String {
    let seen = match &seen["averageUtilization"] {
        Value::Null => UNKNOWN.to_owned(),
        percent => format!("{}% ({})", int(percent), quantity(&seen["averageValue"])),
    };
    match &target["averageUtilization"] {
        Value::Null => format!("{seen} / <auto>"),
        percent => format!("{seen} / {}%", int(percent)),
    }
}

fn behavior(page: &mut Page, title: &str, rules: &Value) {
    if rules.is_null() {
        return;
    }
    page.line(1, format!("{title}:"));
    if !rules["stabilizationWindowSeconds"].is_null() {
        page.line(2, format!("Stabilization Window: {} seconds", int(&rules["stabilizationWindowSeconds"])));
    }
    if items(&rules["policies"]).is_empty() {
        return;
    }
    page.line(2, format!("Select Policy: {}\n    Policies:", text_or(&rules["selectPolicy"], "Max")));
    for policy in items(&rules["policies"]) {
        let (value, seconds) = (int(&policy["value"]), int(&policy["periodSeconds"]));
        page.line(3, format!("- Type: {}\tValue: {value}\tPeriod: {seconds} seconds", text(&policy["type"])));
    }
}
