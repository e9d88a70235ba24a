//! kube-scheduler: gives each Pod without a node the best of those that it may run on.
//!
//! Modelled: the filters and scores of the default profile on nodes, taints, resources, ports, affinity, spreading and
//! volumes, and preemption.

mod affinity;
mod bind;
pub mod fits;
mod preemption;
pub mod resources;
mod scores;
mod view;
mod volumes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::World;
use super::informers::{Heard, Name};
use super::object;
use super::recorder::{Event, record_new};
use fits::Asked;
use view::{Candidate, View};
use volumes::{Claimed, Found};

/// The first back-off of a Pod that did not fit, which doubles: `podInitialBackoffSeconds`.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
/// And the longest: `podMaxBackoffSeconds`.
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);
/// How long a Pod waits for the cluster to change before it is tried all the same: `unschedulableQTimeInterval`.
const TRIED_ANYWAY: Duration = Duration::from_secs(60);
/// And how often that is looked at: `flushUnschedulableQLeftover`.
const LOOKED_AT: Duration = Duration::from_secs(30);
/// How many nodes that fit are enough to choose from, at the least: `minFeasibleNodesToFind`.
const ENOUGH: usize = 100;
/// The reporting controller of its events.
const NAME: &str = "default-scheduler";

/// What the scheduler remembers.
#[derive(Default, Debug)]
pub struct Scheduler {
    /// Pods to try, in the order of their priority and age.
    active: BTreeMap<(i64, u64), Name>,
    /// Those that did not fit: since when, and how often tried.
    waiting: BTreeMap<Name, Waiting>,
    queued: BTreeSet<Name>,
    /// Those whose node is chosen, and whose volumes are being bound.
    binding: BTreeSet<Name>,
    /// The Pods that wait until others have left a node, by node.
    nominated: BTreeMap<String, BTreeSet<Name>>,
    arrivals: u64,
    /// Whether a pass over `active` is due.
    awake: bool,
    view: View,
    /// Where among the nodes the next Pod's search begins.
    from: usize,
}

#[derive(Debug, Clone)]
struct Waiting {
    since: jiff::Timestamp,
    attempts: u32,
}

/// Starts the scheduler.
pub fn start(world: &mut World) {
    world.informers.watch("pods", pod_changed);
    world.informers.watch("nodes", |world, heard| {
        if node_matters(heard) {
            move_all(world);
        }
    });
    // A claim or a volume that changed may be what a Pod waits for.
    for resource in ["persistentvolumeclaims", "persistentvolumes", "storageclasses"] {
        world.informers.watch(resource, |world, heard| {
            if heard.now.is_some() {
                move_all(world);
            }
        });
    }
    leftovers(world);
}

fn leftovers(world: &mut World) {
    world.after(LOOKED_AT, |world| {
        let now = world.now();
        let old: Vec<Name> = world
            .scheduler
            .waiting
            .iter()
            .filter(|(_, waiting)| now.duration_since(waiting.since).unsigned_abs() > TRIED_ANYWAY)
            .map(|(name, _)| name.clone())
            .collect();
        for name in old {
            push(world, &name);
        }
        leftovers(world);
    });
}

fn ours(pod: &Value) -> bool {
    pod["spec"]["nodeName"].as_str().unwrap_or_default().is_empty()
        && pod["spec"]["schedulerName"].as_str().unwrap_or("default-scheduler") == "default-scheduler"
}

fn pod_changed(world: &mut World, heard: &Heard) {
    nominate(world, heard);
    match &heard.now {
        Some(pod) if ours(pod) => {
            let changed = heard.before.as_ref().is_none_or(|before| {
                before["spec"] != pod["spec"] || before["metadata"]["labels"] != pod["metadata"]["labels"]
            });
            if changed {
                push(world, &heard.name);
            }
        }
        now => {
            world.scheduler.waiting.remove(&heard.name);
            let assigned_before = heard.before.as_ref().is_some_and(|before| !ours(before));
            let ended = now.as_ref().is_some_and(|pod| finished(pod));
            // Room was made: those that did not fit may now.
            if assigned_before && (now.is_none() || ended) {
                move_all(world);
            }
        }
    }
}

/// Notes of a Pod which node it waits for.
fn nominate(world: &mut World, heard: &Heard) {
    let of = |pod: Option<&Arc<Value>>| {
        let pod = pod.filter(|pod| ours(pod))?;
        pod["status"]["nominatedNodeName"].as_str().filter(|node| !node.is_empty()).map(str::to_owned)
    };
    let (before, now) = (of(heard.before.as_ref()), of(heard.now.as_ref()));
    if before == now {
        return;
    }
    if let Some(before) = before
        && let Some(names) = world.scheduler.nominated.get_mut(&before)
    {
        names.remove(&heard.name);
        if names.is_empty() {
            world.scheduler.nominated.remove(&before);
        }
    }
    if let Some(now) = now {
        world.scheduler.nominated.entry(now).or_default().insert(heard.name.clone());
    }
}

fn node_matters(heard: &Heard) -> bool {
    let (Some(before), Some(now)) = (&heard.before, &heard.now) else { return heard.now.is_some() };
    let conditions = |node: &Value| -> Vec<(Value, Value)> {
        object::items(&node["status"]["conditions"]).iter().map(|c| (c["type"].clone(), c["status"].clone())).collect()
    };
    before["spec"] != now["spec"]
        || before["status"]["allocatable"] != now["status"]["allocatable"]
        || before["metadata"]["labels"] != now["metadata"]["labels"]
        || conditions(before) != conditions(now)
}

/// Takes all Pods that did not fit into the queue again, each after what is left of its back-off.
fn move_all(world: &mut World) {
    let now = world.now();
    for (name, waiting) in world.scheduler.waiting.clone() {
        let backoff = FIRST_BACKOFF.saturating_mul(1 << (waiting.attempts - 1).min(10)).min(LONGEST_BACKOFF);
        let passed = now.duration_since(waiting.since).unsigned_abs();
        let left = backoff.saturating_sub(passed);
        world.after(left, move |world| {
            if world.scheduler.waiting.contains_key(&name) {
                push(world, &name);
            }
        });
    }
}

fn push(world: &mut World, name: &Name) {
    if !world.scheduler.queued.insert(name.clone()) {
        return;
    }
    let pod = world.informers.get("pods", &name.namespace, &name.name);
    let priority = pod.map_or(0, |pod| object::int(&pod["spec"]["priority"], 0));
    world.scheduler.arrivals += 1;
    let place = (-priority, world.scheduler.arrivals);
    world.scheduler.active.insert(place, name.clone());
    wake(world);
}

fn wake(world: &mut World) {
    if std::mem::replace(&mut world.scheduler.awake, true) {
        return;
    }
    let delay = Duration::from_micros(world.rng.u64(500..3000));
    world.after(delay, |world| {
        world.scheduler.awake = false;
        if !alive(world) {
            world.after(Duration::from_millis(500), wake);
            return;
        }
        if let Some((_, name)) = world.scheduler.active.pop_first() {
            world.scheduler.queued.remove(&name);
            schedule(world, &name);
        }
        if !world.scheduler.active.is_empty() {
            wake(world);
        }
    });
}

/// Whether kube-scheduler runs and reaches the API.
fn alive(world: &World) -> bool {
    super::controllers::program_runs(world, "kube-scheduler")
}

/// One attempt for one Pod.
fn schedule(world: &mut World, name: &Name) {
    let Some(pod) = world.informers.get("pods", &name.namespace, &name.name) else { return };
    if !ours(&pod) || object::deleting(&pod) || world.scheduler.binding.contains(name) {
        return;
    }
    let mut view = std::mem::take(&mut world.scheduler.view);
    view.follow(&mut world.informers);
    let found = place(world, &pod, &view.all());
    let nominated = match &found {
        Err(unfit) => preemption::preempt(world, &view, &pod, &unfit.helped),
        Ok(_) => None,
    };
    world.scheduler.view = view;
    match found {
        Ok((node, found)) if found.is_empty() => bind::bind(world, name, &pod, &node),
        Ok((node, found)) => bind::with_volumes(world, name, &pod, &node, &found),
        Err(unfit) => failed(world, name, &pod, &unfit.message, nominated),
    }
}

/// Why no node will do.
struct Unfit {
    /// As the Pod's event says it.
    message: String,
    /// The nodes that might do if other Pods left them.
    helped: Vec<String>,
}

/// The node for a Pod, and the volumes there that wait for it.
///
/// # Errors
/// There is none.
fn place(world: &mut World, pod: &Value, candidates: &[&Candidate]) -> Result<(String, Found), Unfit> {
    let claimed = Claimed::of(world, pod);
    let asked = Asked::new(pod, candidates);
    let (count, enough) = (candidates.len(), enough(candidates.len()));
    let (mut fitting, mut looked_at, mut helped) = (Vec::new(), 0, Vec::new());
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let from = world.scheduler.from;
    for candidate in (0..count).map(|at| candidates[(from + at) % count]) {
        looked_at += 1;
        let why = match &claimed {
            Ok(claimed) => {
                let why = fits::reasons(&asked, candidate, |node| claimed.reasons(world, node));
                if why.is_empty() { beside_nominated(world, pod, candidates, candidate, claimed) } else { why }
            }
            Err(why) => vec![why.clone()],
        };
        if !why.is_empty() && preemption::helps(&why) {
            helped.push(object::name(&candidate.node).to_owned());
        }
        if why.is_empty() {
            fitting.push(candidate);
        }
        for reason in why {
            *reasons.entry(reason).or_insert(0) += 1;
        }
        if fitting.len() >= enough {
            break;
        }
    }
    if enough < count {
        world.scheduler.from = (from + looked_at) % count;
    }
    if fitting.is_empty() {
        let message = if candidates.is_empty() {
            "no nodes available to schedule pods".to_owned()
        } else {
            // Sorted as text, with their counts, as upstream does.
            let mut counted: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            counted.sort();
            format!("0/{} nodes are available: {}.", candidates.len(), counted.join(", "))
        };
        return Err(Unfit { message, helped });
    }
    let scores = scores::scores(pod, &asked, &fitting);
    let best = scores.iter().copied().max().unwrap_or(0);
    let ties: Vec<usize> = (0..fitting.len()).filter(|i| scores[*i] == best).collect();
    let chosen = ties[world.rng.usize(..ties.len())];
    let node = &fitting[chosen].node;
    let found = claimed.ok().and_then(|claimed| claimed.for_node(world, node)).unwrap_or_default();
    Ok((object::name(node).to_owned(), found))
}

/// Why a Pod may not run on a node with those that are to run there before it; none: it may.
fn beside_nominated(
    world: &World,
    pod: &Value,
    all: &[&Candidate],
    candidate: &Candidate,
    claimed: &Claimed,
) -> Vec<String> {
    let first = preemption::nominated(world, object::name(&candidate.node), pod);
    if first.is_empty() {
        return Vec::new();
    }
    let with = Candidate::new(candidate.node.clone(), candidate.running.iter().chain(&first).cloned().collect());
    let others = all.iter().map(|other| if std::ptr::eq(*other, candidate) { &with } else { *other });
    let others: Vec<&Candidate> = others.collect();
    fits::reasons(&Asked::new(pod, &others), &with, |node| claimed.reasons(world, node))
}

/// How many nodes that fit are enough: all of a small cluster, in a larger one a share that shrinks with its size.
/// `numFeasibleNodesToFind`, with `percentageOfNodesToScore` not set.
fn enough(nodes: usize) -> usize {
    let percent = 50_usize.saturating_sub(nodes / 125).max(5);
    if nodes < ENOUGH { nodes.max(1) } else { (nodes * percent / 100).max(ENOUGH) }
}

fn failed(world: &mut World, name: &Name, pod: &Arc<Value>, message: &str, nominated: Option<String>) {
    let event = Event { about: pod, field_path: "", kind: "Warning", reason: "FailedScheduling", message };
    let instance = instance(world);
    record_new(world, NAME, &instance, "Scheduling", event);
    let now = world.now();
    let entry = world.scheduler.waiting.entry(name.clone()).or_insert(Waiting { since: now, attempts: 0 });
    entry.attempts += 1;
    entry.since = now;
    let condition = json!({
        "type": "PodScheduled", "status": "False", "lastProbeTime": null, "lastTransitionTime": object::time(now),
        "reason": "Unschedulable", "message": message,
    });
    let known = object::condition(pod, "PodScheduled");
    let told = known.is_some_and(|known| known["message"] == message && known["status"] == "False");
    if told && nominated.is_none() {
        return;
    }
    let mut pod = Value::clone(pod);
    if !told {
        object::set_condition(&mut pod, condition);
    }
    if let Some(node) = nominated {
        pod["status"]["nominatedNodeName"] = json!(node);
    }
    // Refused when the Pod changed meanwhile; then it is tried again anyway.
    let _ = world.api("kube-scheduler").update_status("pods", name.ns(), pod);
    // 1.20 takes its own write for a change of the Pod (`isPodUpdated` looks at managedFields): it is tried again at once.
    let (name, delay) = (name.clone(), Duration::from_millis(world.rng.u64(3..30)));
    world.after(delay, move |world| {
        if world.scheduler.waiting.contains_key(&name) {
            push(world, &name);
        }
    });
}

fn instance(world: &World) -> String {
    let host = super::controllers::control_plane(world).unwrap_or_default();
    format!("{NAME}-{host}")
}

fn finished(pod: &Value) -> bool {
    matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
}
