//! What the servers say where an input does not.

use std::sync::LazyLock;

use serde_json::{Value, json};

/// The label of the cluster's containers.
pub(super) const LABEL: &str = "io.x-k8s.kind.cluster=fuzz";

/// Plural, kind, whether namespaced, short name.
type Resource = (&'static str, &'static str, bool, &'static str);

/// By group and version.
const RESOURCES: &[(&str, &[Resource])] = &[
    (
        "v1",
        &[
            ("bindings", "Binding", true, ""),
            ("configmaps", "ConfigMap", true, "cm"),
            ("endpoints", "Endpoints", true, "ep"),
            ("events", "Event", true, "ev"),
            ("limitranges", "LimitRange", true, "limits"),
            ("namespaces", "Namespace", false, "ns"),
            ("nodes", "Node", false, "no"),
            ("persistentvolumeclaims", "PersistentVolumeClaim", true, "pvc"),
            ("persistentvolumes", "PersistentVolume", false, "pv"),
            ("pods", "Pod", true, "po"),
            ("replicationcontrollers", "ReplicationController", true, "rc"),
            ("resourcequotas", "ResourceQuota", true, "quota"),
            ("secrets", "Secret", true, ""),
            ("serviceaccounts", "ServiceAccount", true, "sa"),
            ("services", "Service", true, "svc"),
        ],
    ),
    (
        "apps/v1",
        &[
            ("controllerrevisions", "ControllerRevision", true, ""),
            ("daemonsets", "DaemonSet", true, "ds"),
            ("deployments", "Deployment", true, "deploy"),
            ("replicasets", "ReplicaSet", true, "rs"),
            ("statefulsets", "StatefulSet", true, "sts"),
        ],
    ),
    ("autoscaling/v1", &[("horizontalpodautoscalers", "HorizontalPodAutoscaler", true, "hpa")]),
    ("batch/v1", &[("jobs", "Job", true, "")]),
    ("batch/v1beta1", &[("cronjobs", "CronJob", true, "cj")]),
    (
        "networking.k8s.io/v1",
        &[("ingresses", "Ingress", true, "ing"), ("networkpolicies", "NetworkPolicy", true, "netpol")],
    ),
    ("policy/v1beta1", &[("poddisruptionbudgets", "PodDisruptionBudget", true, "pdb")]),
    (
        "rbac.authorization.k8s.io/v1",
        &[
            ("clusterrolebindings", "ClusterRoleBinding", false, ""),
            ("clusterroles", "ClusterRole", false, ""),
            ("rolebindings", "RoleBinding", true, ""),
            ("roles", "Role", true, ""),
        ],
    ),
    ("storage.k8s.io/v1", &[("storageclasses", "StorageClass", false, "sc")]),
    ("example.com/v1", &[("widgets", "Widget", true, "wd")]),
];

/// Whether a path asks what the server has.
pub(super) fn is_discovery(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or(path);
    let parts = path.split('/').count();
    path == "/apis" || path.starts_with("/api/") && parts == 3 || path.starts_with("/apis/") && parts == 4
}

/// Status and body.
pub(super) fn answer(method: &str, path: &str) -> (u16, Vec<u8>) {
    let path = path.split('?').next().unwrap_or(path);
    let body = if is_discovery(path) {
        discovery(path)
    } else if path == "/openapi/v2" {
        openapi()
    } else if path == "/version" {
        json!({"gitVersion": "v1.20.2", "major": "1", "minor": "20", "platform": "linux/amd64", "Version": "20.10.1"})
    } else if path == "/containers/json" {
        json!([container()])
    } else if path == "/networks" {
        json!([{"Id": "b".repeat(64), "Name": "kind", "Driver": "bridge", "Scope": "local"}])
    } else if path.starts_with("/networks/") && method == "GET" {
        json!({"Id": "b".repeat(64), "Name": "kind", "Driver": "bridge", "Scope": "local"})
    } else if path.starts_with("/containers/") && path.ends_with("/json") {
        container()
    } else if path.ends_with("/exec") && method == "POST" {
        json!({"Id": "c".repeat(64)})
    } else if path.starts_with("/exec/") && path.ends_with("/json") {
        json!({"ExitCode": 3, "Running": false})
    } else if path.starts_with("/exec/") || path.ends_with("/logs") {
        return (200, b"\x01\0\0\0\0\0\0\x04out\n\x02\0\0\0\0\0\0\x04err\n".to_vec());
    } else if path.starts_with("/containers/") {
        return (204, Vec::new());
    } else if path.starts_with("/api") {
        object(path)
    } else {
        return (404, br#"{"message":"page not found"}"#.to_vec());
    };
    (200, body.to_string().into_bytes())
}

fn container() -> Value {
    json!({
        "Id": "a".repeat(64), "Name": "/fuzz-worker", "Names": ["/fuzz-worker"], "Image": "kindest/node:v1.20.2",
        "State": "running", "Status": "Up 2 hours", "Created": 1_605_990_000, "Command": "/usr/local/bin/entrypoint",
        "Labels": {"io.x-k8s.kind.cluster": "fuzz"}, "Config": {"Labels": {"io.x-k8s.kind.cluster": "fuzz"}},
        "Ports": [{"IP": "127.0.0.1", "PrivatePort": 6443, "PublicPort": 1, "Type": "tcp"}],
        "NetworkSettings": {"Networks": {"kind": {"NetworkID": "b".repeat(64), "IPAddress": "172.18.0.2"}}}
    })
}

fn discovery(path: &str) -> Value {
    if path == "/apis" {
        let groups = RESOURCES.iter().filter_map(|(group_version, _)| {
            let (group, version) = group_version.split_once('/')?;
            let version = json!({"groupVersion": group_version, "version": version});
            Some(json!({"name": group, "versions": [version], "preferredVersion": version}))
        });
        return json!({"kind": "APIGroupList", "groups": groups.collect::<Vec<_>>()});
    }
    let version = path.trim_start_matches("/apis/").trim_start_matches("/api/");
    let resources = RESOURCES.iter().filter(|(known, _)| *known == version).flat_map(|(_, resources)| *resources);
    let resources = resources.map(|(plural, kind, namespaced, short)| {
        json!({
            "name": plural, "kind": kind, "namespaced": namespaced, "singularName": "", "shortNames": [short],
            "categories": if *kind == "Event" { json!([]) } else { json!(["all"]) },
            "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
        })
    });
    json!({"kind": "APIResourceList", "groupVersion": version, "resources": resources.collect::<Vec<_>>()})
}

/// An object that has something of most kinds, or a list of two.
fn object(path: &str) -> Value {
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts.drain(..if parts[0] == "api" { 2 } else { 3.min(parts.len()) });
    if parts.first() == Some(&"namespaces") && parts.len() > 2 {
        parts.drain(..2);
    }
    let plural = parts.first().copied().unwrap_or_default();
    let known = RESOURCES.iter().flat_map(|(version, resources)| resources.iter().map(move |one| (version, one)));
    let (version, kind) = known
        .filter(|(_, one)| one.0 == plural)
        .map(|(version, one)| (*version, one.1))
        .next()
        .unwrap_or(("v1", "Thing"));
    let one = |name: &str| {
        let mut object = OBJECT.clone();
        object["apiVersion"] = version.into();
        object["kind"] = kind.into();
        object["metadata"]["name"] = name.into();
        object
    };
    match parts.get(1) {
        Some(name) => one(name),
        None => {
            json!({"kind": format!("{kind}List"), "apiVersion": version, "metadata": {}, "items": [one("a"), one("b")]})
        }
    }
}

static OBJECT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("object.json")).expect("object.json is JSON"));

fn openapi() -> Value {
    json!({"definitions": {
        "Pod": {
            "type": "object", "description": "A Pod.",
            "properties": {
                "spec": {"$ref": "#/definitions/Spec", "description": "What is wanted."},
                "metadata": {"type": "object", "additionalProperties": {"type": "string"}}
            },
            "x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "Pod"}]
        },
        "Spec": {"type": "object", "required": ["containers"], "properties": {
            "containers": {
                "type": "array", "items": {"$ref": "#/definitions/Container"},
                "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"
            },
            "volumes": {"type": "array", "items": {"$ref": "#/definitions/Spec"}, "x-kubernetes-patch-strategy": "merge,retainKeys"},
            "finalizers": {"type": "array", "items": {"type": "string"}, "x-kubernetes-patch-strategy": "merge"}
        }},
        "Container": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"}, "image": {"type": "string"}, "ports": {"type": "array", "items": {"type": "integer"}}
        }}
    }})
}
