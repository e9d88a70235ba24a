//! What is in use is not deleted: the finalizers of claims and volumes. pkg/controller/volume/{pvcprotection,pvprotection}.

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::controllers::queue::Controller;
use crate::sandbox::controllers::{pods, update};
use crate::sandbox::informers::{Heard, Name};
use crate::sandbox::object;

const CLAIMS: Controller = Controller::new("pvc-protection", claim);
const VOLUMES: Controller = Controller::new("pv-protection", volume);
/// The finalizer of a claim.
const OF_CLAIM: &str = "kubernetes.io/pvc-protection";
/// And of a volume.
const OF_VOLUME: &str = "kubernetes.io/pv-protection";

/// Starts the controllers.
pub(super) fn start(world: &mut World) {
    world.informers.watch("persistentvolumeclaims", |world, heard| {
        if heard.now.as_ref().is_some_and(|claim| due(claim, OF_CLAIM)) {
            CLAIMS.enqueue(world, &heard.name);
        }
    });
    world.informers.watch("persistentvolumes", |world, heard| {
        if heard.now.as_ref().is_some_and(|volume| due(volume, OF_VOLUME)) {
            VOLUMES.enqueue(world, &heard.name);
        }
    });
    world.informers.watch("pods", pod_changed);
}

/// Whether something is to be done: the finalizer is missing, or may have to go.
fn due(object: &Value, finalizer: &str) -> bool {
    object::deleting(object) == object::finalizers(object).any(|own| own == finalizer)
}

/// A Pod that ended or went lets go of its claims.
fn pod_changed(world: &mut World, heard: &Heard) {
    let holds = heard.now.as_ref().is_some_and(|pod| !pods::finished(pod) && on_node(pod));
    if holds {
        return;
    }
    for name in claims(heard.object()) {
        let known = world.informers.get("persistentvolumeclaims", &heard.name.namespace, name);
        if known.is_some_and(|claim| due(&claim, OF_CLAIM)) {
            CLAIMS.enqueue(world, &Name::new(&heard.name.namespace, name));
        }
    }
}

fn on_node(pod: &Value) -> bool {
    pod["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty())
}

/// The claims that a Pod names.
fn claims(pod: &Value) -> impl Iterator<Item = &str> {
    let volumes = object::items(&pod["spec"]["volumes"]).iter();
    volumes.filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str())
}

/// Whether a Pod mounts a claim.
pub(super) fn mounts(pod: &Value, claim: &str) -> bool {
    claims(pod).any(|name| name == claim)
}

fn claim(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(claim) = world.informers.get("persistentvolumeclaims", &name.namespace, &name.name) else { return Ok(()) };
    // A Pod without a node has not mounted it, and will not: kubelets start nothing with a claim that is being deleted.
    let used = || {
        let mut pods = world.informers.list_in("pods", &name.namespace);
        pods.any(|pod| on_node(pod) && mounts(pod, &name.name))
    };
    if object::deleting(&claim) && used() {
        return Ok(());
    }
    settle(world, "persistentvolumeclaims", &claim, OF_CLAIM)
}

fn volume(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(volume) = world.informers.get("persistentvolumes", "", &name.name) else { return Ok(()) };
    if object::deleting(&volume) && volume["status"]["phase"] == "Bound" {
        return Ok(());
    }
    settle(world, "persistentvolumes", &volume, OF_VOLUME)
}

/// Gives an object its finalizer, or takes it away from one that is being deleted.
fn settle(world: &mut World, resource: &'static str, object: &Value, finalizer: &str) -> Result<(), Status> {
    if !due(object, finalizer) {
        return Ok(());
    }
    let done = update(world, resource, &Name::of(object), |object| {
        let mut all: Vec<Value> = object::items(&object["metadata"]["finalizers"]).to_vec();
        all.retain(|own| own != finalizer);
        if !object::deleting(object) {
            all.push(json!(finalizer));
        }
        object["metadata"]["finalizers"] = json!(all);
    });
    match done {
        Err(status) if status.code == 404 => Ok(()),
        other => other,
    }
}
