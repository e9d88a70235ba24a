//! Tells when something that was read has changed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::follow;
use crate::bindings::Workspace;
use crate::client::k8s::glance_of_list;
use crate::client::{Collection, Failure, Read};
use crate::script::Host;

/// How often that is looked at which tells nothing of its changes.
const POLL: Duration = Duration::from_millis(100);

/// A condition may depend on the time, too.
const LONGEST: Duration = Duration::from_secs(5);

/// The first and the longest pause after a look that failed because a server was in trouble.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// How long the last look at what was waited for may take.
const GLANCE: Duration = Duration::from_secs(2);

/// A read without what changes from one look to the next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Watched {
    K8s { path: String, selectors: Vec<(String, String)> },
    Etcd { key: Vec<u8>, range_end: Vec<u8> },
}

/// What the last look at a condition read, watched. Watches stay open from one look to the next.
pub(in crate::bindings::general) struct Changes<'a> {
    workspace: &'a Arc<Workspace>,
    host: &'a Host,
    reads: Collection,
    changed: Arc<Notify>,
    watches: HashMap<Watched, Follow>,
    /// What the last look that was answered saw of the objects.
    seen: HashMap<Watched, Vec<String>>,
    pause: Duration,
}

/// What was waited for, as it was last.
pub(in crate::bindings::general) struct Glance {
    /// A line for each object.
    pub(in crate::bindings::general) objects: Vec<String>,
    /// Why the objects are not those of this moment.
    pub(in crate::bindings::general) error: Option<Failure>,
}

/// A watch that runs until it is dropped.
struct Follow(JoinHandle<()>);

impl Drop for Follow {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<'a> Changes<'a> {
    /// Starts to collect what is read.
    pub(in crate::bindings::general) fn new(workspace: &'a Arc<Workspace>, host: &'a Host) -> Self {
        Self {
            workspace,
            host,
            reads: workspace.cluster.reads.collect(),
            changed: Arc::default(),
            watches: HashMap::new(),
            seen: HashMap::new(),
            pause: PAUSES.0,
        }
    }

    /// Ends when something has changed that was read since the last call. `in_trouble`: a server could not answer, so
    /// it is left alone for a while.
    pub(in crate::bindings::general) async fn next(&mut self, in_trouble: bool) -> Result<(), Failure> {
        let reads = self.reads.take();
        let polled = reads.is_empty() || reads.contains(&Read::Polled);
        self.watch(reads, in_trouble);
        let clock = self.host.clock();
        if in_trouble {
            clock.sleep(self.pause).await;
            self.pause = (self.pause * 2).min(PAUSES.1);
        } else {
            self.pause = PAUSES.0;
            tokio::select! {
                biased;
                () = self.changed.notified() => {}
                () = clock.sleep(if polled { POLL } else { LONGEST }) => {}
            }
        }
        // Of what was read meanwhile the condition knows nothing.
        self.reads.take();
        Ok(())
    }

    /// Watches just this; besides, in trouble, what was read before: the look was not one to the end.
    fn watch(&mut self, reads: Vec<Read>, in_trouble: bool) {
        let mut wanted = HashMap::new();
        for read in reads {
            let (watched, from) = match read {
                Read::K8s { path, selectors, resource_version, seen } => {
                    let watched = Watched::K8s { path, selectors };
                    if let Some(seen) = seen {
                        self.seen.insert(watched.clone(), seen);
                    }
                    (watched, resource_version)
                }
                Read::Etcd { key, range_end, revision } => (Watched::Etcd { key, range_end }, revision.to_string()),
                Read::Polled => continue,
            };
            // Of two reads of the same, the first: no change after it may be missed.
            wanted.entry(watched).or_insert(from);
        }
        self.watches.retain(|watched, _| in_trouble || wanted.contains_key(watched));
        for (watched, from) in wanted {
            if !self.watches.contains_key(&watched) {
                let follow = self.follow(&watched, from);
                self.watches.insert(watched, Follow(follow));
            }
        }
    }

    fn follow(&self, watched: &Watched, from: String) -> JoinHandle<()> {
        let (changed, clock) = (Arc::clone(&self.changed), Arc::clone(self.host.clock()));
        let runtime = self.host.runtime();
        match (watched.clone(), &self.workspace.cluster.etcd) {
            (Watched::K8s { path, selectors }, _) => {
                let k8s = self.workspace.k8s().clone();
                runtime.spawn(async move { follow::k8s(&k8s, &path, selectors, from, &*clock, &changed).await })
            }
            (Watched::Etcd { key, range_end }, Ok(etcd)) => {
                let etcd = etcd.clone();
                let from = from.parse().unwrap_or(0);
                runtime.spawn(async move { follow::etcd(&etcd, &key, &range_end, from, &*clock, &changed).await })
            }
            // Nothing was read from an etcd that is not there.
            (Watched::Etcd { .. }, Err(_)) => runtime.spawn(async {}),
        }
    }

    /// What is there now of the objects that were waited for, or was when they could last be read: for the error when a
    /// wait was in vain.
    pub(in crate::bindings::general) async fn glance(&self) -> Result<Glance, Failure> {
        const MOST: usize = 3;
        let mut glance = Glance { objects: Vec::new(), error: None };
        for watched in self.watches.keys().take(MOST) {
            let Watched::K8s { path, selectors } = watched else { continue };
            let mut query = selectors.clone();
            query.push(("limit".to_owned(), MOST.to_string()));
            let list = self.workspace.k8s().json(http::Method::GET, path, &query, None, Default::default());
            let list = tokio::select! {
                list = list => list,
                () = self.host.clock().sleep(GLANCE) => {
                    Err(Failure::unreachable("Unable to connect to the server: no answer to the last look"))
                }
            };
            match list {
                Ok(list) => glance.objects.extend(glance_of_list(&list)),
                Err(failure) => {
                    glance.objects.extend(self.seen.get(watched).into_iter().flatten().cloned());
                    glance.error = Some(failure);
                }
            }
        }
        glance.objects.sort();
        Ok(glance)
    }
}
