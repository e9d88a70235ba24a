//! What breaks the claims of `notebooks/finalizers.md`.

use serde_json::{Value, json};

use super::How::{Api, Docker, Measured};
use super::{Break, Breaks};
use crate::proxy::api::{appear, change, refusal, vanish};

/// Counts no shim where there is one.
const NO_SHIM: super::How = Docker("containerd-shim", "containerd-zzzz");
/// As a pattern of the same length that finds one process, containerd: counts one shim where there is none.
const ONE_SHIM: super::How = Docker("containerd-shim", "containerd|shim");

pub(crate) fn prove() -> Breaks {
    let case = |cell, claim, how| Break { cell, claim, how };
    let namespace = |name: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    let pod =
        json!({"metadata": {"name": "another", "namespace": "collected-resources"}, "status": {"phase": "Running"}});
    Breaks(vec![
        case(
            "apply-collected",
            "the namespace collected-resources exists",
            Api(change("Namespace", "collected", terminating)),
        ),
        case("apply-collected", "its Pod collected-resources exists", Api(change("Pod", "collected", failed))),
        case(
            "collected",
            "when kubectl delete returns",
            Api(appear("/namespaces/collected-resources", namespace("collected-resources"))),
        ),
        case("collected", "and so is its Pod", Api(appear("/collected-resources/pods", pod.clone()))),
        case("collected", "it returned after", Measured("let kept = took; took = 1.0;", "took = kept;")),
        case(
            "apply-dangling",
            "the namespace dangling-resources exists",
            Api(change("Namespace", "dangling", terminating)),
        ),
        case("apply-dangling", "its Pod dangling-resources exists", Api(change("Pod", "dangling", failed))),
        case(
            "only-one-node",
            "the Pod is on",
            Api(change("Pod", "dangling", |pod| pod["spec"]["nodeName"] = json!("elsewhere"))),
        ),
        case("only-one-node", "it could be nowhere else", Api(change("Node", "k8splayground-worker2", untainted))),
        case("count-before", "containerd-shim process on", NO_SHIM),
        case(
            "hung",
            "kubectl delete namespace",
            Measured("let kept = still_waiting; still_waiting = false;", "still_waiting = kept;"),
        ),
        case(
            "hung",
            "interrupted, it ends",
            Measured("let kept = deletion; deletion = #{code: 0};", "deletion = kept;"),
        ),
        case("still-terminating", "the namespace keeps", Api(change("Namespace", "dangling", undeleted))),
        case(
            "still-terminating",
            "its phase is",
            Api(change("Namespace", "dangling", |namespace| namespace["status"]["phase"] = json!("Active"))),
        ),
        case("disagree", "the container has stopped", ONE_SHIM),
        case("disagree", "the API still shows", Api(change("Pod", "dangling", undeleted))),
        case("disagree", "its container was killed", Api(change("Pod", "dangling", ended_well))),
        case("conditions", "NamespaceContentRemaining is", Api(change("Namespace", "dangling", nothing_remains))),
        case("conditions", "NamespaceFinalizersRemaining is", Api(change("Namespace", "dangling", nothing_holds))),
        case(
            "two-places",
            "the namespace's finalizer",
            Api(change("Namespace", "dangling", |namespace| namespace["spec"] = json!({"finalizers": ["other"]}))),
        ),
        case(
            "two-places",
            "the Pod's is in",
            Api(change("Pod", "dangling", |pod| pod["metadata"]["finalizers"] = json!(["other"]))),
        ),
        case(
            "finalized",
            "with its finalizer taken out",
            Api(appear("/namespaces/dangling-resources", namespace("dangling-resources"))),
        ),
        case("dangles", "is still there", Api(vanish("/pods/dangling-resources"))),
        case("edit-fails", "editing the Pod fails", Api(refusal("pods \"dangling-resources\" not found"))),
        case(
            "released",
            "with the namespace created again",
            Measured("let kept = edited; edited = #{code: 1, stderr: \"\"};", "edited = kept;"),
        ),
        case("released", "and the Pod is gone", Api(appear("/dangling-resources/pods", pod))),
    ])
}

fn terminating(namespace: &mut Value) {
    namespace["status"]["phase"] = json!("Terminating");
}

fn failed(pod: &mut Value) {
    pod["status"]["phase"] = json!("Failed");
}

fn undeleted(object: &mut Value) {
    object["metadata"].as_object_mut().unwrap().remove("deletionTimestamp");
}

fn untainted(node: &mut Value) {
    node["spec"].as_object_mut().unwrap().remove("taints");
}

fn ended_well(pod: &mut Value) {
    let status = &mut pod["status"]["containerStatuses"][0];
    status["state"] = json!({"terminated": {"exitCode": 0}});
}

fn nothing_remains(namespace: &mut Value) {
    set_condition(namespace, "NamespaceContentRemaining");
}

fn nothing_holds(namespace: &mut Value) {
    set_condition(namespace, "NamespaceFinalizersRemaining");
}

fn set_condition(namespace: &mut Value, kind: &str) {
    for condition in namespace["status"]["conditions"].as_array_mut().unwrap() {
        if condition["type"] == kind {
            condition["status"] = json!("False");
        }
    }
}
