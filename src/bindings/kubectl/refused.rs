//! Verbs that kubectl has and kpnb has not, each with what to do instead.

use crate::client::Failure;

/// kubectl's own verbs in the order in which it registers them, for suggestions.
pub(super) const KUBECTL_VERBS: &[&str] = &[
    "create",
    "expose",
    "run",
    "set",
    "explain",
    "get",
    "edit",
    "delete",
    "rollout",
    "scale",
    "autoscale",
    "certificate",
    "cluster-info",
    "top",
    "cordon",
    "uncordon",
    "drain",
    "taint",
    "describe",
    "logs",
    "attach",
    "exec",
    "port-forward",
    "proxy",
    "cp",
    "auth",
    "debug",
    "diff",
    "apply",
    "patch",
    "replace",
    "wait",
    "kustomize",
    "label",
    "annotate",
    "completion",
    "alpha",
    "config",
    "plugin",
    "version",
    "api-versions",
    "api-resources",
    "options",
    "events",
];

/// A verb, why it is refused, and the alternative.
const REFUSED: &[(&str, &str, &str)] = &[
    ("edit", "it opens an editor", "kubectl patch, label or annotate; or k8s::get, change the map, k8s::replace"),
    ("attach", "it needs a terminal", "kubectl logs, or kubectl exec POD -- COMMAND"),
    ("debug", "it needs a terminal", "kubectl exec POD -- COMMAND, or docker exec NODE COMMAND"),
    ("port-forward", "a notebook opens no ports", "kubectl exec POD -- wget -qO- localhost:PORT"),
    ("proxy", "a notebook opens no ports", "kubectl get --raw PATH, or k8s::raw(method, path)"),
    (
        "config",
        "the cluster and its context are chosen for the whole run",
        "kpnb run --cluster CONTEXT, and -n NAMESPACE",
    ),
    (
        "cp",
        "a notebook reads and writes no files of this machine",
        "kubectl exec POD -- cat FILE, or docker::copy_from",
    ),
    ("diff", "it starts another program", "diff(a, b) on the maps that k8s::get returns"),
    ("expose", "it is not built in", "kubectl apply -f a manifest of the Service"),
    ("autoscale", "it is not built in", "kubectl scale, or apply a manifest of the HorizontalPodAutoscaler"),
    ("certificate", "it is not built in", "k8s::raw on the CertificateSigningRequest's approval subresource"),
    ("kustomize", "it is not built in", "save the built manifests beside the notebook and apply those"),
    ("plugin", "it starts other programs", "the notebook's own functions"),
    ("completion", "it is for a shell", "kpnb completions"),
    ("alpha", "it is not built in", "kubectl --help lists what is"),
    ("options", "it is not built in", "kubectl --help lists the flags of every command"),
];

/// The refusal of a verb that is kubectl's but not built in; none for any other word.
pub(super) fn failure(verb: &str) -> Option<Failure> {
    let (name, why, instead) = REFUSED.iter().find(|(name, ..)| *name == verb)?;
    Some(
        Failure::refused(format!("error: kubectl {name} is refused: {why}; instead: {instead}"))
            .with_hint(format!("instead: {instead}")),
    )
}
