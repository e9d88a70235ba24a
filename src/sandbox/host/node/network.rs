//! The network between nodes, and what of the control plane answers on it.

use std::time::Duration;

use super::{Node, NodeState, Role, index};
use crate::sandbox::World;
use crate::sandbox::host::new_id;

/// Takes a node off the network. False where it is off.
pub fn disconnect(world: &mut World, name: &str) -> bool {
    let Some(at) = index(world, name) else { return false };
    std::mem::replace(&mut world.hosts.nodes[at].connected, false)
}

/// Puts a node on the network. False where it is on.
pub fn connect(world: &mut World, name: &str) -> bool {
    let Some(at) = index(world, name) else { return false };
    let endpoint = new_id(world);
    let node = &mut world.hosts.nodes[at];
    if node.connected {
        return false;
    }
    (node.connected, node.endpoint) = (true, endpoint);
    true
}

/// How long a kube-apiserver takes to serve after its start, and an etcd.
const WARM_UP: Duration = Duration::from_secs(3);

fn serves(world: &World, node: &Node, program: &str) -> bool {
    node.running(program).is_some_and(|process| {
        let first = node.boots == 1 && process.started == node.started_at;
        !process.drains && (first || world.now().duration_since(process.started).unsigned_abs() >= WARM_UP)
    })
}

fn control_plane(world: &World) -> Option<&Node> {
    world.hosts.nodes.iter().find(|node| node.spec.role == Role::ControlPlane)
}

/// Whether etcd answers outside.
pub fn etcd_is_up(world: &World) -> bool {
    control_plane(world).is_some_and(|node| node.connected && node.running("etcd").is_some())
}

/// Whether a program of the control plane answers beside the API server.
pub fn component_runs(world: &World, program: &str) -> bool {
    control_plane(world).is_none_or(|node| node.running(program).is_some())
}

/// Whether the API server has no etcd that answers.
pub fn is_without_etcd(world: &World) -> bool {
    control_plane(world).is_some() && !etcd_is_up(world)
}

/// Whether the API server answers outside.
pub fn api_is_up(world: &World) -> bool {
    control_plane(world).is_some_and(|node| node.connected && is_reachable(world, &node.spec.name))
}

/// What a client outside meets where a server of the control plane should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// It answers.
    Answers,
    /// Nobody listens: the node, or its connection to the network, is gone, and the published port with it.
    Nobody,
    /// The connection ends at once: the server does not run, and who publishes its port closes what it took.
    Closed,
    /// Nothing comes back: the node or the server stands still.
    Silence,
}

/// What a client of the API server meets.
pub fn met_at_api(world: &World) -> Met {
    met(world, "kube-apiserver")
}

/// What a client of etcd meets.
pub fn met_at_etcd(world: &World) -> Met {
    met(world, "etcd")
}

fn met(world: &World, program: &str) -> Met {
    let Some(node) = control_plane(world) else { return Met::Answers };
    match node.state {
        NodeState::Exited => Met::Nobody,
        _ if !node.connected => Met::Nobody,
        NodeState::Paused => Met::Silence,
        NodeState::Running if super::is_stopped(world, &node.spec.name, program) => Met::Silence,
        NodeState::Running if serves(world, node, program) => Met::Answers,
        NodeState::Running => Met::Closed,
    }
}

/// Whether there is a network between a node and the control plane's.
pub fn is_linked(world: &World, name: &str) -> bool {
    let (Some(node), Some(control)) = (world.hosts.node(name), control_plane(world)) else { return false };
    node.id == control.id || node.connected && control.connected
}

/// Whether the programs of a node run, and reach the API server, and that answers.
pub fn is_reachable(world: &World, name: &str) -> bool {
    let (Some(node), Some(control)) = (world.hosts.node(name), control_plane(world)) else { return false };
    let connected = is_linked(world, name);
    let serves = serves(world, control, "kube-apiserver") && control.running("etcd").is_some();
    node.state == NodeState::Running && connected && serves
}
