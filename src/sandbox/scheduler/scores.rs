//! Which of the nodes that a Pod may run on it had better run on: the default plugins' scores, 0 to 100 each, and their
//! weights. pkg/scheduler/algorithmprovider.

use serde_json::Value;

use crate::sandbox::object;

use super::fits::{Asked, term_matches, tolerated};
use super::view::Candidate;

/// Rates one node for a Pod.
type Score = fn(&Value, &Candidate) -> i64;

/// The score of each node.
pub(super) fn scores(pod: &Value, asked: &Asked<'_>, nodes: &[&Candidate]) -> Vec<i64> {
    let mut totals: Vec<i64> = nodes.iter().map(|node| resources(asked, node) + images(pod, node)).collect();
    for (total, score) in totals.iter_mut().zip(spread(pod, nodes)) {
        *total += 2 * score;
    }
    let plugins: [(i64, bool, Score); 2] = [(1, false, preferred), (1, true, untolerated)];
    for (weight, reverse, raw) in plugins {
        let raw: Vec<i64> = nodes.iter().map(|node| raw(pod, node)).collect();
        let most = raw.iter().copied().max().unwrap_or(0);
        for (total, raw) in totals.iter_mut().zip(raw) {
            let score = if most == 0 { 0 } else { raw * 100 / most };
            *total += weight * if reverse { 100 - score } else { score };
        }
    }
    totals
}

/// `NodeResourcesLeastAllocated` and `NodeResourcesBalancedAllocation`.
fn resources(asked: &Asked<'_>, candidate: &Candidate) -> i64 {
    let (allocatable, wanted) = (&candidate.allocatable, &asked.requested);
    // Pods that ask for nothing count as a little: `GetNonzeroRequests`.
    let default = |name: &str| if name == "cpu" { 100 } else { 200 * 1024 * 1024 };
    let share = |name: &str| {
        let own = if wanted.get(name) == 0 { default(name) } else { wanted.get(name) };
        let (used, all) = (candidate.requested.get(name) + own, allocatable.get(name).max(1));
        (used.min(all), all)
    };
    let free = |name: &str| {
        let (used, all) = share(name);
        (all - used) * 100 / all
    };
    // Per mille, to stay in whole numbers.
    let part = |name: &str| {
        let (used, all) = share(name);
        used * 1000 / all
    };
    let balance = 100 - (part("cpu") - part("memory")).abs() / 10;
    i64::midpoint(free("cpu"), free("memory")) + balance
}

/// `ImageLocality`: images between 23 and 1000 MB that are there.
fn images(pod: &Value, candidate: &Candidate) -> i64 {
    const LEAST: i64 = 23 * 1024 * 1024;
    const MOST: i64 = 1000 * 1024 * 1024;
    let wanted = object::items(&pod["spec"]["containers"]).iter().filter_map(|container| container["image"].as_str());
    let size: i64 = wanted.filter_map(|image| candidate.images.get(image)).sum();
    (size.clamp(LEAST, MOST) - LEAST) * 100 / (MOST - LEAST)
}

/// `NodeAffinity`: the weights of the preferred terms that a node meets.
fn preferred(pod: &Value, candidate: &Candidate) -> i64 {
    let terms = &pod["spec"]["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"];
    let met = object::items(terms).iter().filter(|term| term_matches(&term["preference"], &candidate.node));
    met.map(|term| object::int(&term["weight"], 0)).sum()
}

/// `TaintToleration`: how many PreferNoSchedule taints are not tolerated.
fn untolerated(pod: &Value, candidate: &Candidate) -> i64 {
    let taints = object::items(&candidate.node["spec"]["taints"]).iter();
    let soft = taints.filter(|taint| taint["effect"] == "PreferNoSchedule");
    let field = |taint: &Value, name: &str| taint[name].as_str().unwrap_or_default().to_owned();
    let hurt = soft.filter(|taint| {
        let (key, value, effect) = (field(taint, "key"), field(taint, "value"), field(taint, "effect"));
        !object::items(&pod["spec"]["tolerations"]).iter().any(|t| tolerated(t, &key, &value, &effect))
    });
    i64::try_from(hurt.count()).unwrap_or(i64::MAX)
}

/// `PodTopologySpread` with its default constraint on hosts, `maxSkew` 3: fewer Pods of the same owner are better.
fn spread(pod: &Value, nodes: &[&Candidate]) -> Vec<i64> {
    const SKEW: f64 = 3.0;
    let Some(owner) = object::controller(pod).and_then(|owner| owner["uid"].as_str()) else {
        return vec![100; nodes.len()];
    };
    let alike = |node: &Candidate| node.controlled.get(owner).copied().unwrap_or(0);
    // Numbers of nodes and Pods are far below 2^52.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    let raw: Vec<i64> = {
        let weight = (nodes.len() as f64 + 2.0).ln();
        nodes.iter().map(|node| (alike(node) as f64 * weight + SKEW - 1.0) as i64).collect()
    };
    let (least, most) = (raw.iter().copied().min().unwrap_or(0), raw.iter().copied().max().unwrap_or(0));
    if most == 0 {
        return vec![100; nodes.len()];
    }
    raw.iter().map(|score| 100 * (most + least - score) / most).collect()
}
