//! Affinity between Pods, and spreading over topology domains: required terms only. pkg/scheduler/framework/plugins,
//! `interpodaffinity` and `podtopologyspread`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::sandbox::object;

use super::fits;
use super::view::Candidate;

/// What a Pod's required terms, and those of the Pods that run, say of all nodes: worked out once a Pod, as upstream's
/// `PreFilter` does.
pub(super) struct Terms<'a> {
    near: Vec<Near<'a>>,
    /// Its anti-affinity: the topology key, and the domains with Pods that it must not be with.
    away: Vec<(&'a str, BTreeSet<&'a str>)>,
    /// The domains, by topology key, that Pods which run keep it from.
    guarded: BTreeSet<(&'a str, &'a str)>,
    spread: Vec<Spread<'a>>,
}

/// One term of a Pod's affinity.
struct Near<'a> {
    key: &'a str,
    domains: BTreeSet<&'a str>,
    /// It is the first of a group that wants its own kind near: it may run anywhere.
    first: bool,
}

/// One constraint on spreading, with how many Pods are alike in each domain.
struct Spread<'a> {
    key: &'a str,
    most: i64,
    itself: i64,
    counts: BTreeMap<&'a str, i64>,
}

impl<'a> Terms<'a> {
    pub(super) fn new(pod: &'a Value, all: &[&'a Candidate]) -> Self {
        let affinity = &pod["spec"]["affinity"];
        let near = required(&affinity["podAffinity"]).iter().map(|term| {
            let anywhere = all.iter().flat_map(|candidate| &candidate.running).any(|other| matches(term, pod, other));
            Near { key: key(term), domains: domains(term, pod, all), first: !anywhere && matches(term, pod, pod) }
        });
        let away = required(&affinity["podAntiAffinity"]).iter().map(|term| (key(term), domains(term, pod, all)));
        let spread = object::items(&pod["spec"]["topologySpreadConstraints"]).iter();
        let spread = spread.filter(|constraint| constraint["whenUnsatisfiable"] == "DoNotSchedule");
        Self {
            near: near.collect(),
            away: away.collect(),
            guarded: guarded(pod, all),
            spread: spread.map(|constraint| Spread::new(pod, constraint, all)).collect(),
        }
    }

    /// Why they keep the Pod from a node; what is broken between Pods is told twice, in general and as the rule.
    pub(super) fn reasons(&self, candidate: &Candidate) -> Vec<String> {
        for spread in &self.spread {
            let Some(own) = label(candidate, spread.key) else {
                return vec!["node(s) didn't match pod topology spread constraints (missing required label)".into()];
            };
            if spread.skew(own) > spread.most {
                return vec!["node(s) didn't match pod topology spread constraints".into()];
            }
        }
        let general = "node(s) didn't match pod affinity/anti-affinity";
        self.broken(candidate).map(|rule| vec![general.to_owned(), rule.to_owned()]).unwrap_or_default()
    }

    /// The rule between Pods that would be broken.
    fn broken(&self, candidate: &Candidate) -> Option<&'static str> {
        let mut near = self.near.iter().map(|near| (near, label(candidate, near.key)));
        if !near.all(|(near, own)| own.is_some_and(|own| near.first || near.domains.contains(own))) {
            return Some("node(s) didn't match pod affinity rules");
        }
        let mut away = self.away.iter().map(|(key, domains)| (domains, label(candidate, key)));
        if away.any(|(domains, own)| own.is_some_and(|own| domains.contains(own))) {
            return Some("node(s) didn't match pod anti-affinity rules");
        }
        let mut guarded = self.guarded.iter();
        guarded
            .any(|(key, domain)| label(candidate, key) == Some(domain))
            .then_some("node(s) didn't satisfy existing pods anti-affinity rules")
    }
}

impl<'a> Spread<'a> {
    fn new(pod: &Value, constraint: &'a Value, all: &[&'a Candidate]) -> Self {
        let mut counts = BTreeMap::new();
        for other in all.iter().filter(|other| fits::selected(&pod["spec"], &other.node)) {
            let Some(domain) = label(other, key(constraint)) else { continue };
            let alike = other.running.iter().filter(|running| {
                !object::deleting(running)
                    && object::namespace(running) == object::namespace(pod)
                    && object::selects(&constraint["labelSelector"], &running["metadata"]["labels"])
            });
            *counts.entry(domain).or_insert(0) += i64::try_from(alike.count()).unwrap_or(i64::MAX);
        }
        let itself = object::selects(&constraint["labelSelector"], &pod["metadata"]["labels"]);
        let most = object::int(&constraint["maxSkew"], 1);
        Self { key: key(constraint), most, itself: i64::from(itself), counts }
    }

    /// By how much a domain would have more than the one with the fewest.
    fn skew(&self, domain: &str) -> i64 {
        let least = self.counts.values().min().copied().unwrap_or(0);
        self.counts.get(domain).copied().unwrap_or(0) + self.itself - least
    }
}

/// The required terms of an affinity.
pub(super) fn required(affinity: &Value) -> &[Value] {
    object::items(&affinity["requiredDuringSchedulingIgnoredDuringExecution"])
}

fn key(term: &Value) -> &str {
    term["topologyKey"].as_str().unwrap_or_default()
}

fn label<'a>(candidate: &'a Candidate, key: &str) -> Option<&'a str> {
    candidate.node["metadata"]["labels"].get(key)?.as_str()
}

/// The domains of a term in which there are Pods that it means.
fn domains<'a>(term: &Value, pod: &Value, all: &[&'a Candidate]) -> BTreeSet<&'a str> {
    let there = all.iter().filter(|candidate| candidate.running.iter().any(|running| matches(term, pod, running)));
    there.filter_map(|candidate| label(candidate, key(term))).collect()
}

/// The domains that Pods with an anti-affinity of their own keep this one from.
fn guarded<'a>(pod: &Value, all: &[&'a Candidate]) -> BTreeSet<(&'a str, &'a str)> {
    let guards = all.iter().flat_map(|candidate| candidate.guards.iter().map(move |guard| (candidate, guard)));
    let terms = guards.flat_map(|(candidate, guard)| {
        let terms = required(&guard["spec"]["affinity"]["podAntiAffinity"]).iter();
        terms.filter(|term| matches(term, guard, pod)).map(move |term| (key(term), label(candidate, key(term))))
    });
    terms.filter_map(|(key, domain)| Some((key, domain?))).collect()
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
