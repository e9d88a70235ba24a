//! Deployments: a ReplicaSet for each template, scaled by the strategy. pkg/controller/deployment.
//!
//! - this file: the sync
//! - `sets`: the ReplicaSets; `annotations`: their revisions
//! - `status`, `conditions`: what is told of it
//! - [`rollout`](super::rollout): scaling

mod annotations;
mod conditions;
mod sets;
mod status;

use serde_json::Value;

use super::queue::Controller;
use super::{owner_named, pods, rollout};
use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use sets::clean_up;
use status::status;

pub(super) use annotations::{DESIRED, MAX};
pub(super) use sets::{current, replace, with_new_set};
pub(super) use status::complete;

/// The controller.
pub(super) const CONTROLLER: Controller = Controller::new("deployment", sync);

/// The component of its events.
pub(super) const COMPONENT: &str = "deployment-controller";

/// The label of a template's hash.
pub(super) const HASH: &str = "pod-template-hash";

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("deployments", |world, heard| CONTROLLER.enqueue(world, &heard.name));
    world.informers.watch("replicasets", |world, heard| {
        owner_named(heard, "Deployment", |name| CONTROLLER.enqueue(world, name));
    });
    // Recreate waits for the last of the old Pods.
    world.informers.watch("pods", |world, heard| {
        if heard.now.is_some() {
            return;
        }
        let Some(owner) = object::controller(heard.object()).and_then(|owner| owner["name"].as_str()) else { return };
        let Some(set) = world.informers.get("replicasets", &heard.name.namespace, owner) else { return };
        let deployment = object::controller(&set).and_then(|owner| owner["name"].as_str()).map(str::to_owned);
        if let Some(deployment) = deployment {
            CONTROLLER.enqueue(world, &Name::new(&heard.name.namespace, &deployment));
        }
    });
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(deployment) = world.informers.get("deployments", &name.namespace, &name.name) else { return Ok(()) };
    let sets = pods::claim(world, &deployment, &deployment["spec"]["selector"], "replicasets")?;
    if object::deleting(&deployment) {
        let new = current(&deployment, &sets);
        return status(world, &deployment, &sets, new.as_ref(), false);
    }
    let paused = deployment["spec"]["paused"] == true;
    conditions::pause(world, &deployment, paused)?;
    let new = current(&deployment, &sets);
    let scaling = sets.iter().any(|set| {
        replicas(set) > 0
            && set["metadata"]["annotations"][DESIRED]
                .as_str()
                .is_some_and(|desired| desired != replicas(&deployment).to_string())
    });
    if paused || scaling {
        rollout::proportionally(world, &deployment, &sets, new.as_ref())?;
        if paused {
            clean_up(world, &deployment, &sets)?;
        }
        // As upstream, of the sets as they were; the next sync tells the rest.
        return status(world, &deployment, &sets, new.as_ref(), false);
    }
    let recreate = deployment["spec"]["strategy"]["type"] == "Recreate";
    let (sets, new) = if recreate {
        rollout::recreate(world, &deployment, sets)?
    } else {
        let (sets, new) = with_new_set(world, &deployment, sets)?;
        let sets = rollout::rolling(world, &deployment, sets, &new)?;
        (sets, Some(new))
    };
    if let Some(new) = &new
        && complete(&deployment, &sets, new)
    {
        clean_up(world, &deployment, &sets)?;
    }
    status(world, &deployment, &sets, new.as_ref(), true)
}

/// `spec.replicas`.
pub(super) fn replicas(object: &Value) -> i64 {
    object::int(&object["spec"]["replicas"], 1)
}

/// A number of a set's status.
pub(super) fn counted(set: &Value, field: &str) -> i64 {
    object::int(&set["status"][field], 0)
}
