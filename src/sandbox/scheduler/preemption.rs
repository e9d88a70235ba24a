//! Preemption: a Pod that does not fit may take the place of others that matter less.
//! pkg/scheduler/framework/plugins/defaultpreemption.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::fits::{self, Asked};
use super::view::{Candidate, View};
use super::volumes::Claimed;
use crate::sandbox::World;
use crate::sandbox::api::DeleteOptions;
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::{Event, record_new};

/// Who schedules.
const MANAGER: &str = "kube-scheduler";
/// How many nodes are tried at the least: `minCandidateNodesAbsolute`.
const ENOUGH: usize = 100;
/// And of a large cluster, one in so many: `minCandidateNodesPercentage`.
const ONE_IN: usize = 10;

/// What a Pod can be helped with by ending others: what does not fit for reasons that those cannot change does not fit at all.
const HELPED: [&str; 7] = [
    "Too many pods",
    "Insufficient ",
    "node(s) didn't have free ports",
    "node(s) didn't match pod anti-affinity rules",
    "node(s) didn't match pod affinity/anti-affinity",
    "node(s) didn't satisfy existing pods anti-affinity rules",
    "node(s) didn't match pod topology spread constraints",
];

/// A node with the Pods that would have to go.
struct Victims {
    node: String,
    /// The most important first.
    pods: Vec<Arc<Value>>,
    /// How many of them their budgets do not let go.
    violations: i64,
}

/// Whether a node's reasons may go away with its Pods.
pub(super) fn helps(reasons: &[String]) -> bool {
    reasons.iter().all(|reason| {
        HELPED.iter().any(|known| reason.starts_with(known)) && !reason.ends_with("(missing required label)")
    })
}

/// Ends Pods that matter less so that this one may run; the node where.
pub(super) fn preempt(world: &mut World, view: &View, pod: &Arc<Value>, nodes: &[String]) -> Option<String> {
    if !may(world, pod, nodes) {
        return None;
    }
    let all = view.all();
    let enough = (all.len() / ONE_IN).max(ENOUGH);
    let mut found = Vec::new();
    let from = if nodes.is_empty() { 0 } else { world.rng.usize(..nodes.len()) };
    for node in nodes.iter().cycle().skip(from).take(nodes.len()) {
        let Some(at) = all.iter().position(|candidate| object::name(&candidate.node) == node) else { continue };
        found.extend(victims(world, pod, &all, at));
        if found.len() >= enough {
            break;
        }
    }
    let chosen = choose(found)?;
    for victim in &chosen.pods {
        let name = Name::of(victim);
        // One that is gone is no hindrance any more.
        let _ = world.api(MANAGER).delete("pods", name.ns(), &name.name, &DeleteOptions::default());
        let message = format!("Preempted by {}/{} on node {}", object::namespace(pod), object::name(pod), chosen.node);
        let event = Event { about: victim, field_path: "", kind: "Normal", reason: "Preempted", message: &message };
        let instance = super::instance(world);
        record_new(world, super::NAME, &instance, "Preempting", event);
    }
    give_up_for(world, pod, &chosen.node);
    Some(chosen.node)
}

/// Those that wait for the same node and matter less look for another one.
fn give_up_for(world: &mut World, pod: &Value, node: &str) {
    let names: Vec<Name> = world.scheduler.nominated.get(node).into_iter().flatten().cloned().collect();
    for name in names {
        let Some(other) = world.informers.get("pods", &name.namespace, &name.name) else { continue };
        if priority(&other) < priority(pod) {
            let mut other = Value::clone(&other);
            if let Some(status) = other["status"].as_object_mut() {
                status.shift_remove("nominatedNodeName");
            }
            // One that changed meanwhile is tried again anyway.
            let _ = world.api(MANAGER).update_status("pods", name.ns(), other);
        }
    }
}

/// `PodEligibleToPreemptOthers`: those that never do, and those for which others are ending already, wait.
fn may(world: &World, pod: &Value, nodes: &[String]) -> bool {
    if pod["spec"]["preemptionPolicy"] == "Never" {
        return false;
    }
    let nominated = pod["status"]["nominatedNodeName"].as_str().unwrap_or_default();
    if nominated.is_empty() || !nodes.iter().any(|node| node == nominated) {
        return true;
    }
    let there = world.informers.pods_on(nominated);
    !there.iter().any(|other| object::deleting(other) && priority(other) < priority(pod))
}

/// A Pod's priority.
pub(super) fn priority(pod: &Value) -> i64 {
    object::int(&pod["spec"]["priority"], 0)
}

/// When a Pod began, or will.
fn began(pod: &Value) -> Timestamp {
    object::parse_time(&pod["status"]["startTime"]).unwrap_or(Timestamp::MAX)
}

/// The fewest Pods that have to leave a node: `selectVictimsOnNode`.
fn victims(world: &World, pod: &Arc<Value>, all: &[&Candidate], at: usize) -> Option<Victims> {
    let before = all[at];
    let (mut less, mut kept): (Vec<_>, Vec<_>) =
        before.running.iter().cloned().partition(|other| priority(other) < priority(pod));
    if less.is_empty() || !fits(world, pod, all, at, kept.clone()) {
        return None;
    }
    less.sort_by_key(|other| (Reverse(priority(other)), began(other)));
    let (held, free) = by_budgets(world, less);
    let (mut pods, mut violations) = (Vec::new(), 0);
    for (other, is_held) in held.into_iter().map(|other| (other, true)).chain(free.into_iter().map(|o| (o, false))) {
        let mut with = kept.clone();
        with.push(other.clone());
        if fits(world, pod, all, at, with.clone()) {
            kept = with;
        } else {
            pods.push(other);
            violations += i64::from(is_held);
        }
    }
    pods.sort_by_key(|other| (Reverse(priority(other)), began(other)));
    Some(Victims { node: object::name(&before.node).to_owned(), pods, violations })
}

/// Whether a Pod would fit on a node that only some Pods are on.
fn fits(world: &World, pod: &Arc<Value>, all: &[&Candidate], at: usize, pods: Vec<Arc<Value>>) -> bool {
    let changed = Candidate::new(all[at].node.clone(), pods);
    let spec = &pod["spec"];
    // Only rules between Pods need to know of the other nodes.
    let alone = spec["affinity"].is_null()
        && object::items(&spec["topologySpreadConstraints"]).is_empty()
        && all.iter().all(|candidate| candidate.guards.is_empty());
    let mut nodes = if alone { vec![all[at]] } else { all.to_vec() };
    let own = if alone { 0 } else { at };
    nodes[own] = &changed;
    let Ok(claimed) = Claimed::of(world, pod) else { return false };
    fits::reasons(&Asked::new(pod, &nodes), &changed, |node| claimed.reasons(world, node)).is_empty()
}

/// Those whose budgets do not let them go, and the others: `filterPodsWithPDBViolation`.
fn by_budgets(world: &World, pods: Vec<Arc<Value>>) -> (Vec<Arc<Value>>, Vec<Arc<Value>>) {
    let mut allowed: BTreeMap<String, i64> = BTreeMap::new();
    pods.into_iter().partition(|pod| {
        let mut violates = false;
        for budget in world.informers.list_in("poddisruptionbudgets", object::namespace(pod)) {
            let selector = &budget["spec"]["selector"];
            let empty = selector.as_object().is_none_or(|terms| {
                terms.values().all(|term| {
                    term.as_object().is_none_or(|t| t.is_empty()) && term.as_array().is_none_or(Vec::is_empty)
                })
            });
            let counted = budget["status"]["disruptedPods"].get(object::name(pod)).is_some();
            if empty || counted || !object::selects(selector, &pod["metadata"]["labels"]) {
                continue;
            }
            let left = allowed
                .entry(object::uid(budget).to_owned())
                .or_insert_with(|| object::int(&budget["status"]["disruptionsAllowed"], 0));
            *left -= 1;
            violates |= *left < 0;
        }
        violates
    })
}

/// The node where least is lost: `pickOneNodeForPreemption`.
fn choose(found: Vec<Victims>) -> Option<Victims> {
    found.into_iter().min_by_key(|victims| {
        let highest = victims.pods.first().map_or(i64::MIN, |pod| priority(pod));
        // Each counts for more than nothing, however low its priority is.
        let sum: i64 = victims.pods.iter().map(|pod| priority(pod) + i64::from(i32::MAX) + 1).sum();
        let most_important = victims.pods.iter().filter(|pod| priority(pod) == highest);
        let earliest = most_important.map(|pod| began(pod)).min().unwrap_or(Timestamp::MAX);
        (victims.violations, highest, sum, victims.pods.len(), Reverse(earliest))
    })
}

/// The Pods that are to run on a node once others have left it, and come before this one.
pub(super) fn nominated(world: &World, node: &str, pod: &Value) -> Vec<Arc<Value>> {
    let names = world.scheduler.nominated.get(node).into_iter().flatten();
    let pods = names.filter_map(|name| world.informers.get("pods", &name.namespace, &name.name));
    pods.filter(|other| object::uid(other) != object::uid(pod) && priority(other) >= priority(pod)).collect()
}
