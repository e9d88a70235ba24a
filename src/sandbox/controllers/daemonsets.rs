//! DaemonSets: one Pod on each node that it may run on. pkg/controller/daemon.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::record;
use crate::sandbox::scheduler::fits;

use super::pods::{self, Maker};
use super::queue::Controller;
use super::{MANAGER, owner_named, revisions};

const CONTROLLER: Controller = Controller::new("daemonset", sync);
const COMPONENT: &str = "daemonset-controller";

/// The taints that each Pod of a DaemonSet tolerates: key, effect. `AddOrUpdateDaemonPodTolerations`.
const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("daemonsets", |world, heard| CONTROLLER.enqueue(world, &heard.name));
    world
        .informers
        .watch("pods", |world, heard| owner_named(heard, "DaemonSet", |name| CONTROLLER.enqueue(world, name)));
    world.informers.watch("nodes", |world, heard| {
        let same = match (&heard.before, &heard.now) {
            (Some(a), Some(b)) => {
                a["spec"] == b["spec"]
                    && a["metadata"]["labels"] == b["metadata"]["labels"]
                    && object::holds(a, "Ready") == object::holds(b, "Ready")
            }
            _ => false,
        };
        if !same {
            let names: Vec<Name> = world.informers.list("daemonsets").map(|set| Name::of(set)).collect();
            names.iter().for_each(|name| CONTROLLER.enqueue(world, name));
        }
    });
}

/// The Pod of a set for a node: bound to it by required affinity, tolerating what a node may come to.
fn pod_for(world: &mut World, set: &Value, node: &str, hash: &str) -> Value {
    let mut pod = pods::from_template(world, set, &set["spec"]["template"]);
    pod["metadata"]["labels"][revisions::HASH] = json!(hash);
    let generation = set["metadata"]["annotations"]["deprecated.daemonset.template.generation"].as_str();
    pod["metadata"]["labels"]["pod-template-generation"] = json!(generation.unwrap_or("1"));
    let term = json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]});
    let affinity = &mut pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    match affinity["nodeSelectorTerms"].as_array_mut() {
        Some(terms) => terms.iter_mut().for_each(|known| known["matchFields"] = term["matchFields"].clone()),
        None => *affinity = json!({"nodeSelectorTerms": [term]}),
    }
    let mut tolerations = object::items(&pod["spec"]["tolerations"]).to_vec();
    let host = pod["spec"]["hostNetwork"] == true;
    let more = [("node.kubernetes.io/network-unavailable", "NoSchedule")];
    for (key, effect) in TOLERATED.iter().chain(more.iter().filter(|_| host)) {
        tolerations.push(json!({"key": key, "operator": "Exists", "effect": effect}));
    }
    pod["spec"]["tolerations"] = json!(tolerations);
    pod
}

/// Whether a Pod of the set should run on a node, and whether one that runs may stay.
fn wants(spec: &Value, node: &Value) -> (bool, bool) {
    if !fits::selected(spec, node) {
        return (false, false);
    }
    let run = fits::untolerated(spec, node, &["NoSchedule", "NoExecute"]).is_none();
    (run, fits::untolerated(spec, node, &["NoExecute"]).is_none())
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(set) = world.informers.get("daemonsets", &name.namespace, &name.name) else { return Ok(()) };
    if object::deleting(&set) {
        return Ok(());
    }
    let revision = revisions::current(world, &set)?;
    let hash = revisions::hash(&revision);
    let claimed = pods::claim(world, &set, &set["spec"]["selector"], "pods")?;
    let mut by_node: BTreeMap<String, Vec<Arc<Value>>> = BTreeMap::new();
    for pod in claimed {
        by_node.entry(target(&pod)).or_default().push(pod);
    }
    let nodes: Vec<Arc<Value>> = world.informers.list("nodes").cloned().collect();
    CONTROLLER.looks_at(world, name, nodes.len());
    let maker = Maker { component: COMPONENT, owner: &set };
    let (mut made, mut wanted, mut fresh) = (Ok(()), Vec::new(), Vec::new());
    for node in &nodes {
        let node_name = object::name(node).to_owned();
        let probe = pod_for(world, &set, &node_name, &hash);
        let (run, stay) = wants(&probe["spec"], node);
        let there = by_node.get(&node_name).cloned().unwrap_or_default();
        if run {
            wanted.push(node_name.clone());
        }
        if run && there.is_empty() {
            match pods::create(world, maker, probe) {
                Ok(pod) => fresh.push((node_name.clone(), pod)),
                Err(refused) => made = made.and(Err(refused)),
            }
        }
        let mut kept = false;
        for pod in &there {
            let failed = pod["status"]["phase"] == "Failed";
            let extra = kept;
            kept |= !failed && !object::deleting(pod);
            if (failed || !stay || extra) && !object::deleting(pod) {
                if failed {
                    let message = format!(
                        "Found failed daemon pod {}/{} on node {node_name}, will try to kill it",
                        object::namespace(pod),
                        object::name(pod)
                    );
                    record(world, COMPONENT, &set, "Warning", "FailedDaemonPod", &message);
                }
                pods::delete(world, maker, pod)?;
            }
        }
    }
    if set["spec"]["updateStrategy"]["type"] != "OnDelete" {
        roll(world, &set, &wanted, &by_node, &hash)?;
    }
    revisions::clean_up(world, &set, std::slice::from_ref(&hash))?;
    // Told of with those that were just made.
    for (node, pod) in fresh {
        by_node.entry(node).or_default().push(pod);
    }
    status(world, &set, &nodes, &by_node, &hash)?;
    made
}

/// The node that a Pod is on or for.
fn target(pod: &Value) -> String {
    if let Some(node) = pod["spec"]["nodeName"].as_str() {
        return node.to_owned();
    }
    let required = &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    required["nodeSelectorTerms"][0]["matchFields"][0]["values"][0].as_str().unwrap_or_default().to_owned()
}

/// Deletes Pods of an older template, as many as may be unavailable. A node that should have a Pod and has none that is
/// available counts as unavailable.
fn roll(
    world: &mut World,
    set: &Arc<Value>,
    wanted: &[String],
    by_node: &BTreeMap<String, Vec<Arc<Value>>>,
    hash: &str,
) -> Result<(), Status> {
    let count = i64::try_from(wanted.len()).unwrap_or(0);
    let most = match &set["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"] {
        Value::Number(number) => number.as_i64().unwrap_or(1),
        Value::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
            (percent * count + 99) / 100
        }
        _ => 1,
    };
    let now = world.now();
    let min_ready = object::int(&set["spec"]["minReadySeconds"], 0);
    let available = |pod: &Arc<Value>| !object::deleting(pod) && pods::available(pod, min_ready, now);
    let down = wanted.iter().filter(|node| !by_node.get(*node).is_some_and(|pods| pods.iter().any(available))).count();
    let mut may = most - i64::try_from(down).unwrap_or(0);
    let old = by_node.values().flatten();
    let old = old.filter(|pod| pod["metadata"]["labels"][revisions::HASH] != hash && !object::deleting(pod));
    let maker = Maker { component: COMPONENT, owner: set };
    for pod in old {
        let available = available(pod);
        if available && may <= 0 {
            continue;
        }
        may -= i64::from(available);
        pods::delete(world, maker, pod)?;
    }
    Ok(())
}

fn status(
    world: &mut World,
    set: &Arc<Value>,
    nodes: &[Arc<Value>],
    by_node: &BTreeMap<String, Vec<Arc<Value>>>,
    hash: &str,
) -> Result<(), Status> {
    let now = world.now();
    let min_ready = object::int(&set["spec"]["minReadySeconds"], 0);
    let (mut desired, mut current, mut wrong, mut ready, mut available, mut updated) = (0, 0, 0, 0, 0, 0);
    for node in nodes {
        let probe = pod_for(world, set, object::name(node), hash);
        let (run, _) = wants(&probe["spec"], node);
        let pod = by_node.get(object::name(node)).and_then(|pods| pods.first());
        desired += i64::from(run);
        let Some(pod) = pod else { continue };
        if !run {
            wrong += 1;
            continue;
        }
        current += 1;
        ready += i64::from(pods::ready(pod));
        available += i64::from(pods::available(pod, min_ready, now));
        updated += i64::from(pod["metadata"]["labels"][revisions::HASH] == hash);
    }
    let mut status = json!({
        "currentNumberScheduled": current, "numberMisscheduled": wrong, "desiredNumberScheduled": desired,
        "numberReady": ready, "observedGeneration": set["metadata"]["generation"],
    });
    let more = [
        ("updatedNumberScheduled", updated),
        ("numberAvailable", available),
        ("numberUnavailable", desired - available),
    ];
    for (field, count) in more {
        if count > 0 {
            status[field] = json!(count);
        }
    }
    if status == set["status"] {
        return Ok(());
    }
    let mut changed = Value::clone(set);
    changed["status"] = status;
    world.api(MANAGER).update_status("daemonsets", Name::of(set).ns(), changed).map(|_| ())
}
