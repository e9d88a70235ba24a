//! Which cluster: from a name to clients for its three layers and its clock.
//!
//! - [`reach`]: a name to the layers that can be reached
//! - [`guard`]: whether they are one, and a playground
//! - [`connect`](connect()): both, to a [`Cluster`] that scripts may use

mod connect;
mod etcd;
pub mod guard;
pub mod kubeconfig;
mod layers;
mod requires;

pub use connect::{ClusterOptions, connect};
pub use layers::{Layers, reach};
pub use requires::{MAKE_CLUSTER, Missing, Offers};

use std::sync::Arc;

use crate::client::docker::Docker;
use crate::client::etcd::Etcd;
use crate::client::k8s::K8s;
use crate::client::{Failure, Reads, Seen};
use crate::clock::Clock;

/// The three endpoints connected to.
#[derive(Debug)]
pub struct Cluster {
    /// The kubeconfig's context: `kind-k8splayground`.
    pub name: String,
    /// The API server's version: `v1.20.2`.
    pub version: String,
    /// The Kubernetes API.
    pub k8s: K8s,
    /// Docker Engine, or why it cannot be reached; the failure is thrown when a script first needs it.
    pub docker: Result<Docker, Failure>,
    /// etcd, or why it cannot be reached.
    pub etcd: Result<Etcd, Failure>,
    /// The cluster's clock.
    pub clock: Arc<dyn Clock>,
    /// What was read, for waits.
    pub reads: Arc<Reads>,
    /// The tokens that were fetched, for the comparison of outputs.
    pub seen: Arc<Seen>,
}
