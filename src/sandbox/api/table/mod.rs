//! Objects as rows, as the API server prints them for `kubectl get`.
//!
//! `columns.json` holds the columns that a v1.20.2 gives; the cells follow k8s.io/kubernetes
//! `pkg/printers/internalversion/printers.go`.

mod cluster;
mod custom;
mod event;
mod network;
mod pod;
mod storage;
mod workload;

use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub use custom::custom;

use super::Resource;
use crate::render::age;

/// What is not there.
const NONE: &str = "<none>";

static COLUMNS: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    // What is embedded is JSON: a test reads it.
    let mut columns: Map<String, Value> = serde_json::from_str(include_str!("columns.json")).unwrap_or_default();
    let texts = ["$name", "$age"].map(|text| (text, columns.shift_remove(text).unwrap_or_default()));
    for column in columns.values_mut().filter_map(Value::as_array_mut).flatten() {
        if let Some((_, text)) = texts.iter().find(|(name, _)| column["description"] == *name) {
            column["description"] = text.clone();
        }
    }
    columns
});

/// A `meta.k8s.io/v1` Table of objects, one row each with its cells; rows' `object` is the caller's.
pub fn table(resource: &Resource, objects: &[Arc<Value>], now: Timestamp) -> Value {
    let columns = COLUMNS.get(resource.plural).or_else(|| COLUMNS.get("clusterroles"));
    let columns = columns.cloned().unwrap_or_default();
    let rows = objects.iter().map(|object| row(resource.kind, object, now)).collect();
    make(columns, rows)
}

fn make(columns: Value, rows: Vec<Value>) -> Value {
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "columnDefinitions": columns, "rows": rows
    })
}

fn row(kind: &str, object: &Value, now: Timestamp) -> Value {
    let of = Printed { object, now };
    let cells = match kind {
        "Pod" => pod::pod(of),
        "Event" => event::event(of),
        "Deployment" => workload::deployment(of),
        "ReplicaSet" | "ReplicationController" => workload::replica_set(of),
        "DaemonSet" => workload::daemon_set(of),
        "StatefulSet" => workload::stateful_set(of),
        "Job" => workload::job(of),
        "CronJob" => workload::cron_job(of),
        "ControllerRevision" => workload::revision(of),
        "PodTemplate" => workload::template(of),
        "PodDisruptionBudget" => workload::budget(of),
        "HorizontalPodAutoscaler" => workload::autoscaler(of),
        "Service" => network::service(of),
        "Endpoints" => network::endpoints(of),
        "EndpointSlice" => network::endpoint_slice(of),
        "Ingress" => network::ingress(of),
        "IngressClass" => network::ingress_class(of),
        "NetworkPolicy" => network::policy(of),
        "Node" => cluster::node(of),
        "Namespace" => json!([of.name(), of.text("/status/phase"), of.age()]),
        "ServiceAccount" => json!([of.name(), of.count("/secrets"), of.age()]),
        "ComponentStatus" => cluster::component(of),
        "RoleBinding" | "ClusterRoleBinding" => cluster::binding(of),
        "PriorityClass" => {
            json!([of.name(), of.number("/value"), object["globalDefault"] == true, of.age()])
        }
        "Lease" => json!([of.name(), of.text("/spec/holderIdentity"), of.age()]),
        "RuntimeClass" => json!([of.name(), of.text("/handler"), of.age()]),
        "ResourceQuota" => cluster::quota(of),
        "APIService" => cluster::api_service(of),
        "FlowSchema" => cluster::flow_schema(of),
        "PriorityLevelConfiguration" => cluster::priority_level(of),
        "CertificateSigningRequest" => cluster::signing_request(of),
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => {
            json!([of.name(), of.count("/webhooks"), of.age()])
        }
        "ConfigMap" => json!([of.name(), of.count("/data") + of.count("/binaryData"), of.age()]),
        "Secret" => json!([of.name(), of.text("/type"), of.count("/data"), of.age()]),
        "PersistentVolume" => storage::volume(of),
        "PersistentVolumeClaim" => storage::claim(of),
        "StorageClass" => storage::class(of),
        "VolumeAttachment" => storage::attachment(of),
        "CSINode" => json!([of.name(), of.count("/spec/drivers"), of.age()]),
        "CSIDriver" => storage::driver(of),
        _ => json!([of.name(), of.text("/metadata/creationTimestamp")]),
    };
    match kind {
        "Pod" => pod::row(cells, object),
        _ => json!({"cells": cells}),
    }
}

/// An object to print.
#[derive(Clone, Copy)]
struct Printed<'a> {
    object: &'a Value,
    now: Timestamp,
}

impl<'a> Printed<'a> {
    fn at(self, pointer: &str) -> &'a Value {
        self.object.pointer(pointer).unwrap_or(&Value::Null)
    }

    fn name(self) -> &'a str {
        self.text("/metadata/name")
    }

    /// Text, empty where there is none.
    fn text(self, pointer: &str) -> &'a str {
        self.at(pointer).as_str().unwrap_or_default()
    }

    /// Text, or `<none>`.
    fn text_or_none(self, pointer: &str) -> &'a str {
        or(self.text(pointer), NONE)
    }

    /// A number, 0 where there is none.
    fn number(self, pointer: &str) -> i64 {
        self.at(pointer).as_i64().unwrap_or_default()
    }

    /// How many elements or fields there are.
    fn count(self, pointer: &str) -> usize {
        let value = self.at(pointer);
        value.as_array().map(Vec::len).or_else(|| value.as_object().map(Map::len)).unwrap_or_default()
    }

    fn list(self, pointer: &str) -> &'a [Value] {
        self.at(pointer).as_array().map_or(&[], Vec::as_slice)
    }

    /// How long ago the object was made.
    fn age(self) -> String {
        self.since(self.at("/metadata/creationTimestamp"))
    }

    /// How long ago a time is: `5m`; `<unknown>` without one.
    fn since(self, time: &Value) -> String {
        match moment(time) {
            Some(time) => elapsed(time, self.now),
            None => "<unknown>".to_owned(),
        }
    }

    /// Labels as `a=b,c=d`, or `<none>`.
    fn labels(self, pointer: &str) -> String {
        let labels = self.at(pointer).as_object().into_iter().flatten();
        let mut labels: Vec<String> =
            labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
        labels.sort();
        if labels.is_empty() { NONE.to_owned() } else { labels.join(",") }
    }

    /// A label selector as `a=b,c in (d,e)`; `<none>` of everything.
    fn selector(self, pointer: &str) -> String {
        let labels = self.at(&format!("{pointer}/matchLabels")).as_object().into_iter().flatten();
        let mut parts: Vec<(String, String)> =
            labels.map(|(key, value)| (key.clone(), format!("{key}={}", value.as_str().unwrap_or_default()))).collect();
        for rule in self.list(&format!("{pointer}/matchExpressions")) {
            let key = rule["key"].as_str().unwrap_or_default();
            let mut values: Vec<&str> =
                rule["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            values.sort_unstable();
            let values = values.join(",");
            let part = match rule["operator"].as_str().unwrap_or_default() {
                "In" => format!("{key} in ({values})"),
                "NotIn" => format!("{key} notin ({values})"),
                "Exists" => key.to_owned(),
                _ => format!("!{key}"),
            };
            parts.push((key.to_owned(), part));
        }
        parts.sort_by(|a, b| a.0.cmp(&b.0));
        let parts: Vec<String> = parts.into_iter().map(|(_, part)| part).collect();
        match (parts.is_empty(), self.at(pointer).is_object()) {
            (true, true) => NONE.to_owned(),
            (true, false) => NONE.to_owned(),
            _ => parts.join(","),
        }
    }

    /// A template's containers and their images.
    fn containers(self, pointer: &str) -> (String, String) {
        let texts = |field: &str| {
            let containers = self.list(pointer).iter();
            containers.map(|container| container[field].as_str().unwrap_or_default()).collect::<Vec<_>>().join(",")
        };
        (texts("name"), texts("image"))
    }
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

fn moment(time: &Value) -> Option<Timestamp> {
    time.as_str()?.parse().ok()
}

/// `5m`, between two moments; the future is `<invalid>`, but for the second that clocks may differ.
///
/// Source: k8s.io/apimachinery `util/duration`, `HumanDuration`.
fn elapsed(from: Timestamp, to: Timestamp) -> String {
    let passed = to.duration_since(from);
    match passed.as_secs() {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        _ => age(passed.unsigned_abs()),
    }
}

#[cfg(test)]
mod tests;
