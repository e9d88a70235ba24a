//! kube-controller-manager: one file a controller, each with a queue of names and a sync that brings one object's world
//! to what it should be.
//!
//! Not modelled: resource quota, horizontal Pod autoscaler, persistent volumes, certificates, bootstrap tokens.

pub mod queue;

use std::time::Duration;

use super::World;

/// The field manager of what controllers write.
pub const MANAGER: &str = "kube-controller-manager";
/// How often controllers that do not run look whether they do again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What the controllers remember.
#[derive(Default, Debug)]
pub struct Controllers {
    /// What is to be synced.
    pub queues: queue::Queues,
}

/// Whether kube-controller-manager runs and reaches the API.
pub fn alive(world: &World) -> bool {
    program_runs(world, MANAGER)
}

/// Whether a program of the control plane runs there, its host is not frozen, and it reaches the API.
pub fn program_runs(world: &World, program: &str) -> bool {
    let Some(host) = world.kubelets.runtime else { return true };
    control_plane(world).is_none_or(|node| (host.runs)(world, &node, program) && (host.reaches)(world, &node))
}

/// The node that the control plane runs on: the first of that role.
pub fn control_plane(world: &World) -> Option<String> {
    let mut nodes = world.informers.list("nodes");
    let node = nodes.find(|node| node["metadata"]["labels"].get("node-role.kubernetes.io/control-plane").is_some())?;
    Some(super::object::name(node).to_owned())
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

/// Starts all controllers.
pub fn start(_world: &mut World) {}
