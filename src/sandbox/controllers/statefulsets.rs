//! StatefulSets: Pods with ordinals, one after the other. pkg/controller/statefulset. Volume claims are not modelled.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status};
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::record;

use super::queue::Controller;
use super::{MANAGER, owner_named, pods, revisions};

const CONTROLLER: Controller = Controller::new("statefulset", sync);
const COMPONENT: &str = "statefulset-controller";
const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("statefulsets", |world, heard| CONTROLLER.enqueue(world, &heard.name));
    world
        .informers
        .watch("pods", |world, heard| owner_named(heard, "StatefulSet", |name| CONTROLLER.enqueue(world, name)));
}

fn ordinal(set: &Value, pod: &Value) -> Option<i64> {
    object::name(pod).strip_prefix(object::name(set))?.strip_prefix('-')?.parse().ok()
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(set) = world.informers.get("statefulsets", &name.namespace, &name.name) else { return Ok(()) };
    let claimed = pods::claim(world, &set, &set["spec"]["selector"], "pods")?;
    if object::deleting(&set) {
        return Ok(());
    }
    let update = revisions::current(world, &set)?;
    let update = format!("{}-{}", object::name(&set), revisions::hash(&update));
    let current =
        set["status"]["currentRevision"].as_str().filter(|text| !text.is_empty()).unwrap_or(&update).to_owned();
    let pods: BTreeMap<i64, Arc<Value>> =
        claimed.into_iter().filter_map(|pod| Some((ordinal(&set, &pod)?, pod))).collect();
    let known = Known { set: &set, pods: &pods, current: &current, update: &update };
    // What fails leaves the status as it was.
    let done = act(world, known)?;
    status(world, known, done)?;
    // The names of revisions are those of the set and the hashes.
    let hash = |revision: &str| revision.rsplit('-').next().unwrap_or_default().to_owned();
    let live: Vec<String> =
        pods.values().map(|pod| hash(revision(pod))).chain([hash(&current), hash(&update)]).collect();
    revisions::clean_up(world, &set, &live)
}

/// A set, its Pods by their ordinals, and the names of the revisions that it is at and goes to.
#[derive(Clone, Copy)]
struct Known<'a> {
    set: &'a Arc<Value>,
    pods: &'a BTreeMap<i64, Arc<Value>>,
    current: &'a str,
    update: &'a str,
}

/// What a step adds to the counts of the Pods as they were before it: all, of the current revision, of the one to come.
#[derive(Default)]
struct Done {
    all: i64,
    current: i64,
    updated: i64,
}

impl Done {
    fn add(&mut self, known: Known<'_>, revision: &str, by: i64) {
        self.current += if revision == known.current { by } else { 0 };
        self.updated += if revision == known.update { by } else { 0 };
    }
}

/// One step: the first Pod that is missing, or the last that is too many, or the last of an older template.
fn act(world: &mut World, known: Known<'_>) -> Result<Done, Status> {
    let Known { set, pods, current, update } = known;
    let wanted = object::int(&set["spec"]["replicas"], 1);
    let parallel = set["spec"]["podManagementPolicy"] == "Parallel";
    let partition = object::int(&set["spec"]["updateStrategy"]["rollingUpdate"]["partition"], 0);
    let mut done = Done::default();
    for number in 0..wanted {
        let Some(pod) = pods.get(&number) else {
            let revision = if number < partition { current } else { update };
            create(world, set, number, revision)?;
            done.all += 1;
            done.add(known, revision, 1);
            if parallel { continue } else { return Ok(done) }
        };
        if pods::finished(pod) {
            if !object::deleting(pod) {
                let message = format!(
                    "StatefulSet {}/{} is recreating failed Pod {}",
                    object::namespace(set),
                    object::name(set),
                    object::name(pod)
                );
                record(world, COMPONENT, set, "Warning", "RecreatingFailedPod", &message);
                delete(world, set, pod)?;
            }
            return Ok(done);
        }
        if !parallel && (object::deleting(pod) || !pods::ready(pod)) {
            return Ok(done);
        }
    }
    let mut extra = pods.range(wanted..).rev().map(|(_, pod)| pod).peekable();
    let scaling = extra.peek().is_some();
    for pod in extra {
        if !object::deleting(pod) {
            delete(world, set, pod)?;
            done.add(known, revision(pod), -1);
        }
        if !parallel {
            return Ok(done);
        }
    }
    if scaling || !rolling(set) {
        return Ok(done);
    }
    for (_, pod) in pods.range(partition.min(wanted)..wanted).rev() {
        if revision(pod) != update && !object::deleting(pod) {
            delete(world, set, pod)?;
            done.current -= 1;
            return Ok(done);
        }
        if object::deleting(pod) || !pods::ready(pod) {
            return Ok(done);
        }
    }
    Ok(done)
}

fn rolling(set: &Value) -> bool {
    set["spec"]["updateStrategy"]["type"] != "OnDelete"
}

fn revision(pod: &Value) -> &str {
    pod["metadata"]["labels"][revisions::HASH].as_str().unwrap_or_default()
}

fn create(world: &mut World, set: &Arc<Value>, number: i64, revision: &str) -> Result<(), Status> {
    let name = format!("{}-{number}", object::name(set));
    let known = world.informers.controlled_by(object::uid(set), "controllerrevisions");
    let of_revision = known.iter().find(|known| object::name(known) == revision);
    let template =
        of_revision.map_or_else(|| set["spec"]["template"].clone(), |known| known["data"]["spec"]["template"].clone());
    let mut pod = pods::named(set, &template, &name);
    pod["metadata"]["generateName"] = json!(format!("{}-", object::name(set)));
    pod["metadata"]["labels"][revisions::HASH] = json!(revision);
    pod["metadata"]["labels"][POD_NAME] = json!(name);
    pod["spec"]["hostname"] = json!(name);
    pod["spec"]["subdomain"] = set["spec"]["serviceName"].clone();
    let of = object::name(set);
    match world.api(MANAGER).create("pods", Name::of(set).ns(), pod) {
        Ok(_) => {
            let message = format!("create Pod {name} in StatefulSet {of} successful");
            record(world, COMPONENT, set, "Normal", "SuccessfulCreate", &message);
            Ok(())
        }
        Err(status) => {
            let message = format!("create Pod {name} in StatefulSet {of} failed error: {}", status.message);
            record(world, COMPONENT, set, "Warning", "FailedCreate", &message);
            Err(status)
        }
    }
}

fn delete(world: &mut World, set: &Arc<Value>, pod: &Value) -> Result<(), Status> {
    let name = object::name(pod).to_owned();
    match world.api(MANAGER).delete("pods", Name::of(set).ns(), &name, &DeleteOptions::default()) {
        Ok(_) => {
            let message = format!("delete Pod {name} in StatefulSet {} successful", object::name(set));
            record(world, COMPONENT, set, "Normal", "SuccessfulDelete", &message);
            Ok(())
        }
        Err(status) if status.code == 404 => Ok(()),
        Err(status) => Err(status),
    }
}

/// Tells of a set as it is after a step, in one write.
fn status(world: &mut World, known: Known<'_>, step: Done) -> Result<(), Status> {
    let Known { set, pods, current, update } = known;
    let count =
        |what: &dyn Fn(&Value) -> bool| i64::try_from(pods.values().filter(|pod| what(pod)).count()).unwrap_or(0);
    let live = |pod: &Value| !object::deleting(pod);
    let total = count(&|_| true) + step.all;
    let updated = count(&|pod| live(pod) && revision(pod) == update) + step.updated;
    let ready = count(&|pod| pod["status"]["phase"] == "Running" && pods::ready(pod));
    let of_current = count(&|pod| live(pod) && revision(pod) == current) + step.current;
    // `completeRollingUpdate`.
    let done = rolling(set) && updated == total && ready == total;
    let (current, of_current) = if done { (update, updated) } else { (current, of_current) };
    let mut status = json!({"replicas": total, "observedGeneration": set["metadata"]["generation"],
        "currentRevision": current, "updateRevision": update, "collisionCount": 0});
    let counts = [("readyReplicas", ready), ("currentReplicas", of_current), ("updatedReplicas", updated)];
    for (field, count) in counts {
        if count > 0 {
            status[field] = json!(count);
        }
    }
    if super::replicasets::same_fields(&status, &set["status"]) {
        return Ok(());
    }
    let mut changed = Value::clone(set);
    changed["status"] = status;
    world.api(MANAGER).update_status("statefulsets", Name::of(set).ns(), changed).map(|_| ())
}
