//! Affinity between Pods, and spreading over topology domains: required terms only. pkg/scheduler/framework/plugins,
//! `interpodaffinity` and `podtopologyspread`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sandbox::World;
use crate::sandbox::object;

use super::fits::{self, Candidate};

/// Why required terms keep a Pod from a node.
pub(super) fn reason(_world: &World, pod: &Value, candidate: &Candidate, all: &[Candidate]) -> Option<String> {
    if let Some(reason) = spread(pod, candidate, all) {
        return Some(reason);
    }
    let affinity = &pod["spec"]["affinity"];
    let required = |kind: &str| affinity[kind]["requiredDuringSchedulingIgnoredDuringExecution"].clone();
    for term in object::items(&required("podAffinity")) {
        let domain = domain(candidate, term);
        let near = domain.is_some() && exists(all, term, pod, domain);
        // The first of a group that wants its own kind near may run anywhere.
        let first = domain.is_some() && !exists_anywhere(all, term, pod) && matches(term, pod, pod);
        if !near && !first {
            return Some(
                "node(s) didn't match pod affinity rules, node(s) didn't match pod affinity/anti-affinity".into(),
            );
        }
    }
    for term in object::items(&required("podAntiAffinity")) {
        let domain = domain(candidate, term);
        if domain.is_some() && exists(all, term, pod, domain) {
            let why = "node(s) didn't match pod affinity/anti-affinity, node(s) didn't match pod anti-affinity rules";
            return Some(why.into());
        }
    }
    for other in all {
        for running in &other.running {
            let theirs = &running["spec"]["affinity"]["podAntiAffinity"];
            for term in object::items(&theirs["requiredDuringSchedulingIgnoredDuringExecution"]) {
                let same = domain(candidate, term).is_some() && domain(candidate, term) == domain(other, term);
                if same && matches(term, running, pod) {
                    let why = "node(s) didn't match pod affinity/anti-affinity, \
                               node(s) didn't satisfy existing pods anti-affinity rules";
                    return Some(why.into());
                }
            }
        }
    }
    None
}

fn domain<'a>(candidate: &'a Candidate, term: &Value) -> Option<&'a str> {
    candidate.node["metadata"]["labels"].get(term["topologyKey"].as_str()?)?.as_str()
}

fn exists(all: &[Candidate], term: &Value, pod: &Value, wanted: Option<&str>) -> bool {
    let there = all.iter().filter(|candidate| domain(candidate, term) == wanted);
    there.flat_map(|candidate| &candidate.running).any(|running| matches(term, pod, running))
}

fn exists_anywhere(all: &[Candidate], term: &Value, pod: &Value) -> bool {
    all.iter().flat_map(|candidate| &candidate.running).any(|running| matches(term, pod, running))
}

/// Whether a term of `owner` means `other`.
fn matches(term: &Value, owner: &Value, other: &Value) -> bool {
    let namespaces = object::items(&term["namespaces"]);
    let namespace = object::namespace(other);
    let in_reach = if namespaces.is_empty() {
        namespace == object::namespace(owner)
    } else {
        namespaces.iter().any(|wanted| wanted == namespace)
    };
    in_reach && object::selects(&term["labelSelector"], &other["metadata"]["labels"])
}

fn spread(pod: &Value, candidate: &Candidate, all: &[Candidate]) -> Option<String> {
    for constraint in object::items(&pod["spec"]["topologySpreadConstraints"]) {
        if constraint["whenUnsatisfiable"] != "DoNotSchedule" {
            continue;
        }
        let Some(own) = domain(candidate, constraint) else {
            return Some("node(s) didn't match pod topology spread constraints (missing required label)".into());
        };
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        for other in all.iter().filter(|other| fits::selected(&pod["spec"], &other.node)) {
            let Some(domain) = domain(other, constraint) else { continue };
            let alike = other.running.iter().filter(|running| {
                !object::deleting(running)
                    && object::namespace(running) == object::namespace(pod)
                    && object::selects(&constraint["labelSelector"], &running["metadata"]["labels"])
            });
            *counts.entry(domain).or_insert(0) += i64::try_from(alike.count()).unwrap_or(i64::MAX);
        }
        let least = counts.values().min().copied().unwrap_or(0);
        let itself = i64::from(object::selects(&constraint["labelSelector"], &pod["metadata"]["labels"]));
        let skew = counts.get(own).copied().unwrap_or(0) + itself - least;
        if skew > object::int(&constraint["maxSkew"], 1) {
            return Some("node(s) didn't match pod topology spread constraints".into());
        }
    }
    None
}
