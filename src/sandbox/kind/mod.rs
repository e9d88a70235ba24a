//! Profile `kind`: what kind v0.10.0, and kubeadm v1.20.2 that it calls, make of bare hosts, in their order.
//!
//! - this file: what happens when; `hosts`: the files that kubeadm writes; `objects`: what is made in the API;
//!   `local_path`: the provisioner of volumes
//!
//! `manifests/` has the static Pods and the objects, with `@NODE@` and the like for what differs from cluster to cluster.

mod hosts;
mod local_path;
mod objects;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use hosts::{SOCKET, install, provider};

use super::World;
use super::boot::NODES;
use super::host::{self, NodeSpec, Role};

/// The cluster's name, which its nodes' names begin with.
pub const CLUSTER: &str = "k8splayground";

/// From the nodes' start to kubeadm's on the control plane: kubelets have tried to start till then.
const INIT: Duration = Duration::from_millis(2_300);
/// From the kubelet's start there to the static Pods' files.
const STATIC_PODS: Duration = Duration::from_millis(700);
/// How often kubeadm asks whether the API server answers: `kubeadmconstants.APICallRetryInterval`.
const ASKED: Duration = Duration::from_millis(500);
/// From kubeadm's end to kind's network, to its storage, and to the nodes' joining.
const NETWORK: Duration = Duration::from_millis(900);
const STORAGE: Duration = Duration::from_millis(1_700);
const JOIN: Duration = Duration::from_millis(2_400);
/// How long a node takes to join, up to its kubelet's start, in milliseconds.
const JOINED: std::ops::Range<u64> = 9_000..12_000;

/// Starts the hosts and what makes a cluster of them.
pub fn create(world: &mut World, nodes: Vec<NodeSpec>) {
    let workers: Vec<NodeSpec> = nodes.iter().filter(|node| node.role == Role::Worker).cloned().collect();
    let control_plane = nodes.iter().find(|node| node.role == Role::ControlPlane).cloned();
    for node in nodes {
        host::add_node(world, node);
    }
    let Some(control_plane) = control_plane else { return };
    world.after(INIT, move |world| {
        hosts::kubelet(world, &control_plane);
        world.after(STATIC_PODS, move |world| {
            hosts::static_pods(world, &control_plane);
            when_up(world, control_plane, workers);
        });
    });
}

/// Goes on once the API server answers.
fn when_up(world: &mut World, control_plane: NodeSpec, workers: Vec<NodeSpec>) {
    if !host::api_is_up(world) {
        world.after(ASKED, move |world| when_up(world, control_plane, workers));
        return;
    }
    objects::kubeadm(world, &control_plane);
    world.after(NETWORK, objects::network);
    world.after(STORAGE, |world| {
        objects::storage(world);
        local_path::start(world);
    });
    for worker in workers {
        let delay = JOIN + Duration::from_millis(world.rng.u64(JOINED));
        world.after(delay, move |world| hosts::kubelet(world, &worker));
    }
}

/// The node that the API server is known by.
fn endpoint() -> String {
    format!("https://{}:6443", NODES[0])
}
