//! No cluster at all, for what needs a session but asks it nothing.

use std::sync::Arc;

use super::Cluster;
use crate::client::k8s::K8s;
use crate::client::{Failure, Reads, Seen};
use crate::clock::SystemClock;

impl Cluster {
    /// A cluster that does not answer in any of its layers. To be called within the async runtime.
    ///
    /// # Errors
    /// TLS that cannot be set up.
    pub fn none() -> Result<Self, Failure> {
        let (reads, seen) = (Arc::new(Reads::default()), Arc::new(Seen::default()));
        // Port 1 of this machine: nobody listens there.
        let config = kube::Config::new(http::Uri::from_static("http://127.0.0.1:1"));
        Ok(Self {
            name: "none".to_owned(),
            uid: String::new(),
            version: "v1.20.2".to_owned(),
            k8s: K8s::connect(config, Arc::clone(&reads), Arc::clone(&seen))?,
            docker: Err(Failure::unreachable("no Docker")),
            etcd: Err(Failure::unreachable("no etcd")),
            clock: Arc::new(SystemClock::default()),
            reads,
            seen,
            lasting: false,
        })
    }
}
