//! HorizontalPodAutoscalers in their later versions. They are held as v1, which keeps in annotations what it has no fields
//! for: v1.20 `pkg/apis/autoscaling/{v1,v2beta1,v2beta2}/conversion.go`.

use serde_json::{Map, Value, json};

use crate::sandbox::object;

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const CURRENT: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
/// How v1 and v2beta1 write a metric's target, and how v2beta2 does: the kind of target and its field.
const TARGETS: [(&str, &str, &str); 4] = [
    ("targetAverageUtilization", "Utilization", "averageUtilization"),
    ("targetAverageValue", "AverageValue", "averageValue"),
    ("averageValue", "AverageValue", "averageValue"),
    ("targetValue", "Value", "value"),
];

/// One in `v2beta1` or `v2beta2`.
pub(super) fn to_version(autoscaler: &Value, version: &str) -> Value {
    let mut shown = autoscaler.clone();
    shown["apiVersion"] = json!(format!("autoscaling/{version}"));
    let mut kept = |name: &str| -> Option<Value> {
        let annotations = shown["metadata"]["annotations"].as_object_mut()?;
        serde_json::from_str(annotations.shift_remove(name)?.as_str()?).ok()
    };
    let (metrics, behavior) = (kept(METRICS), kept(BEHAVIOR));
    let (conditions, current) = (kept(CONDITIONS), kept(CURRENT));
    if shown["metadata"]["annotations"].as_object().is_some_and(Map::is_empty)
        && let Some(metadata) = shown["metadata"].as_object_mut()
    {
        metadata.shift_remove("annotations");
    }
    let mut all = Vec::new();
    if let Some(percent) = shown["spec"].as_object_mut().and_then(|s| s.shift_remove("targetCPUUtilizationPercentage"))
    {
        all.push(json!({"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": percent}}));
    }
    all.extend(metrics.iter().flat_map(|metrics| object::items(metrics).to_vec()));
    if version == "v2beta2" {
        all.iter_mut().for_each(to_beta_2);
        if let Some(behavior) = behavior {
            shown["spec"]["behavior"] = behavior;
        }
    }
    shown["spec"]["metrics"] = json!(all);
    let status = &mut shown["status"];
    if !status.is_object() {
        *status = json!({});
    }
    for field in ["currentReplicas", "desiredReplicas"] {
        status[field] = json!(object::int(&status[field], 0));
    }
    if let Some(fields) = status.as_object_mut() {
        fields.shift_remove("currentCPUUtilizationPercentage");
    }
    status["currentMetrics"] = current.unwrap_or_default();
    status["conditions"] = conditions.unwrap_or_default();
    shown
}

/// The other way round; of a part of one, that part.
pub(super) fn from_version(mut autoscaler: Value, version: &str) -> Value {
    autoscaler["apiVersion"] = json!("autoscaling/v1");
    let Some(spec) = autoscaler["spec"].as_object_mut() else { return autoscaler };
    let (metrics, behavior) = (spec.shift_remove("metrics"), spec.shift_remove("behavior"));
    let mut notes: Vec<(&str, String)> = Vec::new();
    if let Some(mut metrics) = metrics.and_then(|metrics| metrics.as_array().cloned()) {
        if version == "v2beta2" {
            metrics.iter_mut().for_each(from_beta_2);
        }
        let is_cpu = |metric: &Value| {
            metric["resource"]["name"] == "cpu" && metric["resource"]["targetAverageUtilization"].is_number()
        };
        if let Some(at) = metrics.iter().position(is_cpu) {
            let cpu = metrics.remove(at);
            let percent = cpu["resource"]["targetAverageUtilization"].clone();
            spec.insert("targetCPUUtilizationPercentage".to_owned(), percent);
        }
        metrics.iter_mut().for_each(type_first);
        if !metrics.is_empty() {
            notes.push((METRICS, Value::Array(metrics).to_string()));
        }
    }
    if let Some(behavior) = behavior.filter(|behavior| !behavior.is_null()) {
        notes.push((BEHAVIOR, behavior.to_string()));
    }
    if let Some(status) = autoscaler["status"].as_object_mut() {
        status.shift_remove("currentMetrics");
        if let Some(conditions) = status.shift_remove("conditions").filter(Value::is_array) {
            notes.push((CONDITIONS, conditions.to_string()));
        }
    }
    for (name, text) in notes {
        if !autoscaler["metadata"]["annotations"].is_object() {
            autoscaler["metadata"]["annotations"] = json!({});
        }
        autoscaler["metadata"]["annotations"][name] = json!(text);
    }
    autoscaler
}

/// As Go writes it.
fn type_first(metric: &mut Value) {
    let Some(fields) = metric.as_object_mut() else { return };
    let mut ordered = Map::new();
    ordered.insert("type".to_owned(), fields.shift_remove("type").unwrap_or_default());
    ordered.append(fields);
    *fields = ordered;
}

/// The part of a metric that is named after its type.
fn part(metric: &mut Value) -> Option<(&'static str, &mut Map<String, Value>)> {
    let kind = match metric["type"].as_str()? {
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        "Pods" => "pods",
        "Object" => "object",
        "External" => "external",
        _ => return None,
    };
    Some((kind, metric[kind].as_object_mut()?))
}

fn to_beta_2(metric: &mut Value) {
    let Some((kind, part)) = part(metric) else { return };
    if kind == "object"
        && let Some(described) = part.shift_remove("target")
    {
        part.insert("describedObject".to_owned(), described);
    }
    if let Some(name) = part.shift_remove("metricName") {
        let mut named = json!({"name": name});
        if let Some(selector) = part.shift_remove("selector").or_else(|| part.shift_remove("metricSelector")) {
            named["selector"] = selector;
        }
        part.insert("metric".to_owned(), named);
    }
    let mut target = Value::Null;
    for (old, kind, field) in TARGETS {
        if let Some(value) = part.shift_remove(old) {
            target = json!({"type": kind, field: value});
        }
    }
    part.insert("target".to_owned(), target);
}

fn from_beta_2(metric: &mut Value) {
    let Some((kind, part)) = part(metric) else { return };
    let target = part.shift_remove("target").unwrap_or_default();
    if let Some(described) = part.shift_remove("describedObject") {
        part.insert("target".to_owned(), described);
    }
    if let Some(named) = part.shift_remove("metric") {
        part.insert("metricName".to_owned(), named["name"].clone());
        if let Some(selector) = named.get("selector") {
            let field = if kind == "external" { "metricSelector" } else { "selector" };
            part.insert(field.to_owned(), selector.clone());
        }
    }
    for (old, _, field) in TARGETS {
        // Of an object's metric the average is called otherwise.
        let wanted = if kind == "object" { old != "targetAverageValue" } else { old != "averageValue" };
        if wanted && let Some(value) = target.get(field) {
            part.insert(old.to_owned(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_versions_have_fields_for_what_v1_keeps_in_annotations() {
        let v2 = json!({"apiVersion": "autoscaling/v2beta2", "metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "metrics": [
            {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},
            {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "10Mi"}}}]}});
        let held = from_version(v2.clone(), "v2beta2");
        assert_eq!(held["spec"], json!({"maxReplicas": 3, "targetCPUUtilizationPercentage": 50}));
        let metrics = "[{\"type\":\"Resource\",\"resource\":{\"name\":\"memory\",\"targetAverageValue\":\"10Mi\"}}]";
        assert_eq!(held["metadata"]["annotations"], json!({METRICS: metrics}));
        let back = to_version(&held, "v2beta2");
        assert_eq!((&back["spec"], &back["metadata"]), (&v2["spec"], &v2["metadata"]));
        let older = to_version(&held, "v2beta1");
        assert_eq!(older["spec"]["metrics"][0]["resource"], json!({"name": "cpu", "targetAverageUtilization": 50}));
        let status = json!({"currentReplicas": 0, "desiredReplicas": 0, "currentMetrics": null, "conditions": null});
        assert_eq!(older["status"], status);
    }
}
