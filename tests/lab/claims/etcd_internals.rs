//! What breaks the claims of `notebooks/etcd-internals.md`.

use serde_json::{Value, json};

use super::How::{Api, Docker, Etcd, Measured};
use super::{Break, Breaks};
use crate::proxy::api::{appear, change, refusal, vanish};

/// Counts no shim where there is one.
const NO_SHIM: super::How = Docker("containerd-shim", "containerd-zzzz");
/// As a pattern of the same length that finds one process, containerd: counts one shim where there is none.
const ONE_SHIM: super::How = Docker("containerd-shim", "containerd|shim");

pub(crate) fn prove() -> Breaks {
    let case = |cell, claim, how| Break { cell, claim, how };
    let own = |kind: &str| json!({"kind": kind, "metadata": {"name": "deployment-left", "labels": {"app.kubernetes.io/name": "deployment"}}});
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "dangling-resources"}});
    Breaks(vec![
        case("key-form", "the key of an object is", Api(change("ConfigMap", "kube-root-ca.crt", moved))),
        case("key-form", "exceptions here", Api(vanish("/api/v1/nodes"))),
        case(
            "deployment-key",
            "the Deployment's key is",
            Etcd("deployments/default/deployment", "deployments/default/deploymenX"),
        ),
        case("same-object", "the value begins with", Etcd("k8s\0", "k8x\0")),
        case(
            "same-object",
            "decoded, it is the object",
            Api(change("Deployment", "deployment", |owner| owner["spec"]["replicas"] = json!(7))),
        ),
        case(
            "revision",
            "the key's mod_revision",
            Api(change("Deployment", "deployment", |owner| owner["metadata"]["resourceVersion"] = json!("1"))),
        ),
        case("replaced", "the Pod is replaced", Measured("let kept = after; after = before;", "after = kept;")),
        case(
            "replaced",
            "it is another container",
            Measured("let kept = after.status; after.status = before.status;", "after.status = kept;"),
        ),
        case("replaced", "shims run side by side", Measured("let kept = both; both = idle + 1;", "both = kept;")),
        case(
            "replaced",
            "for the length of the grace period",
            Measured("let kept = overlap; overlap = 1.0;", "overlap = kept;"),
        ),
        case("replaced", "then it is", NO_SHIM),
        case(
            "owned-go-along",
            "without its key, the Deployment",
            Api(appear("/deployments/deployment", own("Deployment"))),
        ),
        case("owned-go-along", "its ReplicaSet went along", Api(appear("/default/replicasets", own("ReplicaSet")))),
        case("owned-go-along", "and the Pod of that", Api(appear("/default/pods", own("Pod")))),
        case("owned-go-along", "and the container", ONE_SHIM),
        case("bypassed", "without its key the namespace", Api(appear("/namespaces/dangling-resources", namespace))),
        case("bypassed", "dangles", Api(change("Pod", "dangling", |pod| pod["status"]["phase"] = json!("Failed")))),
        case("bypassed", "and it cannot be changed", Api(refusal("pods \"dangling-resources\" not found"))),
        case("stopped-later", "without its key the Pod", Measured("let kept = gone; gone = false;", "gone = kept;")),
        case("stopped-later", "still runs", Measured("let kept = running; running = 0;", "running = kept;")),
        case("stopped-later", "the kubelet stops it", Measured("let kept = later; later = 0.5;", "later = kept;")),
        case("leftovers", "objects are left", Etcd("/dangling-resources/", "/dangling-resourceX/")),
        case("collected", "created again and deleted", Etcd("/system:controller:a", "/dangling-resources/")),
    ])
}

fn moved(config_map: &mut Value) {
    config_map["metadata"]["name"] = json!("moved");
}
