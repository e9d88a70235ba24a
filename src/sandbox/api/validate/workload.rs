//! What makes Pods from a template: Deployments, ReplicaSets, DaemonSets, StatefulSets, ReplicationControllers.
//!
//! Source: v1.20.2 `pkg/apis/apps/validation`, and `pkg/apis/core/validation` of the last.

use serde_json::{Value, json};

use super::causes::Causes;
use super::{go, meta, names, pod, said, sorted, text};

/// One of them; as a change of `old`, if that is given.
pub(super) fn workload(kind: &str, new: &Value, old: Option<&Value>, causes: &mut Causes) {
    let spec = &new["spec"];
    match kind {
        "Deployment" => deployment(spec, causes),
        "ReplicaSet" => replica_set(spec, causes),
        "DaemonSet" => daemon_set(spec, causes),
        "StatefulSet" => {
            match old {
                None => stateful_set(spec, causes),
                Some(old) => changed_set(spec, &old["spec"], causes),
            }
            return;
        }
        _ => {
            replication_controller(spec, causes);
            return;
        }
    }
    if let Some(old) = old {
        let same = said(&old["spec"]["selector"]) == said(&spec["selector"]);
        // A pointer to nothing.
        let told = if spec["selector"].is_null() { "\"null\"".to_owned() } else { go::selector(&spec["selector"]) };
        causes.immutable("spec.selector", told, same);
    }
}

fn deployment(spec: &Value, causes: &mut Causes) {
    causes.not_negative("spec.replicas", spec["replicas"].as_i64());
    selector(spec, "deployment", causes);
    selected(spec, "ReplicaSet", causes);
    let (strategy, rolling) = (&spec["strategy"], &spec["strategy"]["rollingUpdate"]);
    match text(&strategy["type"]) {
        "Recreate" if rolling.is_object() => {
            let why = "may not be specified when strategy `type` is 'Recreate'";
            causes.forbidden("spec.strategy.rollingUpdate", why);
        }
        "Recreate" => {}
        "RollingUpdate" if !rolling.is_object() => {
            causes.required("spec.strategy.rollingUpdate", "this should be defaulted and never be nil");
        }
        "RollingUpdate" => rolling_deployment(rolling, causes),
        other => {
            let shown = format!(
                "apps.DeploymentStrategy{{Type:{other:?}, RollingUpdate:{}}}",
                go::pointer("apps.RollingUpdateDeployment", rolling)
            );
            causes.unsupported("spec.strategy", shown, &["Recreate", "RollingUpdate"]);
        }
    }
    causes.not_negative("spec.minReadySeconds", spec["minReadySeconds"].as_i64());
    causes.not_negative("spec.revisionHistoryLimit", spec["revisionHistoryLimit"].as_i64());
    if let Some(seconds) = spec["progressDeadlineSeconds"].as_i64() {
        causes.not_negative("spec.progressDeadlineSeconds", Some(seconds));
        if seconds <= spec["minReadySeconds"].as_i64().unwrap_or_default() {
            causes.invalid("spec.progressDeadlineSeconds", seconds, "must be greater than minReadySeconds");
        }
    }
}

fn rolling_deployment(rolling: &Value, causes: &mut Causes) {
    const UNAVAILABLE: &str = "spec.strategy.rollingUpdate.maxUnavailable";
    const SURGE: &str = "spec.strategy.rollingUpdate.maxSurge";
    number_or_percent(&rolling["maxUnavailable"], UNAVAILABLE, causes);
    number_or_percent(&rolling["maxSurge"], SURGE, causes);
    if is_zero(&rolling["maxUnavailable"]) && is_zero(&rolling["maxSurge"]) {
        let shown = go::int_or_string(&rolling["maxUnavailable"]);
        causes.invalid(UNAVAILABLE, shown, "may not be 0 when `maxSurge` is 0");
    }
    at_most_all(&rolling["maxUnavailable"], UNAVAILABLE, causes);
}

fn replica_set(spec: &Value, causes: &mut Causes) {
    causes.not_negative("spec.replicas", spec["replicas"].as_i64());
    causes.not_negative("spec.minReadySeconds", spec["minReadySeconds"].as_i64());
    selector(spec, "deployment", causes);
    selected(spec, "ReplicaSet", causes);
}

fn daemon_set(spec: &Value, causes: &mut Causes) {
    meta::selector(&spec["selector"], "spec.selector", causes);
    let labels = &spec["template"]["metadata"]["labels"];
    if meta::usable(&spec["selector"]) && !meta::selects(&spec["selector"], labels) {
        unselected(labels, causes);
    }
    if spec["selector"].is_object() && meta::empty(&spec["selector"]) {
        causes.invalid("spec.selector", go::selector(&spec["selector"]), "empty selector is invalid for daemonset");
    }
    pod::template(&spec["template"], "spec.template", causes);
    always(spec, "DaemonSet", causes);
    causes.not_negative("spec.minReadySeconds", spec["minReadySeconds"].as_i64());
    let (strategy, rolling) = (&spec["updateStrategy"], &spec["updateStrategy"]["rollingUpdate"]);
    match text(&strategy["type"]) {
        "OnDelete" => {}
        "RollingUpdate" if !rolling.is_object() => causes.required("spec.updateStrategy.rollingUpdate", ""),
        "RollingUpdate" => {
            const FIELD: &str = "spec.updateStrategy.rollingUpdate.maxUnavailable";
            number_or_percent(&rolling["maxUnavailable"], FIELD, causes);
            if is_zero(&rolling["maxUnavailable"]) {
                causes.invalid(FIELD, go::int_or_string(&rolling["maxUnavailable"]), "cannot be 0");
            }
            at_most_all(&rolling["maxUnavailable"], FIELD, causes);
        }
        other => {
            let shown = format!(
                "apps.DaemonSetUpdateStrategy{{Type:{other:?}, RollingUpdate:{}}}",
                go::pointer("apps.RollingUpdateDaemonSet", rolling)
            );
            causes.unsupported("spec.updateStrategy", shown, &["RollingUpdate", "OnDelete"]);
        }
    }
    causes.not_negative("spec.revisionHistoryLimit", spec["revisionHistoryLimit"].as_i64());
}

fn stateful_set(spec: &Value, causes: &mut Causes) {
    match text(&spec["podManagementPolicy"]) {
        "" => causes.required("spec.podManagementPolicy", ""),
        "OrderedReady" | "Parallel" => {}
        other => {
            causes.invalid("spec.podManagementPolicy", format!("{other:?}"), "must be 'OrderedReady' or 'Parallel'");
        }
    }
    let (strategy, rolling) = (&spec["updateStrategy"], &spec["updateStrategy"]["rollingUpdate"]);
    let partition = rolling["partition"].as_i64();
    match text(&strategy["type"]) {
        "" => causes.required("spec.updateStrategy", ""),
        "OnDelete" if rolling.is_object() => causes.invalid(
            "spec.updateStrategy.rollingUpdate",
            format!("apps.RollingUpdateStatefulSetStrategy{{Partition:{}}}", partition.unwrap_or_default()),
            "only allowed for updateStrategy 'RollingUpdate'",
        ),
        "OnDelete" => {}
        "RollingUpdate" => causes.not_negative("spec.updateStrategy.rollingUpdate.partition", partition),
        other => {
            let shown = format!(
                "apps.StatefulSetUpdateStrategy{{Type:{other:?}, RollingUpdate:{}}}",
                go::pointer("apps.RollingUpdateStatefulSetStrategy", rolling)
            );
            causes.invalid("spec.updateStrategy", shown, "must be 'RollingUpdate' or 'OnDelete'");
        }
    }
    causes.not_negative("spec.replicas", spec["replicas"].as_i64());
    selector(spec, "statefulset", causes);
    let labels = &spec["template"]["metadata"]["labels"];
    if !meta::usable(&spec["selector"]) {
        causes.invalid("spec.selector", go::selector(&spec["selector"]), "");
    } else {
        // Upstream does not look into the template itself in this version.
        if !meta::selects(&spec["selector"], labels) {
            unselected(labels, causes);
        }
    }
    restarts(spec, causes);
    if !spec["template"]["spec"]["activeDeadlineSeconds"].is_null() {
        forbid_deadline("StatefulSet", causes);
    }
}

fn changed_set(spec: &Value, old: &Value, causes: &mut Causes) {
    const MUTABLE: &[&str] = &["replicas", "template", "updateStrategy"];
    let rest = |spec: &Value| -> Vec<(String, Value)> {
        let fields = sorted(spec).into_iter().filter(|(name, _)| !MUTABLE.contains(name));
        let fields = fields.map(|(name, value)| (name.to_owned(), said(value)));
        fields.filter(|(_, value)| !value.is_null() && *value != json!([])).collect()
    };
    if rest(spec) != rest(old) {
        let why = "updates to statefulset spec for fields other than 'replicas', 'template', and 'updateStrategy' are \
                   forbidden";
        causes.forbidden("spec", why);
    }
    causes.not_negative("spec.replicas", spec["replicas"].as_i64());
}

fn replication_controller(spec: &Value, causes: &mut Causes) {
    causes.not_negative("spec.minReadySeconds", spec["minReadySeconds"].as_i64());
    let selector = sorted(&spec["selector"]);
    if selector.is_empty() {
        causes.required("spec.selector", "");
    }
    causes.not_negative("spec.replicas", spec["replicas"].as_i64());
    if !spec["template"].is_object() {
        causes.required("spec.template", "");
        return;
    }
    let labels = &spec["template"]["metadata"]["labels"];
    if selector.iter().any(|(key, value)| labels.get(key) != Some(value)) {
        unselected(labels, causes);
    }
    pod::template(&spec["template"], "spec.template", causes);
    always(spec, "ReplicationController", causes);
}

fn selector(spec: &Value, what: &str, causes: &mut Causes) {
    if spec["selector"].is_null() {
        causes.required("spec.selector", "");
        return;
    }
    meta::selector(&spec["selector"], "spec.selector", causes);
    if meta::empty(&spec["selector"]) {
        let why = format!("empty selector is invalid for {what}");
        causes.invalid("spec.selector", go::selector(&spec["selector"]), &why);
    }
}

/// The template, which the selector must select.
fn selected(spec: &Value, kind: &str, causes: &mut Causes) {
    if !meta::usable(&spec["selector"]) {
        causes.invalid("spec.selector", go::selector(&spec["selector"]), "invalid label selector");
        return;
    }
    let labels = &spec["template"]["metadata"]["labels"];
    if !meta::selects(&spec["selector"], labels) {
        unselected(labels, causes);
    }
    pod::template(&spec["template"], "spec.template", causes);
    always(spec, kind, causes);
}

/// What a template whose labels are not selected is told.
pub(super) fn unselected(labels: &Value, causes: &mut Causes) {
    let why = "`selector` does not match template `labels`";
    causes.invalid("spec.template.metadata.labels", go::map(labels), why);
}

/// Pods that are always restarted, and for ever.
fn always(spec: &Value, kind: &str, causes: &mut Causes) {
    restarts(spec, causes);
    if !spec["template"]["spec"]["activeDeadlineSeconds"].is_null() {
        forbid_deadline(kind, causes);
    }
}

fn restarts(spec: &Value, causes: &mut Causes) {
    let policy = text(&spec["template"]["spec"]["restartPolicy"]);
    if spec["template"]["spec"].is_object() || !policy.is_empty() {
        causes.one_of("spec.template.spec.restartPolicy", policy, &["Always"]);
    }
}

fn forbid_deadline(kind: &str, causes: &mut Causes) {
    let why = format!("activeDeadlineSeconds in {kind} is not Supported");
    causes.forbidden("spec.template.spec.activeDeadlineSeconds", &why);
}

/// A number of Pods, or a share of them.
pub(super) fn number_or_percent(value: &Value, field: &str, causes: &mut Causes) {
    match value {
        Value::String(text) => {
            for why in names::percent(text) {
                causes.invalid(field, go::int_or_string(value), &why);
            }
        }
        number => causes.not_negative(field, number.as_i64()),
    }
}

/// No more than all Pods.
pub(super) fn at_most_all(value: &Value, field: &str, causes: &mut Causes) {
    if percent(value).is_some_and(|percent| percent > 100) {
        causes.invalid(field, go::int_or_string(value), "must not be greater than 100%");
    }
}

fn percent(value: &Value) -> Option<i64> {
    let text = value.as_str().filter(|text| names::percent(text).is_empty())?;
    text.trim_end_matches('%').parse().ok()
}

fn is_zero(value: &Value) -> bool {
    percent(value).unwrap_or_else(|| value.as_i64().unwrap_or_default()) == 0
}
