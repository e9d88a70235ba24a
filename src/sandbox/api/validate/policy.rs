//! LimitRanges, ResourceQuotas, PodDisruptionBudgets and HorizontalPodAutoscalers.
//!
//! Source: v1.20.2 `pkg/apis/{core,policy,autoscaling}/validation`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::causes::Causes;
use super::{go, items, meta, names, quantity, resources, sorted, text, workload};

const SCOPES: &[&str] = &["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass"];

/// A LimitRange.
pub(super) fn limit_range(new: &Value, causes: &mut Causes) {
    let mut kinds = Vec::new();
    for (index, limit) in items(&new["spec"]["limits"]).iter().enumerate() {
        let path = format!("spec.limits[{index}]");
        let kind = text(&limit["type"]);
        let wrong = names::qualified(kind);
        if !wrong.is_empty() {
            causes.invalid_text(format!("{path}.type"), kind, wrong);
        } else if !kind.contains('/') && !matches!(kind, "Pod" | "Container" | "PersistentVolumeClaim") {
            let why = "must be a standard limit type or fully qualified";
            causes.invalid(format!("{path}.type"), format!("{kind:?}"), why);
        }
        if kinds.contains(&kind) {
            causes.duplicate(format!("{path}.type"), format!("{kind:?}"), "");
        }
        kinds.push(kind);
        self::limit(limit, kind, &path, causes);
    }
}

fn limit(limit: &Value, kind: &str, path: &str, causes: &mut Causes) {
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for field in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
        if kind == "Pod" && field.starts_with("default") && !sorted(&limit[field]).is_empty() {
            causes.forbidden(format!("{path}.{field}"), "may not be specified when `type` is 'Pod'");
            continue;
        }
        for (name, _) in sorted(&limit[field]) {
            let field = format!("{path}.{field}[{name}]");
            if kind == "Container" || kind == "Pod" {
                resources::container_name(name, &field, causes);
            } else {
                resources::name(name, &field, causes);
            }
            all.insert(name);
        }
    }
    if kind == "PersistentVolumeClaim" && limit["min"]["storage"].is_null() && limit["max"]["storage"].is_null() {
        let why = "either minimum or maximum storage value is required, but neither was provided";
        causes.required(format!("{path}.limits"), why);
    }
    for name in all {
        let amount = |field: &str| quantity(&limit[field][name]);
        let shown = |field: &str| go::shown(&limit[field][name]);
        // The field that is told, the one that is too small or too large, and their names.
        let mut ordered = |told: &str, low: (&str, &str), high: (&str, &str)| {
            // Of a default that is too small, upstream shows the minimum.
            let value = if told == "default" { low.0 } else { told };
            if let (Some(least), Some(most)) = (amount(low.0), amount(high.0))
                && least > most
            {
                let why =
                    format!("{} value {} is greater than {} value {}", low.1, shown(low.0), high.1, shown(high.0));
                causes.invalid(format!("{path}.{told}[{name}]"), go::quantity(&limit[value][name]), &why);
            }
        };
        let (min, max) = (("min", "min"), ("max", "max"));
        let (request, default) = (("defaultRequest", "default request"), ("default", "default"));
        ordered("min", min, max);
        ordered("defaultRequest", min, request);
        ordered("defaultRequest", request, max);
        ordered("defaultRequest", request, ("default", "default limit"));
        ordered("default", min, default);
        // Upstream tells the maximum's amount here.
        if let (Some(least), Some(most)) = (amount("default"), amount("max"))
            && least > most
        {
            let why = format!("default value {} is greater than max value {}", shown("default"), shown("max"));
            causes.invalid(format!("{path}.default[{name}]"), go::quantity(&limit["max"][name]), &why);
        }
        if amount("maxLimitRequestRatio").is_some_and(|ratio| ratio.milli_value() < 1000) {
            let why = format!("ratio {} is less than 1", shown("maxLimitRequestRatio"));
            let field = format!("{path}.maxLimitRequestRatio[{name}]");
            causes.invalid(field, go::quantity(&limit["maxLimitRequestRatio"][name]), &why);
        }
        if let (Some(ratio), Some(least), Some(most)) = (amount("maxLimitRequestRatio"), amount("min"), amount("max")) {
            #[allow(clippy::cast_precision_loss)] // As upstream.
            let [ratio, least, most] = [ratio, least, most].map(|amount| amount.milli_value() as f64);
            if ratio / 1e3 > most / least {
                let most = most / least;
                let why = format!("ratio {} is greater than max/min = {most:.6}", shown("maxLimitRequestRatio"));
                let field = format!("{path}.maxLimitRequestRatio[{name}]");
                causes.invalid(field, go::quantity(&limit["maxLimitRequestRatio"][name]), &why);
            }
        }
    }
}

/// A ResourceQuota; as a change of `old`, if that is given.
pub(super) fn quota(new: &Value, old: Option<&Value>, causes: &mut Causes) {
    let spec = &new["spec"];
    for (name, value) in sorted(&spec["hard"]) {
        let field = format!("spec.hard[{name}]");
        resources::quota_name(name, &field, causes);
        resources::amount(name, value, &field, causes);
    }
    scopes(spec, causes);
    for expression in items(&spec["scopeSelector"]["matchExpressions"]) {
        const PATH: &str = "spec.scopeSelector.matchExpressions";
        let (scope, operator) = (text(&expression["scopeName"]), text(&expression["operator"]));
        let some = !items(&expression["values"]).is_empty();
        if !SCOPES.contains(&scope) {
            causes.invalid(format!("{PATH}.scopeName"), format!("{scope:?}"), "unsupported scope");
        }
        match operator {
            "In" | "NotIn" if !some => {
                let why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                causes.required(format!("{PATH}.values"), why);
            }
            "Exists" | "DoesNotExist" if some => {
                let why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
                causes.invalid(format!("{PATH}.values"), go::list("string", &expression["values"]), why);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => causes.invalid(format!("{PATH}.operator"), format!("{other:?}"), "not a valid selector operator"),
        }
    }
    if let Some(old) = old {
        let set = |quota: &Value| -> BTreeSet<String> {
            items(&quota["spec"]["scopes"]).iter().map(|scope| text(scope).to_owned()).collect()
        };
        let shown = go::list("core.ResourceQuotaScope", &spec["scopes"]);
        causes.immutable("spec.scopes", shown, set(new) == set(old));
    }
}

fn scopes(spec: &Value, causes: &mut Causes) {
    let scopes: Vec<&str> = items(&spec["scopes"]).iter().map(text).collect();
    let shown = || go::list("core.ResourceQuotaScope", &spec["scopes"]);
    for scope in &scopes {
        if !SCOPES.contains(scope) {
            causes.invalid("spec.scopes", shown(), "unsupported scope");
        }
        for (name, _) in sorted(&spec["hard"]) {
            let pods = ["pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];
            let fits = match *scope {
                "BestEffort" => name == "pods",
                "Terminating" | "NotTerminating" | "NotBestEffort" | "PriorityClass" => pods.contains(&name),
                _ => true,
            };
            if names::qualified(name).is_empty() && is_standard(name) && !fits {
                causes.invalid("spec.scopes", shown(), "unsupported scope applied to resource");
            }
        }
    }
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|scope| scopes.contains(scope)) {
            causes.invalid("spec.scopes", shown(), "conflicting scopes");
        }
    }
}

/// Whether a quota knows the resource by itself.
fn is_standard(name: &str) -> bool {
    let mut causes = Causes::default();
    resources::quota_name(name, "", &mut causes);
    causes.0.is_empty() && !name.contains('/')
}

/// A PodDisruptionBudget.
pub(super) fn disruption_budget(new: &Value, causes: &mut Causes) {
    let spec = &new["spec"];
    if !spec["minAvailable"].is_null() && !spec["maxUnavailable"].is_null() {
        let shown = format!(
            "policy.PodDisruptionBudgetSpec{{MinAvailable:{}, Selector:{}, MaxUnavailable:{}}}",
            go::pointer("intstr.IntOrString", &spec["minAvailable"]),
            go::pointer("v1.LabelSelector", &spec["selector"]),
            go::pointer("intstr.IntOrString", &spec["maxUnavailable"])
        );
        causes.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set");
    }
    for field in ["minAvailable", "maxUnavailable"] {
        if !spec[field].is_null() {
            workload::number_or_percent(&spec[field], &format!("spec.{field}"), causes);
            workload::at_most_all(&spec[field], &format!("spec.{field}"), causes);
        }
    }
    meta::selector(&spec["selector"], "spec.selector", causes);
}

/// A HorizontalPodAutoscaler.
pub(super) fn autoscaler(new: &Value, causes: &mut Causes) {
    let spec = &new["spec"];
    let (least, most) = (spec["minReplicas"].as_i64(), spec["maxReplicas"].as_i64().unwrap_or_default());
    if let Some(least) = least.filter(|least| *least < 1) {
        causes.invalid("spec.minReplicas", least, "must be greater than or equal to 1");
    }
    if most < 1 {
        causes.invalid("spec.maxReplicas", most, "must be greater than 0");
    }
    if least.is_some_and(|least| most < least) {
        causes.invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`");
    }
    for field in ["kind", "name"] {
        let value = text(&spec["scaleTargetRef"][field]);
        let field = format!("spec.scaleTargetRef.{field}");
        if value.is_empty() {
            causes.required(field, "");
        } else {
            causes.invalid_text(field, value, names::path_segment(value));
        }
    }
    if let Some(share) = spec["targetCPUUtilizationPercentage"].as_i64().filter(|share| *share < 1) {
        let field = "spec.metrics[0].resource.target.averageUtilization";
        causes.invalid(field, share, "must be greater than 0");
    }
    if least == Some(0) {
        let why = "must specify at least one Object or External metric to support scaling to zero replicas";
        causes.forbidden("spec.metrics", why);
    }
}
