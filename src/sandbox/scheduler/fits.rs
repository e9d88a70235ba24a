//! Whether a Pod may run on a node: the filters, with their reasons in upstream's words. pkg/scheduler/framework/plugins.

use serde_json::Value;

use crate::sandbox::World;
use crate::sandbox::object;

use super::resources::{self, Resources};

/// A node, with what the Pods on it ask for.
#[derive(Debug)]
pub struct Candidate {
    /// The Node.
    pub node: std::sync::Arc<Value>,
    /// What its Pods ask for, together.
    pub requested: Resources,
    /// How many there are.
    pub pods: i64,
    /// The host ports that they take: `TCP/80`.
    pub ports: Vec<String>,
    /// The labels and namespaces of its Pods.
    pub running: Vec<std::sync::Arc<Value>>,
}

/// Why a Pod may not run on a node; none: it may. `PodFitsResources` can give several reasons, the others one.
pub fn reasons(world: &World, pod: &Value, candidate: &Candidate, all: &[Candidate]) -> Vec<String> {
    let node = &*candidate.node;
    let spec = &pod["spec"];
    let unschedulable = node["spec"]["unschedulable"] == true;
    if unschedulable && !tolerates(spec, "node.kubernetes.io/unschedulable", "", "NoSchedule") {
        return vec!["node(s) were unschedulable".to_owned()];
    }
    if let Some(wanted) = spec["nodeName"].as_str().filter(|name| !name.is_empty())
        && wanted != object::name(node)
    {
        return vec!["node(s) didn't match the requested hostname".to_owned()];
    }
    if let Some(taint) = untolerated(spec, node, &["NoSchedule", "NoExecute"]) {
        let (key, value) = (&taint["key"], taint["value"].as_str().unwrap_or_default());
        let key = key.as_str().unwrap_or_default();
        return vec![format!("node(s) had taint {{{key}: {value}}}, that the pod didn't tolerate")];
    }
    if !selected(spec, node) {
        return vec!["node(s) didn't match Pod's node affinity".to_owned()];
    }
    if resources::ports(pod).iter().any(|port| candidate.ports.contains(port)) {
        return vec!["node(s) didn't have free ports for the requested pod ports".to_owned()];
    }
    let lacking = lacking(pod, candidate);
    if !lacking.is_empty() {
        return lacking;
    }
    super::affinity::reason(world, pod, candidate, all).into_iter().collect()
}

fn lacking(pod: &Value, candidate: &Candidate) -> Vec<String> {
    let allocatable = Resources::parse(&candidate.node["status"]["allocatable"]);
    let wanted = Resources::requested(pod);
    let mut lacking = Vec::new();
    if candidate.pods + 1 > allocatable.get("pods") {
        lacking.push("Too many pods".to_owned());
    }
    for (resource, amount) in wanted.iter() {
        if amount > 0 && amount > allocatable.get(resource) - candidate.requested.get(resource) {
            lacking.push(format!("Insufficient {resource}"));
        }
    }
    lacking
}

/// The first taint of some effects that a Pod does not tolerate.
pub fn untolerated<'a>(spec: &Value, node: &'a Value, effects: &[&str]) -> Option<&'a Value> {
    object::items(&node["spec"]["taints"]).iter().find(|taint| {
        let field = |name: &str| taint[name].as_str().unwrap_or_default();
        effects.contains(&field("effect")) && !tolerates(spec, field("key"), field("value"), field("effect"))
    })
}

/// Whether a Pod tolerates a taint.
pub fn tolerates(spec: &Value, key: &str, value: &str, effect: &str) -> bool {
    object::items(&spec["tolerations"]).iter().any(|toleration| tolerated(toleration, key, value, effect))
}

/// Whether one toleration takes a taint. k8s.io/api/core/v1, `ToleratesTaint`.
pub fn tolerated(toleration: &Value, key: &str, value: &str, effect: &str) -> bool {
    let field = |name: &str| toleration[name].as_str().unwrap_or_default();
    if !field("effect").is_empty() && field("effect") != effect {
        return false;
    }
    if !field("key").is_empty() && field("key") != key {
        return false;
    }
    match field("operator") {
        "Exists" => true,
        "" | "Equal" => field("value") == value,
        _ => false,
    }
}

/// Whether a node meets `nodeSelector` and the required node affinity.
pub fn selected(spec: &Value, node: &Value) -> bool {
    let labels = &node["metadata"]["labels"];
    if let Some(wanted) = spec["nodeSelector"].as_object()
        && !wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
    {
        return false;
    }
    let required = &spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    required.is_null() || object::items(&required["nodeSelectorTerms"]).iter().any(|term| term_matches(term, node))
}

/// Whether a node meets one term of a node selector; an empty one takes none.
pub fn term_matches(term: &Value, node: &Value) -> bool {
    let expressions = object::items(&term["matchExpressions"]);
    let fields = object::items(&term["matchFields"]);
    let by_name = serde_json::json!({"metadata.name": node["metadata"]["name"]});
    !(expressions.is_empty() && fields.is_empty())
        && expressions.iter().all(|requirement| object::requires(requirement, &node["metadata"]["labels"]))
        && fields.iter().all(|requirement| object::requires(requirement, &by_name))
}
