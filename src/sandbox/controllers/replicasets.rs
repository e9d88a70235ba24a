//! ReplicaSets, and ReplicationControllers, which were there before them: as many Pods of a template as wanted.
//! pkg/controller/replicaset and pkg/controller/replication.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::informers::{Heard, Name};
use crate::sandbox::object;

use super::pods::{self, Maker};
use super::queue::Controller;
use super::{MANAGER, owner_named};

/// One of the two kinds.
struct Kind {
    resource: &'static str,
    kind: &'static str,
    /// The component of its events.
    component: &'static str,
    controller: Controller,
}

const SETS: Kind = Kind {
    resource: "replicasets",
    kind: "ReplicaSet",
    component: "replicaset-controller",
    controller: Controller::new("replicaset", |world, name| sync(world, &SETS, name)),
};
const OLD: Kind = Kind {
    resource: "replicationcontrollers",
    kind: "ReplicationController",
    component: "replication-controller",
    controller: Controller::new("replicationmanager", |world, name| sync(world, &OLD, name)),
};

/// The most Pods made or deleted in one sync: `BurstReplicas`.
const BURST: usize = 500;

/// Starts the controllers.
pub(super) fn start(world: &mut World) {
    world.informers.watch("replicasets", |world, heard| SETS.controller.enqueue(world, &heard.name));
    world.informers.watch("replicationcontrollers", |world, heard| OLD.controller.enqueue(world, &heard.name));
    world.informers.watch("pods", |world, heard| {
        for kind in [&SETS, &OLD] {
            owner_named(heard, kind.kind, |name| kind.controller.enqueue(world, name));
            if heard.now.as_ref().is_some_and(|pod| object::controller(pod).is_none()) {
                adopters(world, kind, heard);
            }
        }
    });
}

fn adopters(world: &mut World, kind: &Kind, heard: &Heard) {
    let labels = &heard.object()["metadata"]["labels"];
    if labels.is_null() {
        return;
    }
    let sets = world.informers.list_in(kind.resource, &heard.name.namespace);
    let taking = sets.filter(|set| object::selects(&selector(kind, set), labels));
    let names: Vec<Name> = taking.map(|set| Name::of(set)).collect();
    names.iter().for_each(|name| kind.controller.enqueue(world, name));
}

/// The selector, which the older kind has without operators.
fn selector(kind: &Kind, set: &Value) -> Value {
    let own = &set["spec"]["selector"];
    if kind.resource == "replicasets" { own.clone() } else { json!({"matchLabels": own}) }
}

fn sync(world: &mut World, kind: &'static Kind, name: &Name) -> Result<(), Status> {
    let Some(set) = world.informers.get(kind.resource, &name.namespace, &name.name) else { return Ok(()) };
    let claimed = pods::claim(world, &set, &selector(kind, &set), "pods")?;
    kind.controller.looks_at(world, name, claimed.len());
    let active: Vec<Arc<Value>> = claimed.into_iter().filter(|pod| pods::active(pod)).collect();
    let mut made = Ok(());
    if !object::deleting(&set) {
        made = manage(world, kind, &set, &active);
    }
    status(world, kind, &set, &active, made.as_ref().err())?;
    made
}

fn manage(world: &mut World, kind: &Kind, set: &Arc<Value>, active: &[Arc<Value>]) -> Result<(), Status> {
    let wanted = usize::try_from(object::int(&set["spec"]["replicas"], 1)).unwrap_or(0);
    let maker = Maker { component: kind.component, owner: set };
    if active.len() < wanted {
        for _ in 0..(wanted - active.len()).min(BURST) {
            let pod = pods::from_template(world, set, &set["spec"]["template"]);
            pods::create(world, maker, pod)?;
        }
        return Ok(());
    }
    let too_many = (active.len() - wanted).min(BURST);
    let mut deleted = Ok(());
    if too_many > 0 {
        for pod in to_delete(world, set, active, too_many) {
            deleted = deleted.and(pods::delete(world, maker, &pod));
        }
    }
    deleted
}

/// Which Pods go first: unassigned, pending, not ready, those beside more of their like, ready for less long, restarted
/// more, younger. `ActivePodsWithRanks`.
fn to_delete(world: &mut World, set: &Value, active: &[Arc<Value>], count: usize) -> Vec<Arc<Value>> {
    if count == active.len() {
        return active.to_vec();
    }
    let mut on_node: BTreeMap<String, usize> = BTreeMap::new();
    let related = related(world, set);
    for pod in &related {
        *on_node.entry(pod["spec"]["nodeName"].as_str().unwrap_or_default().to_owned()).or_insert(0) += 1;
    }
    let mut sorted: Vec<(_, Arc<Value>)> = active
        .iter()
        .map(|pod| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let node = text(&pod["spec"]["nodeName"]);
            let phase = match pod["status"]["phase"].as_str() {
                Some("Pending") => 0,
                Some("Running") => 2,
                _ => 1,
            };
            let since = object::condition(pod, "Ready").map(|c| text(&c["lastTransitionTime"])).unwrap_or_default();
            let restarts: i64 = object::items(&pod["status"]["containerStatuses"])
                .iter()
                .map(|s| object::int(&s["restartCount"], 0))
                .max()
                .unwrap_or(0);
            let rank = on_node.get(&node).copied().unwrap_or(0);
            let key = (
                !node.is_empty(),
                phase,
                pods::ready(pod),
                Reverse(rank),
                Reverse(since),
                Reverse(restarts),
                Reverse(text(&pod["metadata"]["creationTimestamp"])),
            );
            (key, pod.clone())
        })
        .collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted.into_iter().take(count).map(|(_, pod)| pod).collect()
}

/// The active Pods of all sets of the same owner.
fn related(world: &World, set: &Value) -> Vec<Arc<Value>> {
    let sets = match object::controller(set).and_then(|owner| owner["uid"].as_str()) {
        Some(owner) => world.informers.controlled_by(owner, "replicasets"),
        None => vec![Arc::new(set.clone())],
    };
    let pods = sets.iter().flat_map(|set| world.informers.controlled_by(object::uid(set), "pods"));
    pods.filter(|pod| pods::active(pod)).collect()
}

fn status(
    world: &mut World,
    kind: &Kind,
    set: &Arc<Value>,
    active: &[Arc<Value>],
    failure: Option<&Status>,
) -> Result<(), Status> {
    let now = world.now();
    let min_ready = object::int(&set["spec"]["minReadySeconds"], 0);
    let labels = json!({"matchLabels": set["spec"]["template"]["metadata"]["labels"]});
    let count = |what: &dyn Fn(&Value) -> bool| active.iter().filter(|pod| what(pod)).count();
    let labelled = count(&|pod| object::selects(&labels, &pod["metadata"]["labels"]));
    let (ready, available) = (count(&pods::ready), count(&|pod| pods::available(pod, min_ready, now)));
    let mut updated = Value::clone(set);
    let mut status = json!({"replicas": active.len()});
    for (field, count) in
        [("fullyLabeledReplicas", labelled), ("readyReplicas", ready), ("availableReplicas", available)]
    {
        if count > 0 {
            status[field] = json!(count);
        }
    }
    status["observedGeneration"] = set["metadata"]["generation"].clone();
    if let Some(failure) = failure {
        status["conditions"] = json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
            "message": failure.message, "lastTransitionTime": object::time(now)}]);
    }
    let mut known = set["status"].clone();
    let mut same = status.clone();
    for value in [&mut known, &mut same] {
        if let Some(conditions) = value["conditions"].as_array_mut() {
            conditions.iter_mut().for_each(|condition| condition["lastTransitionTime"] = Value::Null);
        } else if let Some(fields) = value.as_object_mut() {
            fields.remove("conditions");
        }
    }
    if !same_fields(&known, &same) {
        updated["status"] = status;
        let namespace = object::namespace(set);
        world.api(MANAGER).update_status(kind.resource, Some(namespace), updated)?;
    }
    if min_ready > 0 && ready > available {
        kind.controller.enqueue_after(world, &Name::of(set), Duration::from_secs(min_ready.unsigned_abs()));
    }
    Ok(())
}

/// Whether two statuses say the same: fields that are 0 or absent are alike.
pub(super) fn same_fields(a: &Value, b: &Value) -> bool {
    let nothing = |value: &Value| value.is_null() || *value == 0 || value.as_array().is_some_and(Vec::is_empty);
    let within = |a: &Value, b: &Value| {
        a.as_object()
            .into_iter()
            .flatten()
            .all(|(field, value)| b[field] == *value || nothing(value) && nothing(&b[field]))
    };
    within(a, b) && within(b, a)
}
