//! kubelet, one a node.

pub mod runtime;

use super::World;

/// The kubelets.
#[derive(Default, Debug)]
pub struct Kubelets {
    /// What they ask of their hosts.
    pub runtime: Option<runtime::Runtime>,
}

/// The process `kubelet` of a node began to run.
pub fn process_started(_world: &mut World, _node: &str) {}

/// The process `kubelet` of a node ended: what it had in memory is gone.
pub fn process_ended(_world: &mut World, _node: &str) {}

/// A container of a node ended.
pub fn container_ended(_world: &mut World, _node: &str, _container: &str) {}
