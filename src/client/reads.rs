//! What was read from the cluster, so that a wait can watch just that.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// One read of a layer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Read {
    /// Objects of the Kubernetes API.
    K8s {
        /// The collection, as in `/api/v1/namespaces/default/pods`.
        path: String,
        /// `fieldSelector` and `labelSelector` of the read, already encoded as query pairs.
        selectors: Vec<(String, String)>,
        /// The resourceVersion that the answer carried; empty where there was none (NotFound).
        resource_version: String,
        /// The first of the objects, a line each; none where the server could not tell.
        seen: Option<Vec<String>>,
    },
    /// Keys of etcd.
    Etcd {
        /// First key.
        key: Vec<u8>,
        /// End of the range, exclusive; empty for one key.
        range_end: Vec<u8>,
        /// The store's revision when it was read.
        revision: i64,
    },
    /// Something that sends no notice of its changes: Docker, or a process in a container.
    Polled,
}

/// Collects [`Read`]s while somebody asks for them, and which paths of the Kubernetes API were asked for at all.
#[derive(Debug, Default)]
pub struct Reads {
    collected: Mutex<Option<Vec<Read>>>,
    paths: Mutex<Vec<String>>,
}

/// So many paths are kept: a script that runs on for hours must not fill the memory.
const MOST_PATHS: usize = 1000;

impl Reads {
    /// Starts to collect, or starts anew.
    pub fn begin(&self) {
        *self.lock() = Some(Vec::new());
    }

    /// What was read since [`Reads::begin`], in order; stops to collect.
    pub fn end(&self) -> Vec<Read> {
        self.lock().take().unwrap_or_default()
    }

    /// Called by the clients for each read.
    pub fn record(&self, read: impl FnOnce() -> Read) {
        if let Some(reads) = self.lock().as_mut() {
            reads.push(read());
        }
    }

    /// Called for each request to the Kubernetes API, with its path and query.
    pub(super) fn asked(&self, path: &str) {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        // What was asked for last is looked for first: waits ask for the same again and again.
        if paths.len() < MOST_PATHS && !paths.iter().rev().any(|known| known == path) {
            paths.push(path.to_owned());
        }
    }

    /// Takes the paths of the Kubernetes API that were asked for since the last call, each once, in order.
    pub fn take_paths(&self) -> Vec<String> {
        std::mem::take(&mut *self.paths.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Read>>> {
        // A list of reads is whole at every moment, so a panic elsewhere cannot have broken it.
        self.collected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
