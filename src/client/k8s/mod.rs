//! The Kubernetes API, by objects as JSON: what a 1.20 server has need not be in today's typed crates.

mod chunks;
mod connect;
mod credentials;
mod evict;
mod exec;
mod follow;
mod glance;
mod logs;
mod objects;
mod openapi;
mod request;
mod resource;
mod status;
mod unreachable;
mod wait;
mod warnings;
mod watch;

pub use exec::Source;
pub use follow::{Change, Follower};
pub use glance::{glance, glance_of_list};
pub use logs::LogOptions;
pub use objects::{DeleteOptions, ListOptions, PatchType};
pub use openapi::{GroupVersionKind, OpenApi, Schema};
pub use request::{Accept, Answer};
pub use resource::{Resource, Resources};
pub use status::failure_of_status;
pub use wait::Target;
pub use watch::{WatchEvent, WatchOptions, Watcher};

use std::sync::Arc;

use tokio::sync::{Mutex, RwLock};

use crate::client::{Reads, Recorder, Seen};

/// A client of one API server. Cheap to clone.
#[derive(Clone)]
pub struct K8s {
    client: kube::Client,
    /// The API server's URL, without a trailing slash.
    server: String,
    default_namespace: String,
    resources: Arc<RwLock<Option<Arc<Resources>>>>,
    openapi: Arc<Mutex<Option<Arc<OpenApi>>>>,
    reads: Arc<Reads>,
    seen: Arc<Seen>,
    warnings: Option<Arc<warnings::Warnings>>,
    recorder: Option<Arc<dyn Recorder>>,
}

impl std::fmt::Debug for K8s {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("K8s").field("server", &self.server).finish_non_exhaustive()
    }
}

impl K8s {
    /// The API server's URL, without a trailing slash.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The namespace of the kubeconfig's context, else `default`.
    pub fn default_namespace(&self) -> &str {
        &self.default_namespace
    }

    /// The underlying client, for what takes a WebSocket.
    pub fn kube(&self) -> &kube::Client {
        &self.client
    }

    /// The same client, which tells `recorder` of each change before it makes it.
    #[must_use]
    pub fn recorded(&self, recorder: Arc<dyn Recorder>) -> Self {
        Self { recorder: Some(recorder), ..self.clone() }
    }

    /// The same client, whose calls nobody notes: no reads for waits, no tokens, no changes, no warnings.
    #[must_use]
    pub fn unnoted(&self) -> Self {
        Self { reads: Arc::default(), seen: Arc::default(), warnings: None, recorder: None, ..self.clone() }
    }

    /// What was read, for waits.
    pub fn reads(&self) -> &Reads {
        &self.reads
    }
}
