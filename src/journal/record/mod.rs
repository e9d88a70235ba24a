//! Hears of each change from the clients, and adds to the journal what takes it back.
//!
//! - `k8s`: requests to the API server
//! - `etcd`: keys that are written and deleted
//! - `container`: what happens to nodes
//! - `secrets`: which Secrets may be deleted

mod container;
mod etcd;
mod k8s;
mod secrets;

pub(super) use container::{KUBELET, state_of};

use std::collections::HashSet;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use super::{Inverse, Journal};
use crate::client::docker::Docker;
use crate::client::etcd::Etcd;
use crate::client::k8s::K8s;
use crate::client::{Change, End, Failure, Recorder, Ticket};

/// Writes a run's changes into its journal.
#[derive(Debug)]
pub struct Recording {
    journal: Journal,
    k8s: K8s,
    docker: Result<Docker, Failure>,
    etcd: Result<Etcd, Failure>,
    /// The ids of containers that have an entry: how they were is noted once.
    containers: Mutex<HashSet<String>>,
}

impl Recording {
    /// A recording into `journal`. It looks at how things are through the given clients, unnoted.
    pub fn new(journal: Journal, k8s: &K8s, docker: &Result<Docker, Failure>, etcd: &Result<Etcd, Failure>) -> Self {
        Self {
            journal,
            k8s: k8s.unnoted(),
            docker: docker.as_ref().map(Docker::unnoted).map_err(Clone::clone),
            etcd: etcd.as_ref().map(Etcd::unnoted).map_err(Clone::clone),
            containers: Mutex::default(),
        }
    }

    /// Adds entries, in order.
    async fn add(&self, inverses: Vec<Inverse>) -> Result<Ticket, Failure> {
        if inverses.is_empty() {
            return Ok(Ticket::default());
        }
        let journal = self.journal.clone();
        let add = move || inverses.into_iter().map(|inverse| journal.add(inverse)).collect::<Result<Vec<_>, _>>();
        if self.journal.is_in_memory() {
            return add().map(Ticket);
        }
        // The disk may take its time; the thread that waits for it serves nobody else.
        let added = tokio::task::spawn_blocking(add);
        let lost = |error| Failure::refused(format!("the change is not made: it could not be written down: {error}"));
        added.await.map_err(lost)?.map(Ticket)
    }

    async fn ended(&self, n: u64, end: End<'_>) {
        match (end, self.journal.inverse(n)) {
            (_, None) => {}
            // A container's entry says how it was, whatever comes.
            (_, Some(Inverse::Node(_))) => {}
            (End::Refused, Some(_)) => self.journal.done(n),
            (End::Made(answer), Some(inverse)) => self.learn(n, &inverse, answer).await,
        }
    }
}

impl Recorder for Recording {
    fn before<'a>(&'a self, change: Change<'a>) -> BoxFuture<'a, Result<Ticket, Failure>> {
        async move {
            match change {
                Change::K8s { method, path, body } => self.add(self.k8s_inverses(method, path, body).await?).await,
                Change::Etcd(changes) => self.add(self.etcd_inverses(changes).await?).await,
                Change::Container(container) => self.note_container(container).await,
            }
        }
        .boxed()
    }

    fn after<'a>(&'a self, ticket: Ticket, end: End<'a>) -> BoxFuture<'a, ()> {
        async move {
            for n in ticket.0 {
                self.ended(n, end).await;
            }
        }
        .boxed()
    }
}
