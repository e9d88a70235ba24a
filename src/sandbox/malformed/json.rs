//! JSON that was an object once.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

/// Any JSON, small.
pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(vec!["", "a", "-1", "Always", "2026-13-01T00:00:00Z", "\u{0}", "1e99", "9Ei", "é", "kubernetes.io/x"])
            .prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let key = select(vec!["name", "metadata", "spec", "key", "value", "containers", "f:spec", "$patch", "", "."]);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..4)
                .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// One of these, with some places changed.
pub(super) fn mutated(of: Vec<Value>) -> impl Strategy<Value = Value> {
    let change = (any::<Index>(), proptest::option::weighted(0.8, any_json()));
    (select(of), proptest::collection::vec(change, 0..3)).prop_map(|(mut value, changes)| {
        for (at, new) in changes {
            let places = places(&value);
            let place = &places[at.index(places.len())];
            if let Some(new) = new {
                if let Some(old) = value.pointer_mut(place) {
                    *old = new;
                }
            } else {
                remove(&mut value, place);
            }
        }
        value
    })
}

fn remove(value: &mut Value, place: &str) {
    let Some((parent, key)) = place.rsplit_once('/') else { return };
    match value.pointer_mut(parent) {
        Some(Value::Object(fields)) => drop(fields.remove(&key.replace("~1", "/").replace("~0", "~"))),
        Some(Value::Array(items)) => {
            items.pop();
        }
        _ => {}
    }
}

/// The JSON pointers of all places in a value.
fn places(value: &Value) -> Vec<String> {
    let mut all = vec![String::new()];
    let within = |key: String, value: &Value| {
        places(value).into_iter().map(move |rest| format!("/{key}{rest}")).collect::<Vec<_>>()
    };
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                all.extend(within(key.replace('~', "~0").replace('/', "~1"), value));
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                all.extend(within(at.to_string(), value));
            }
        }
        _ => {}
    }
    all
}

/// Objects of many kinds, and what is sent to subresources.
pub(super) fn objects() -> Vec<Value> {
    let pod = json!({"containers": [{"name": "main", "image": "busybox:1.31", "command": ["sh"],
        "ports": [{"containerPort": 80}], "resources": {"requests": {"cpu": "100m"}},
        "env": [{"name": "A", "value": "b"}],
        "livenessProbe": {"exec": {"command": ["true"]}, "periodSeconds": 5}}],
        "tolerations": [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}],
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"a": "b"}}}]}}});
    let meta = json!({"name": "x", "labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["example.com/f"],
        "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "one", "uid": "u"}]});
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": pod});
    let workload = json!({"selector": {"matchLabels": {"a": "b"}}, "template": template, "replicas": 2});
    let object =
        |api: &str, kind: &str, spec: &Value| json!({"apiVersion": api, "kind": kind, "metadata": meta, "spec": spec});
    let crd = json!({"group": "example.com", "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"},
        "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]});
    vec![
        object("v1", "Pod", &pod),
        object("apps/v1", "Deployment", &workload),
        object("apps/v1", "DaemonSet", &workload),
        object("apps/v1", "StatefulSet", &workload),
        object("batch/v1", "Job", &json!({"template": template, "completions": 1})),
        object(
            "batch/v1beta1",
            "CronJob",
            &json!({"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template}}}),
        ),
        object(
            "v1",
            "Service",
            &json!({"selector": {"a": "b"}, "ports": [{"port": 80, "targetPort": "x"}], "type": "NodePort"}),
        ),
        object("v1", "Node", &json!({"taints": [{"key": "a", "effect": "NoSchedule"}]})),
        object("policy/v1beta1", "PodDisruptionBudget", &json!({"minAvailable": "50%", "selector": {}})),
        object("apiextensions.k8s.io/v1", "CustomResourceDefinition", &crd),
        object("v1", "Namespace", &json!({"finalizers": ["kubernetes"]})),
        object("autoscaling/v1", "Scale", &json!({"replicas": 3})),
        object("authorization.k8s.io/v1", "SelfSubjectAccessReview", &json!({"resourceAttributes": {"verb": "get"}})),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"a": "b"}, "binaryData": {"c": "AAA="}}),
        json!({"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "x"}, "target": {"kind": "Node", "name": "y"}}),
        json!({"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": "one"}, "deleteOptions": {}}),
        json!({"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "propagationPolicy": "Orphan",
               "preconditions": {"uid": "u"}}),
        json!([{"op": "replace", "path": "/spec/replicas", "value": 1}, {"op": "test", "path": "", "value": {}},
               {"op": "move", "from": "/metadata/labels", "path": "/metadata/labels/a"}, {"op": "copy", "from": "", "path": "/x/-"}]),
        json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "$patch": "delete"}],
               "$setElementOrder/containers": [{"name": "main"}], "$retainKeys": ["containers"]}}}}),
        json!({"metadata": {"finalizers": null, "$deleteFromPrimitiveList/finalizers": ["a"]}, "spec": {"unschedulable": true}}),
    ]
}
