//! Whether a Pod may run on a node: the filters, with their reasons in upstream's words. pkg/scheduler/framework/plugins.

use serde_json::Value;

use crate::sandbox::object;

use super::affinity::Terms;
use super::resources::{self, Resources};
use super::view::Candidate;

/// What a Pod asks of nodes, worked out once for all of them.
pub(super) struct Asked<'a> {
    spec: &'a Value,
    pub(super) requested: Resources,
    ports: Vec<String>,
    terms: Terms<'a>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(pod: &'a Value, all: &[&'a Candidate]) -> Self {
        let (requested, ports) = (Resources::requested(pod), resources::ports(pod));
        Self { spec: &pod["spec"], requested, ports, terms: Terms::new(pod, all) }
    }
}

/// Why a Pod may not run on a node; none: it may. Resources and rules between Pods can give several reasons, the others one.
pub(super) fn reasons(
    asked: &Asked<'_>,
    candidate: &Candidate,
    volumes: impl FnOnce(&Value) -> Vec<String>,
) -> Vec<String> {
    let (node, spec) = (&*candidate.node, asked.spec);
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
    if asked.ports.iter().any(|port| candidate.ports.contains(port)) {
        return vec!["node(s) didn't have free ports for the requested pod ports".to_owned()];
    }
    let lacking = lacking(&asked.requested, candidate);
    if !lacking.is_empty() {
        return lacking;
    }
    let lacking = volumes(node);
    if !lacking.is_empty() {
        return lacking;
    }
    asked.terms.reasons(candidate)
}

fn lacking(wanted: &Resources, candidate: &Candidate) -> Vec<String> {
    let allocatable = &candidate.allocatable;
    let mut lacking = Vec::new();
    let pods = i64::try_from(candidate.running.len()).unwrap_or(i64::MAX);
    if pods >= allocatable.get("pods") {
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
    required.is_null() || node_terms(&required["nodeSelectorTerms"], node)
}

/// Whether a node meets one of the terms of a node selector.
pub fn node_terms(terms: &Value, node: &Value) -> bool {
    object::items(terms).iter().any(|term| term_matches(term, node))
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
