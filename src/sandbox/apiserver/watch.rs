//! Watches: what happens to objects, one JSON object a line. Semantics: apiserver v0.20.2 `storage/cacher`,
//! `endpoints/handlers/watch.go`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{Stream, unfold};
use hyper::body::Frame;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::page::revision;
use super::present::{View, escaped};
use super::request::Request;
use super::select::Selector;
use crate::sandbox::api::Status;
use crate::sandbox::store::{Change, Keys, Watch};
use crate::sandbox::{Shared, World};

/// How often a client that asked for bookmarks gets one: `bookmarkFrequency`.
const BOOKMARKS: Duration = Duration::from_secs(60);

/// What the clock tells a watch.
enum Tick {
    Bookmark,
    End,
}

/// A watch that was asked for.
pub(super) struct Wanted {
    view: View,
    selector: Selector,
    watch: Watch,
    /// What is sent at once.
    first: Vec<u8>,
    /// Whether `first` says that the watch is over.
    over: bool,
    ticks: mpsc::UnboundedReceiver<Tick>,
}

impl Wanted {
    /// Begins a watch: without a revision, or at 0, with all that is there.
    ///
    /// # Errors
    /// A resourceVersion that is none.
    pub(super) fn new(
        world: &mut World,
        view: View,
        namespace: Option<&str>,
        selector: Selector,
        request: &Request,
    ) -> Result<Self, Status> {
        let from = revision(request.query("resourceVersion"))?;
        let prefix = view.resource.prefix(namespace);
        let mut first = Vec::new();
        let compacted = world.store.compacted();
        let over = from > 0 && from < compacted;
        if over {
            let status = Status::expired(format!("too old resource version: {from} ({compacted})"));
            line(&mut first, "ERROR", status.to_value());
        }
        let next = if from == 0 {
            let found: Vec<_> = world.store.prefixed(prefix.as_bytes()).map(|kv| world.object(kv)).collect();
            for object in found.iter().filter(|object| selector.matches(object)) {
                line(&mut first, "ADDED", view.one(world, object));
            }
            world.store.revision() + 1
        } else {
            from + 1
        };
        let (tell, ticks) = mpsc::unbounded_channel();
        if let Some(seconds) = request.query("timeoutSeconds").and_then(|text| text.parse().ok()).filter(|s| *s > 0) {
            let tell = tell.clone();
            world.after(Duration::from_secs(seconds), move |_| {
                // No one hears it if the client has gone.
                let _ = tell.send(Tick::End);
            });
        }
        if request.flag("allowWatchBookmarks") {
            bookmark_later(world, tell);
        }
        let keys = Keys::prefix(prefix);
        Ok(Self { view, selector, watch: Watch::new(&world.store, keys, next), first, over, ticks })
    }

    /// What happened since last time; and whether the watch is over.
    fn look(&mut self, world: &World) -> (Vec<u8>, bool) {
        let mut lines = Vec::new();
        match self.watch.look(&world.store, usize::MAX) {
            Ok(changes) => {
                for change in &changes {
                    self.tell(world, change, &mut lines);
                }
                (lines, false)
            }
            Err(too_old) => {
                let (next, compacted) = (self.watch.next - 1, too_old.compacted);
                let status = Status::expired(format!("too old resource version: {next} ({compacted})"));
                line(&mut lines, "ERROR", status.to_value());
                (lines, true)
            }
        }
    }

    /// One change, as it looks through the selector.
    fn tell(&self, world: &World, change: &Change, lines: &mut Vec<u8>) {
        let now = change.now.as_ref().map(|kv| world.object(kv));
        // The value before is of the past: it is decoded only where it matters.
        let wanted_now = now.as_ref().is_some_and(|now| self.selector.matches(now));
        let before = match (&now, &change.before) {
            (_, None) => None,
            (Some(_), Some(_)) if self.selector.is_empty() => None,
            (_, Some(kv)) => Some(world.object(kv)),
        };
        let wanted_before = match &before {
            Some(before) => self.selector.matches(before),
            None => change.before.is_some() && self.selector.is_empty(),
        };
        match (wanted_before, wanted_now, now) {
            (false, true, Some(now)) => line(lines, "ADDED", self.view.one(world, &now)),
            (true, true, Some(now)) => line(lines, "MODIFIED", self.view.one(world, &now)),
            (true, false, _) => {
                // The old object, with the revision at which it went.
                let mut gone = before.map_or(Value::Null, |before| Value::clone(&before));
                gone["metadata"]["resourceVersion"] = json!(change.revision.to_string());
                line(lines, "DELETED", self.view.one(world, &Arc::new(gone)));
            }
            _ => {}
        }
    }

    /// A bookmark of how far the watch has come.
    fn bookmark(&self, world: &World) -> Vec<u8> {
        let resource = self.view.resource;
        let metadata = json!({"resourceVersion": world.store.revision().to_string(), "creationTimestamp": null});
        let object = json!({"kind": resource.kind, "apiVersion": resource.api_version(), "metadata": metadata});
        let mut lines = Vec::new();
        line(&mut lines, "BOOKMARK", self.view.one(world, &Arc::new(object)));
        lines
    }
}

/// Sends bookmarks for as long as anyone hears them.
fn bookmark_later(world: &mut World, tell: mpsc::UnboundedSender<Tick>) {
    world.after(BOOKMARKS, move |world| {
        if tell.send(Tick::Bookmark).is_ok() {
            bookmark_later(world, tell);
        }
    });
}

fn line(lines: &mut Vec<u8>, kind: &str, object: Value) {
    let event = json!({"type": kind, "object": object});
    lines.extend_from_slice(escaped(&event.to_string()).as_bytes());
    lines.push(b'\n');
}

/// The answer's body: it ends with the watch.
pub(super) fn stream(
    mut wanted: Wanted,
    shared: Shared,
) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> + Send {
    let changed = shared.changed();
    let first = std::mem::take(&mut wanted.first);
    let over = wanted.over;
    let state = State { wanted, shared, changed, first, over };
    unfold(state, |mut state| async move {
        let bytes = state.next().await?;
        Some((Ok(Frame::data(Bytes::from(bytes))), state))
    })
}

struct State {
    wanted: Wanted,
    shared: Shared,
    changed: watch::Receiver<i64>,
    first: Vec<u8>,
    over: bool,
}

impl State {
    /// The next lines; none: it is over.
    async fn next(&mut self) -> Option<Vec<u8>> {
        if !self.first.is_empty() {
            return Some(std::mem::take(&mut self.first));
        }
        loop {
            if self.over {
                return None;
            }
            self.changed.mark_unchanged();
            let (lines, over) = self.shared.with(|world| self.wanted.look(world));
            self.over = over;
            if !lines.is_empty() {
                return Some(lines);
            }
            tokio::select! {
                changed = self.changed.changed() => changed.ok()?,
                Some(tick) = self.wanted.ticks.recv() => match tick {
                    Tick::End => return None,
                    Tick::Bookmark => return Some(self.shared.with(|world| self.wanted.bookmark(world))),
                },
            }
        }
    }
}
