//! Following a collection through whatever happens to the connection.

use std::time::Duration;

use serde_json::Value;

use super::{Accept, K8s, ListOptions, Resource, WatchEvent, WatchOptions, Watcher};
use crate::client::Failure;
use crate::clock::Clock;

/// The first pause after a failed attempt; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How long the server may take to begin an answer. A connection that died without notice shows only this way.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// After so long without an event the watch is begun anew, for the same reason.
const QUIET: Duration = Duration::from_secs(30);

/// What a [`Follower`] tells.
#[derive(Debug, Clone)]
pub enum Change {
    /// All that there is, as a List or Table: first of all, and again where the events since could not be had.
    Listed(Value),
    /// What happened next.
    Event(WatchEvent),
}

/// The changes of a collection, one after the other. Rides through 429, 5xx, broken connections and expired
/// resourceVersions.
#[derive(Debug)]
pub struct Follower<'a> {
    k8s: &'a K8s,
    clock: &'a dyn Clock,
    resource: &'a Resource,
    namespace: Option<&'a str>,
    options: ListOptions,
    accept: Accept,
    watcher: Option<Watcher>,
    resource_version: String,
    pause: Duration,
    last_error: Option<Failure>,
}

impl<'a> Follower<'a> {
    /// Follows what [`K8s::list`] with these arguments lists; asks nothing yet.
    pub fn new(
        k8s: &'a K8s,
        clock: &'a dyn Clock,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        options: ListOptions,
        accept: Accept,
    ) -> Self {
        Self {
            k8s,
            clock,
            resource,
            namespace,
            options,
            accept,
            watcher: None,
            resource_version: String::new(),
            pause: FIRST_PAUSE,
            last_error: None,
        }
    }

    /// The next change. Nothing is lost when the future is dropped and asked for again.
    ///
    /// # Errors
    /// What asking again does not mend: Forbidden, a resource that the server does not have, …
    pub async fn next(&mut self) -> Result<Change, Failure> {
        loop {
            match self.attempt().await {
                Ok(Some(change)) => {
                    self.pause = FIRST_PAUSE;
                    return Ok(change);
                }
                // The server ended the watch, or nothing came for long: go on from where it was.
                Ok(None) => self.watcher = None,
                Err(failure) if failure.code == 410 => {
                    self.watcher = None;
                    self.resource_version.clear();
                }
                Err(failure) if failure.is_transient() => {
                    self.watcher = None;
                    self.last_error = Some(failure);
                    self.clock.sleep(self.pause).await;
                    self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// The last error that was ridden through.
    pub fn last_error(&self) -> Option<&Failure> {
        self.last_error.as_ref()
    }

    /// One change, or none where the watch ended.
    async fn attempt(&mut self) -> Result<Option<Change>, Failure> {
        if self.resource_version.is_empty() {
            let list = self.k8s.list(self.resource, self.namespace, &self.options, self.accept);
            let list = in_time(self.k8s, self.clock, list).await?;
            self.resource_version = version_of(&list);
            return Ok(Some(Change::Listed(list)));
        }
        if self.watcher.is_none() {
            let options = WatchOptions {
                selectors: self.options.selectors(),
                resource_version: self.resource_version.clone(),
                accept: self.accept,
            };
            let path = self.resource.path(self.namespace, None, None);
            let watch = self.k8s.watch(&path, &options);
            self.watcher = Some(in_time(self.k8s, self.clock, watch).await?);
        }
        let Some(watcher) = self.watcher.as_mut() else { return Ok(None) };
        let event = tokio::select! {
            biased;
            event = watcher.next() => event?,
            () = self.clock.sleep(QUIET) => None,
        };
        Ok(event.map(|event| {
            self.resource_version = version_of(&event.object);
            Change::Event(event)
        }))
    }
}

async fn in_time<T>(
    k8s: &K8s,
    clock: &dyn Clock,
    request: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        biased;
        done = request => done,
        () = clock.sleep(ANSWER_TIMEOUT) => {
            Err(Failure::unreachable(format!("Unable to connect to the server: no answer from {}", k8s.server())))
        }
    }
}

/// The resourceVersion of a List, an object or a Table of one; "any" where a server does not tell.
fn version_of(value: &Value) -> String {
    let own = value["metadata"]["resourceVersion"].as_str().filter(|text| !text.is_empty());
    let of_row = value["rows"][0]["object"]["metadata"]["resourceVersion"].as_str();
    own.or(of_row).unwrap_or("0").to_owned()
}
