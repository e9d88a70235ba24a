//! What breaks the claims of `notebooks/kubelet-failure.md`.

use serde_json::{Value, json};

use super::How::{Api, Docker, Measured};
use super::{Break, Breaks};
use crate::proxy::api::{appear, change};

/// Counts no shim where there is one.
const NO_SHIM: super::How = Docker("containerd-shim", "containerd-zzzz");
/// As a pattern of the same length that finds one process, containerd: counts one shim where there is none.
const ONE_SHIM: super::How = Docker("containerd-shim", "containerd|shim");
/// Likewise counts containerd in the place of the kubelet that is not there.
const ONE_KUBELET: super::How = Docker("kubelet", "cont.*d");

const WORKER: &str = "k8splayground-worker";
const POD: &str = "deployment-";

pub(crate) fn prove() -> Breaks {
    let case = |cell, claim, how| Break { cell, claim, how };
    let extra = json!({"metadata": {"name": "extra", "labels": {"app.kubernetes.io/name": "deployment"}}, "spec": {}, "status": {}});
    Breaks(vec![
        case("nodes-ready", "nodes are Ready", Api(change("Node", WORKER, |node| set_ready(node, "False")))),
        case("placement", "the Pod is on", Api(change("Pod", POD, |pod| pod["spec"]["nodeName"] = json!("elsewhere")))),
        case(
            "placement",
            "it prefers nodes",
            Api(change("Node", WORKER, |node| without(&mut node["metadata"]["labels"], "mock-server"))),
        ),
        case("placement", "it could run on", Api(change("Pod", POD, |pod| pod["spec"]["tolerations"] = json!([])))),
        case("naive-count", "grepping the process list", Docker("grep containerd-shim", "grep [c]ontainerd-sh")),
        case("naive-count", "counted by name", NO_SHIM),
        case("killed", "no kubelet runs", ONE_KUBELET),
        case("silent", "the node's Ready condition", Api(change("Node", WORKER, |node| set_ready(node, "False")))),
        case("silent", "it took", Measured("let kept = silent; silent = 200.0;", "silent = kept;")),
        case(
            "taints",
            "the node has the taint unreachable:NoSchedule",
            Api(change("Node", WORKER, |node| without_taint(node, "NoSchedule"))),
        ),
        case(
            "taints",
            "the node has the taint unreachable:NoExecute",
            Api(change("Node", WORKER, |node| without_taint(node, "NoExecute"))),
        ),
        case(
            "still-running",
            "the Pod on the dead node",
            Api(change("Pod", POD, |pod| pod["status"]["phase"] = json!("Failed"))),
        ),
        case(
            "tolerations",
            "the Pod tolerates node.kubernetes.io/not-ready",
            Api(change("Pod", POD, |pod| hasten(pod, "node.kubernetes.io/not-ready"))),
        ),
        case(
            "tolerations",
            "the Pod tolerates node.kubernetes.io/unreachable",
            Api(change("Pod", POD, |pod| hasten(pod, "node.kubernetes.io/unreachable"))),
        ),
        case("tolerations", "nobody wrote that", Api(change("Deployment", "deployment", written))),
        case(
            "evicted",
            "after the NoExecute taint",
            Measured("let kept = patience; patience = 10.0;", "patience = kept;"),
        ),
        case(
            "evicted",
            "is Terminating",
            Api(change("Pod", POD, |pod| without(&mut pod["metadata"], "deletionTimestamp"))),
        ),
        case("two-run", "the old container still runs", NO_SHIM),
        case("two-run", "has a second Pod", Api(change("Pod", POD, |pod| pod["spec"]["nodeName"] = json!(WORKER)))),
        case(
            "two-run",
            "was asked for",
            Api(change("Deployment", "deployment", |owner| owner["spec"]["replicas"] = json!(2))),
        ),
        case("restored", "the kubelet on", Docker("kubelet", "kubexxx")),
        case(
            "restored",
            "k8splayground-worker is Ready again",
            Api(change("Node", WORKER, |node| set_ready(node, "Unknown"))),
        ),
        case("restored", "the Terminating Pod is gone", Api(appear("/default/pods", extra))),
        case("restored", "on k8splayground-worker containers", ONE_SHIM),
        case("restored", "on k8splayground-worker2 containers", NO_SHIM),
    ])
}

fn set_ready(node: &mut Value, status: &str) {
    for condition in node["status"]["conditions"].as_array_mut().unwrap() {
        if condition["type"] == "Ready" {
            condition["status"] = json!(status);
        }
    }
}

fn without(map: &mut Value, key: &str) {
    map.as_object_mut().unwrap().remove(key);
}

fn without_taint(node: &mut Value, effect: &str) {
    if let Some(taints) = node["spec"]["taints"].as_array_mut() {
        taints.retain(|taint| taint["effect"] != effect);
    }
}

fn hasten(pod: &mut Value, key: &str) {
    for toleration in pod["spec"]["tolerations"].as_array_mut().unwrap() {
        if toleration["key"] == key {
            toleration["tolerationSeconds"] = json!(10);
        }
    }
}

fn written(deployment: &mut Value) {
    let tolerations = deployment["spec"]["template"]["spec"]["tolerations"].as_array_mut().unwrap();
    tolerations.push(json!({"key": "node.kubernetes.io/unreachable", "operator": "Exists"}));
}
