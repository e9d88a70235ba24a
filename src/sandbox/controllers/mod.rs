//! kube-controller-manager: one file a controller, each with a queue of names and a sync that brings one object's world
//! to what it should be.
//!
//! Not modelled: bootstrap tokens, the TTL of finished Jobs; autoscalers know no metrics.

mod apiservices;
mod autoscalers;
mod certificates;
mod cronjobs;
mod daemonsets;
mod definitions;
mod deployments;
mod disruption;
mod endpoints;
mod eviction;
mod garbage;
mod ipam;
mod jobs;
mod leader;
mod namespaces;
mod nodes;
pub mod pods;
mod pods_gc;
pub mod queue;
mod quotas;
mod replicasets;
mod revisions;
mod roles;
mod rollout;
mod service_accounts;
mod statefulsets;
#[cfg(test)]
mod tests;
pub mod volumes;

use std::time::Duration;

use serde_json::Value;

use super::World;
use super::api::Status;
use super::informers::{Heard, Name};
use super::object;

/// The field manager of what controllers write.
pub const MANAGER: &str = "kube-controller-manager";
/// How often controllers that do not run look whether they do again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What the controllers remember.
#[derive(Default, Debug)]
pub struct Controllers {
    /// What is to be synced.
    pub queues: queue::Queues,
    /// The certificate of the cluster's CA, in PEM.
    pub ca: String,
    nodes: nodes::Nodes,
    evictions: eviction::Evictions,
    pods_gc: pods_gc::PodsGc,
    leaders: leader::Leaders,
    triggers: endpoints::Triggers,
}

/// Whether kube-controller-manager runs and reaches the API.
pub fn alive(world: &World) -> bool {
    program_runs(world, MANAGER)
}

/// Whether a program of the control plane runs there, its host is not frozen, and it reaches the API.
pub fn program_runs(world: &World, program: &str) -> bool {
    let Some(host) = world.kubelets.runtime else { return true };
    control_plane(world).is_none_or(|node| {
        (host.runs)(world, &node, program) && (host.reaches)(world, &node) && leader::leads(world, &node, program)
    })
}

/// The node that the control plane runs on: the first of that role.
pub fn control_plane(world: &World) -> Option<String> {
    let mut nodes = world.informers.list("nodes");
    let node = nodes.find(|node| node["metadata"]["labels"].get("node-role.kubernetes.io/control-plane").is_some())?;
    Some(object::name(node).to_owned())
}

/// Lets `action` happen every `period`, first after one, while the controllers are alive.
fn every(world: &mut World, period: Duration, action: fn(&mut World)) {
    world.after(period, move |world| {
        if alive(world) {
            action(world);
        }
        every(world, period, action);
    });
}

/// Changes an object as it is now.
///
/// # Errors
/// As the API's.
fn update(
    world: &mut World,
    resource: &'static str,
    name: &Name,
    change: impl FnOnce(&mut Value),
) -> Result<(), Status> {
    update_as(world, MANAGER, resource, name, change)
}

/// Likewise, as another program.
fn update_as(
    world: &mut World,
    manager: &'static str,
    resource: &str,
    name: &Name,
    change: impl FnOnce(&mut Value),
) -> Result<(), Status> {
    let known = world.api(manager).get(resource, name.ns(), &name.name)?;
    let mut object = Value::clone(&known);
    change(&mut object);
    if object != *known {
        world.api(manager).update(resource, name.ns(), object)?;
    }
    Ok(())
}

/// Calls `with` for the controller of a kind that an object has or had.
fn owner_named(heard: &Heard, kind: &str, mut with: impl FnMut(&Name)) {
    let of = |object: &Value| {
        let owner = object::controller(object).filter(|owner| owner["kind"] == kind)?;
        Some(Name::new(&heard.name.namespace, owner["name"].as_str()?))
    };
    let (before, now) = (heard.before.as_deref().and_then(of), heard.now.as_deref().and_then(of));
    if let Some(now) = &now {
        with(now);
    }
    if let Some(before) = before.filter(|before| now.as_ref() != Some(before)) {
        with(&before);
    }
}

/// Starts all controllers.
pub fn start(world: &mut World) {
    leader::start(world);
    service_accounts::start(world);
    namespaces::start(world);
    garbage::start(world);
    ipam::start(world);
    nodes::start(world);
    eviction::start(world);
    pods_gc::start(world);
    deployments::start(world);
    replicasets::start(world);
    daemonsets::start(world);
    statefulsets::start(world);
    jobs::start(world);
    cronjobs::start(world);
    endpoints::start(world);
    disruption::start(world);
    quotas::start(world);
    volumes::start(world);
    apiservices::start(world);
    definitions::start(world);
    roles::start(world);
    autoscalers::start(world);
    certificates::start(world);
}
