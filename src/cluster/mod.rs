//! Which cluster: from a name to clients for its three layers and its clock.
//!
//! - [`reach`]: a name to the layers that can be reached
//! - [`guard`]: whether they are one, and a playground
//! - [`SANDBOX`]: the embedded cluster
//! - [`connect`](connect()): both, to a [`Cluster`] that scripts may use

mod connect;
mod etcd;
pub mod guard;
pub mod kubeconfig;
mod layers;
mod none;
mod paced;
mod requires;
mod sandbox;

pub use connect::{ClusterOptions, connect};
pub use layers::{Layers, reach};
pub use requires::{MAKE_CLUSTER, Missing, Offers};
pub use sandbox::{SANDBOX, name as sandbox_name};

use std::sync::Arc;

use crate::client::docker::Docker;
use crate::client::etcd::Etcd;
use crate::client::k8s::K8s;
use crate::client::{Failure, Reads, Recorder, Seen};
use crate::clock::Clock;

/// The three endpoints connected to.
#[derive(Debug)]
pub struct Cluster {
    /// The kubeconfig's context: `kind-k8splayground`.
    pub name: String,
    /// The API server's version: `v1.20.2`.
    pub version: String,
    /// The UID of its namespace kube-system, which no other cluster has.
    pub uid: String,
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
    /// Whether it outlives this process, and other processes can use it.
    pub lasting: bool,
}

impl Cluster {
    /// The same cluster, whose clients tell `recorder` of each change before they make it.
    #[must_use]
    pub fn recorded(&self, recorder: &Arc<dyn Recorder>) -> Self {
        self.with(
            self.k8s.recorded(Arc::clone(recorder)),
            self.docker.as_ref().map(|docker| docker.recorded(Arc::clone(recorder))),
            self.etcd.as_ref().map(|etcd| etcd.recorded(Arc::clone(recorder))),
        )
    }

    /// The same cluster, whose clients' calls nobody notes.
    #[must_use]
    pub fn unnoted(&self) -> Self {
        self.with(self.k8s.unnoted(), self.docker.as_ref().map(Docker::unnoted), self.etcd.as_ref().map(Etcd::unnoted))
    }

    fn with(&self, k8s: K8s, docker: Result<Docker, &Failure>, etcd: Result<Etcd, &Failure>) -> Self {
        Self {
            name: self.name.clone(),
            version: self.version.clone(),
            uid: self.uid.clone(),
            k8s,
            docker: docker.map_err(Clone::clone),
            etcd: etcd.map_err(Clone::clone),
            clock: Arc::clone(&self.clock),
            reads: Arc::clone(&self.reads),
            seen: Arc::clone(&self.seen),
            lasting: self.lasting,
        }
    }
}
