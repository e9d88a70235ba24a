//! A run that can be undone: its journal, and a cluster whose every change goes there first.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::folders;
use crate::client::Recorder;
use crate::cluster::Cluster;
use crate::journal::{self, Header, Journal, Recording};

/// A journal for what `notebook` changes, and the cluster through which it does. Files are looked up from `folder`.
pub(super) fn recorded(
    cluster: &Cluster,
    notebook: &str,
    folder: &Path,
    manifests: &[String],
) -> (Journal, Arc<Cluster>) {
    // One process may run several notebooks within a second.
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let header = Header::new(cluster.name.clone(), cluster.uid.clone(), notebook.to_owned(), &folder, manifests);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let journal = match cluster.lasting {
        true => Journal::planned(journal::folder::fresh(&folders::lasting(), &header, count), header),
        // When the process is gone, so is the cluster.
        false => Journal::default(),
    };
    let recording = Recording::new(journal.clone(), &cluster.k8s, &cluster.docker, &cluster.etcd);
    let recorder: Arc<dyn Recorder> = Arc::new(recording);
    (journal, Arc::new(cluster.recorded(&recorder)))
}

/// The notebooks of runs on this cluster that were killed or kept, and not recovered from.
pub(super) fn left(cluster: &Cluster) -> Vec<String> {
    let found = journal::folder::list(&folders::lasting());
    let left = found.into_iter().filter(|found| !found.held && found.pending > 0).filter_map(|found| found.header);
    left.filter(|header| header.uid == cluster.uid).map(|header| header.notebook).collect()
}
