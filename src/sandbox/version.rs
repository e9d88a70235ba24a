//! The constants of the Kubernetes version that is modelled, each with its source.

use std::time::Duration;

/// What one version of Kubernetes does when.
#[derive(Debug, Clone)]
pub struct Version {
    /// As `/version` tells it: `v1.20.2`.
    pub name: &'static str,
    /// How long after a write those who watch it act, at the least and at the most. Measured on a v1.20.2 cluster on one
    /// machine: 1 to 4 ms.
    pub reaction: (Duration, Duration),
}

/// Kubernetes 1.20.2.
pub const V1_20_2: Version =
    Version { name: "v1.20.2", reaction: (Duration::from_millis(1), Duration::from_millis(4)) };
