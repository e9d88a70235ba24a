//! What was read from the cluster, so that a wait can watch just that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// Collects [`Read`]s for whoever asks for them, who may ask within what another asks about: each gets all that was read
/// meanwhile. And which paths of the Kubernetes API were asked for at all.
#[derive(Debug, Default)]
pub struct Reads {
    collections: Mutex<Collections>,
    paths: Mutex<Vec<String>>,
}

/// So many paths are kept: a script that runs on for hours must not fill the memory.
const MOST_PATHS: usize = 1000;

#[derive(Debug, Default)]
struct Collections {
    next: u64,
    /// By the number of who asked.
    collected: Vec<(u64, Vec<Read>)>,
}

/// What is read from [`Reads::collect`] on, until it is dropped.
#[derive(Debug)]
pub struct Collection {
    reads: Arc<Reads>,
    number: u64,
}

impl Reads {
    /// Starts to collect.
    pub fn collect(self: &Arc<Self>) -> Collection {
        let mut inner = self.lock();
        let number = inner.next;
        inner.next += 1;
        inner.collected.push((number, Vec::new()));
        Collection { reads: Arc::clone(self), number }
    }

    /// Called by the clients for each read.
    pub fn record(&self, read: impl FnOnce() -> Read) {
        let mut inner = self.lock();
        if inner.collected.is_empty() {
            return;
        }
        let read = read();
        for (_, reads) in &mut inner.collected {
            // A wait within another polls for as long as it lasts; that it does is enough to know.
            if read != Read::Polled || reads.last() != Some(&read) {
                reads.push(read.clone());
            }
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

    fn lock(&self) -> MutexGuard<'_, Collections> {
        // A list of reads is whole at every moment, so a panic elsewhere cannot have broken it.
        self.collections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collection {
    /// What was read since the last call, in order.
    pub fn take(&self) -> Vec<Read> {
        let mut inner = self.reads.lock();
        let own = inner.collected.iter_mut().find(|(number, _)| *number == self.number);
        own.map(|(_, reads)| std::mem::take(reads)).unwrap_or_default()
    }
}

impl Drop for Collection {
    fn drop(&mut self) {
        self.reads.lock().collected.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_within_anothers_question_takes_nothing_from_it() {
        let reads = Arc::new(Reads::default());
        let read = |revision| Read::Etcd { key: b"a".to_vec(), range_end: Vec::new(), revision };
        reads.record(|| unreachable!("nobody asks"));
        let outer = reads.collect();
        reads.record(|| read(1));
        let inner = reads.collect();
        reads.record(|| read(2));
        assert_eq!(inner.take(), [read(2)]);
        assert_eq!(inner.take(), []);
        drop(inner);
        reads.record(|| read(3));
        assert_eq!(outer.take(), [read(1), read(2), read(3)]);
    }
}
