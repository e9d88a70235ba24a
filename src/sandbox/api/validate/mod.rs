//! What is wrong with an object, in the API's words.

mod affinity;
mod causes;
mod certificate;
mod cluster;
mod config;
mod container;
pub mod custom;
mod definition;
mod difference;
mod env;
mod go;
mod job;
mod meta;
mod names;
mod network;
mod pod;
mod pod_update;
mod policy;
mod probe;
mod rbac;
mod resources;
mod schedule;
mod service;
mod storage;
mod volume;
mod webhook;
mod workload;

use serde_json::{Value, json};

use super::{Resource, Status};
use crate::render::Quantity;
use causes::Causes;
pub(in crate::sandbox) use definition::unstructural;
pub(super) use resources::OBJECT_COUNTS;

/// One thing that is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueInvalid`.
    pub reason: &'static str,
    /// `spec.containers[0].name`.
    pub field: String,
    /// `Required value`.
    pub message: String,
}

/// What is wrong with `new`, with its defaults filled in; as a change of `old`, if that is given. Empty: nothing.
///
/// `beta`: it was sent as v1beta1.
pub fn validate(resource: &Resource, new: &Value, old: Option<&Value>, beta: bool) -> Vec<Cause> {
    let mut causes = Causes::default();
    match old {
        None => meta::created(resource, new, &mut causes),
        Some(old) => meta::changed(new, old, &mut causes),
    }
    match (resource.group, resource.kind) {
        ("apiextensions.k8s.io", _) => definition::definition(new, old, beta, &mut causes),
        ("certificates.k8s.io", _) => certificate::request(new, old, beta, &mut causes),
        ("admissionregistration.k8s.io", _) => webhook::configuration(new, beta, &mut causes),
        _ => content(resource, new, old, &mut causes),
    }
    causes.0
}

/// What is wrong with all but the metadata.
fn content(resource: &Resource, new: &Value, old: Option<&Value>, causes: &mut Causes) {
    match (resource.group, resource.kind) {
        ("", "Pod") => match old {
            None => pod::spec(&new["spec"], "spec", causes),
            Some(old) => pod_update::changed(new, old, causes),
        },
        ("", "PodTemplate") => pod::template(&new["template"], "template", causes),
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet") | ("", "ReplicationController") => {
            workload::workload(resource.kind, new, old, causes);
        }
        ("batch", "Job") => job::job(new, old, causes),
        ("batch", "CronJob") => job::cron_job(new, causes),
        ("", "Service") => service::service(new, old, causes),
        ("", "Endpoints") => service::endpoints(new, causes),
        ("", "ConfigMap") => config::config_map(new, old, causes),
        ("", "Secret") => config::secret(new, old, causes),
        ("", "Namespace") => cluster::namespace(new, causes),
        ("", "Node") => cluster::node(new, old, causes),
        ("scheduling.k8s.io", "PriorityClass") => cluster::priority_class(new, old, causes),
        ("coordination.k8s.io", "Lease") => cluster::lease(new, causes),
        ("", "Event") if old.is_none() => cluster::event(new, causes),
        ("node.k8s.io", "RuntimeClass") => cluster::runtime_class(new, causes),
        ("", "PersistentVolume") => storage::volume(new, old, causes),
        ("", "PersistentVolumeClaim") => storage::claim(new, old, causes),
        ("storage.k8s.io", "StorageClass") => storage::class(new, old, causes),
        ("networking.k8s.io", "Ingress") => network::ingress(new, causes),
        ("networking.k8s.io", "IngressClass") => network::ingress_class(new, causes),
        ("networking.k8s.io", "NetworkPolicy") => network::policy(new, causes),
        ("", "LimitRange") => policy::limit_range(new, causes),
        ("", "ResourceQuota") => policy::quota(new, old, causes),
        ("policy", "PodDisruptionBudget") => policy::disruption_budget(new, causes),
        ("autoscaling", "HorizontalPodAutoscaler") => policy::autoscaler(new, causes),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => rbac::role(resource.kind, new, causes),
        ("rbac.authorization.k8s.io", _) => rbac::binding(resource.kind, new, old, causes),
        _ => {}
    }
}

/// A text, empty where there is none.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The elements of a list, none where there is no list.
fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The entries of a map, in the order of their keys.
fn sorted(value: &Value) -> Vec<(&str, &Value)> {
    let mut entries: Vec<(&str, &Value)> =
        value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}

/// What a value says: zero values say nothing.
fn said(value: &Value) -> Value {
    let empty = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(fields) => {
            let said = fields.iter().map(|(name, value)| (name.clone(), self::said(value)));
            Value::Object(said.filter(|(_, value)| !empty(value)).collect())
        }
        Value::Array(elements) => elements.iter().map(said).collect(),
        plain => plain.clone(),
    }
}

/// An amount, if there is one.
fn quantity(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => Quantity::parse(text),
        Value::Number(number) => Quantity::parse(&number.to_string()),
        _ => None,
    }
}

/// The answer to an object with mistakes: 422.
pub fn invalid(resource: &Resource, name: &str, causes: &[Cause]) -> Status {
    // Two kinds were in another group before, which their messages still name.
    let group = match (resource.group, resource.kind) {
        ("networking.k8s.io", "Ingress" | "NetworkPolicy") => "extensions",
        (group, _) => group,
    };
    invalid_kind(resource.kind, group, name, causes)
}

/// Likewise, of what is of no resource.
pub fn invalid_kind(kind: &str, group: &str, name: &str, causes: &[Cause]) -> Status {
    let dot = if group.is_empty() { "" } else { "." };
    let mut texts: Vec<String> = Vec::new();
    for cause in causes {
        let text = format!("{}: {}", cause.field, cause.message);
        // Each is told once: apimachinery `util/errors`, `aggregate.Error`.
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let text = if let [text] = &texts[..] { text.clone() } else { format!("[{}]", texts.join(", ")) };
    let causes: Vec<Value> = causes
        .iter()
        .map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field}))
        .collect();
    let mut details = json!({});
    for (field, text) in [("name", name), ("group", group), ("kind", kind)] {
        if !text.is_empty() {
            details[field] = json!(text);
        }
    }
    details["causes"] = json!(causes);
    Status {
        code: 422,
        reason: "Invalid",
        message: format!("{kind}{dot}{group} {name:?} is invalid: {text}"),
        details: Some(details),
    }
}

#[cfg(test)]
mod tests;
