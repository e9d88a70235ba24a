//! A cluster of the default profile that has been up for a while: a control plane and two workers, all Ready.

use super::World;

/// Boots the cluster.
pub fn boot(_world: &mut World) {}
