//! What makes Pods.

use serde_json::{Value, json};

use super::{child, child_or_new, each, pod, set, set_text, some, storage};

pub(super) fn deployment(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    set(spec, "replicas", 1);
    if let Some(strategy) = child_or_new(spec, "strategy") {
        set_text(strategy, "type", "RollingUpdate");
        if strategy["type"] == "RollingUpdate"
            && let Some(rolling) = child_or_new(strategy, "rollingUpdate")
        {
            set(rolling, "maxUnavailable", "25%");
            set(rolling, "maxSurge", "25%");
        }
    }
    set(spec, "revisionHistoryLimit", 10);
    set(spec, "progressDeadlineSeconds", 600);
    pod::template(spec);
}

pub(super) fn replica_set(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    set(spec, "replicas", 1);
    pod::template(spec);
}

/// Its selector and labels are the template's labels where it has none.
pub(super) fn replication_controller(object: &mut Value) {
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    if some(&labels).is_some() {
        labelled(object, &labels);
        if let Some(spec) = child(object, "spec").filter(|spec| some(&spec["selector"]).is_none()) {
            spec["selector"] = labels;
        }
    }
    replica_set(object);
}

/// Gives an object without labels these.
fn labelled(object: &mut Value, labels: &Value) {
    if let Some(metadata) = child(object, "metadata").filter(|metadata| some(&metadata["labels"]).is_none()) {
        metadata["labels"] = labels.clone();
    }
}

/// v1 keeps the generation of the template in an annotation.
pub(super) fn daemon_set(object: &mut Value) {
    if let Some(annotations) = child(object, "metadata").and_then(|metadata| child_or_new(metadata, "annotations")) {
        set_text(annotations, "deprecated.daemonset.template.generation", "1");
    }
    let Some(spec) = child(object, "spec") else { return };
    if let Some(strategy) = child_or_new(spec, "updateStrategy") {
        set_text(strategy, "type", "RollingUpdate");
        if strategy["type"] == "RollingUpdate"
            && let Some(rolling) = child_or_new(strategy, "rollingUpdate")
        {
            set(rolling, "maxUnavailable", 1);
        }
    }
    set(spec, "revisionHistoryLimit", 10);
    pod::template(spec);
}

pub(super) fn stateful_set(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    set_text(spec, "podManagementPolicy", "OrderedReady");
    if let Some(strategy) = child_or_new(spec, "updateStrategy") {
        set_text(strategy, "type", "RollingUpdate");
        if strategy["type"] == "RollingUpdate"
            && let Some(rolling) = child_or_new(strategy, "rollingUpdate")
        {
            set(rolling, "partition", 0);
        }
    }
    set(spec, "replicas", 1);
    set(spec, "revisionHistoryLimit", 10);
    for claim in each(spec, "volumeClaimTemplates") {
        set_text(claim, "kind", "PersistentVolumeClaim");
        set_text(claim, "apiVersion", "v1");
        storage::claim(claim);
    }
    pod::template(spec);
}

/// A new Job that does not choose by itself finds its Pods by its own uid: v1.20.2 `pkg/registry/batch/job/strategy.go`.
/// The labels of one that was `unlabelled` are its template's, the same map there, so that they get what is added.
pub(in crate::sandbox::api) fn generate_selector(object: &mut Value, uid: &str, unlabelled: bool) {
    if object["spec"]["manualSelector"] == true {
        return;
    }
    let name = object["metadata"]["name"].clone();
    let labels = &mut object["spec"]["template"]["metadata"]["labels"];
    let shared = unlabelled && labels.is_object();
    labels["job-name"] = name;
    if labels["controller-uid"].is_null() {
        labels["controller-uid"] = json!(uid);
    }
    if shared {
        object["metadata"]["labels"] = object["spec"]["template"]["metadata"]["labels"].clone();
    }
    let selected = &mut object["spec"]["selector"]["matchLabels"];
    if selected["controller-uid"].is_null() {
        selected["controller-uid"] = json!(uid);
    }
}

pub(super) fn job(object: &mut Value) {
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    if some(&labels).is_some() {
        labelled(object, &labels);
    }
    let Some(spec) = child(object, "spec") else { return };
    if spec["completions"].is_null() && spec["parallelism"].is_null() {
        set(spec, "completions", 1);
    }
    set(spec, "parallelism", 1);
    set(spec, "backoffLimit", 6);
    pod::template(spec);
}

pub(super) fn cron_job(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    set_text(spec, "concurrencyPolicy", "Allow");
    set(spec, "suspend", false);
    set(spec, "successfulJobsHistoryLimit", 3);
    set(spec, "failedJobsHistoryLimit", 1);
    if let Some(template) = child(spec, "jobTemplate") {
        set(template, "metadata", json!({}));
        if let Some(job) = child(template, "spec") {
            pod::template(job);
        }
    }
}

pub(super) fn autoscaler(object: &mut Value) {
    // Later versions have other metrics, which v1 keeps in an annotation.
    let others = !object["metadata"]["annotations"]["autoscaling.alpha.kubernetes.io/metrics"].is_null();
    let version_1 = object["apiVersion"] == "autoscaling/v1" && !others;
    let Some(spec) = child(object, "spec") else { return };
    set(spec, "minReplicas", 1);
    if version_1 {
        set(spec, "targetCPUUtilizationPercentage", 80);
    }
}
