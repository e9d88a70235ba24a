//! Following one object through whatever happens to the connection.

use std::time::Duration;

use serde_json::Value;

use super::{Accept, K8s, ListOptions, Resource, WatchOptions, Watcher};
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

/// One object of the cluster, which need not exist.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Its resource.
    pub resource: &'a Resource,
    /// Its namespace; ignored where the resource has none.
    pub namespace: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
}

/// The states of one object, one after the other. Rides through 429, 5xx, broken connections and expired
/// resourceVersions: those states that the server can still tell are told, in order.
#[derive(Debug)]
pub struct Follower<'a> {
    k8s: &'a K8s,
    clock: &'a dyn Clock,
    target: Target<'a>,
    watcher: Option<Watcher>,
    resource_version: String,
    pause: Duration,
    last_error: Option<Failure>,
    last_object: Option<Value>,
}

impl<'a> Follower<'a> {
    /// Follows `target`; asks nothing yet.
    pub fn new(k8s: &'a K8s, clock: &'a dyn Clock, target: Target<'a>) -> Self {
        Self {
            k8s,
            clock,
            target,
            watcher: None,
            resource_version: String::new(),
            pause: FIRST_PAUSE,
            last_error: None,
            last_object: None,
        }
    }

    /// The object as it is, at first, then after each change; none while it does not exist.
    ///
    /// # Errors
    /// What asking again does not mend: Forbidden, a resource that the server does not have, …
    pub async fn next(&mut self) -> Result<Option<Value>, Failure> {
        loop {
            match self.attempt().await {
                Ok(Some(state)) => {
                    self.pause = FIRST_PAUSE;
                    if state.is_some() {
                        self.last_object.clone_from(&state);
                    }
                    return Ok(state);
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

    /// The object as it was last seen, also when it has been deleted since.
    pub fn last_object(&self) -> Option<&Value> {
        self.last_object.as_ref()
    }

    /// One state, or none where the watch ended.
    async fn attempt(&mut self) -> Result<Option<Option<Value>>, Failure> {
        let Target { resource, namespace, name } = self.target;
        let named = ListOptions::named(name);
        if self.resource_version.is_empty() {
            let list = self.in_time(self.k8s.list(resource, namespace, &named, Accept::Json)).await?;
            self.resource_version = text(&list["metadata"]["resourceVersion"]).to_owned();
            let object = list["items"].get(0).map(|item| with_types(item.clone(), resource));
            return Ok(Some(object));
        }
        if self.watcher.is_none() {
            let options = WatchOptions {
                selectors: named.selectors(),
                resource_version: self.resource_version.clone(),
                accept: Accept::Json,
            };
            let path = resource.path(namespace, None, None);
            self.watcher = Some(self.in_time(self.k8s.watch(&path, &options)).await?);
        }
        let Some(watcher) = self.watcher.as_mut() else { return Ok(None) };
        let event = tokio::select! {
            biased;
            event = watcher.next() => event?,
            () = self.clock.sleep(QUIET) => None,
        };
        let Some(event) = event else { return Ok(None) };
        text(&event.object["metadata"]["resourceVersion"]).clone_into(&mut self.resource_version);
        if event.kind == "DELETED" {
            self.last_object = Some(event.object);
            return Ok(Some(None));
        }
        Ok(Some(Some(event.object)))
    }

    async fn in_time<T>(&self, request: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            done = request => done,
            () = self.clock.sleep(ANSWER_TIMEOUT) => {
                Err(Failure::unreachable(format!("Unable to connect to the server: no answer from {}", self.k8s.server())))
            }
        }
    }
}

/// Items of a list come without apiVersion and kind.
fn with_types(mut object: Value, resource: &Resource) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.entry("apiVersion").or_insert_with(|| resource.api_version().into());
        fields.entry("kind").or_insert_with(|| resource.kind.clone().into());
    }
    object
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
