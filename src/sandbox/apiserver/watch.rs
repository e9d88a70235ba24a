//! Watches: what happens to objects, one JSON object a line. Semantics: apiserver v0.20.2 `storage/cacher`,
//! `endpoints/handlers/watch.go`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{Stream, unfold};
use hyper::body::Frame;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::page::revision;
use super::present::View;
use super::request::Request;
use super::select::Selector;
use crate::sandbox::api::{Resource, Status};
use crate::sandbox::sim::Ear;
use crate::sandbox::store::{Change, Keys, Watch};
use crate::sandbox::{Shared, World};

/// How often a client that asked for bookmarks gets one: `bookmarkFrequency`.
const BOOKMARKS: Duration = Duration::from_secs(60);
/// How long before the watch's end it gets its last one: `nextBookmarkTime`.
const LAST_BOOKMARK: Duration = Duration::from_secs(2);
/// How long a watch lasts at least, without being asked: `--min-request-timeout`. At most it is twice that.
const SHORTEST: u64 = 1800;

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
    /// Hears when there is something to look at.
    ear: Arc<Ear>,
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
        world.tell();
        let (past, refused) = past(world, view.resource, from);
        let over = refused.is_some();
        if let Some(status) = refused {
            view.media.event(&mut first, "ERROR", &status.to_value());
        }
        let next = if from == 0 {
            let found: Vec<_> = world.store.prefixed(prefix.as_bytes()).map(|kv| world.object(kv)).collect();
            for object in found.iter().filter(|object| selector.matches(object)) {
                view.media.event(&mut first, "ADDED", &view.one(world, object));
            }
            world.store.revision() + 1
        } else {
            world.store.revision().max(from) + 1
        };
        let (tell, ticks) = mpsc::unbounded_channel();
        let asked = request.query("timeoutSeconds").and_then(|text| text.parse().ok()).filter(|seconds| *seconds > 0);
        // Not the world's chance: whether someone watches must not change what happens.
        let seconds = asked.unwrap_or_else(|| SHORTEST + fastrand::Rng::with_seed(next.unsigned_abs()).u64(..SHORTEST));
        let lasts = Duration::from_secs(seconds);
        let end = tell.clone();
        world.after(lasts, move |world| {
            world.tells_outside();
            // No one hears it if the client has gone.
            let _ = end.send(Tick::End);
        });
        if request.flag("allowWatchBookmarks") {
            bookmark_later(world, tell, world.now() + lasts);
        }
        let ear = world.ear(prefix.clone());
        let mut wanted = Self {
            view,
            selector,
            watch: Watch::new(&world.store, Keys::prefix(prefix), next),
            ear,
            first,
            over,
            ticks,
        };
        let mut lines = Vec::new();
        for change in past.iter().filter(|change| wanted.watch.keys.contains(&change.key)) {
            wanted.tell(world, change, &mut lines);
        }
        wanted.first.extend(lines);
        Ok(wanted)
    }

    /// What happened since last time; and whether the watch is over.
    fn look(&mut self, world: &World) -> (Vec<u8>, bool) {
        // What is compacted before the first change that matters is no loss.
        self.ear.take().map_or((Vec::new(), false), |first| self.look_from(world, first))
    }

    fn look_from(&mut self, world: &World, first: i64) -> (Vec<u8>, bool) {
        self.watch.next = self.watch.next.max(first);
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
                self.view.media.event(&mut lines, "ERROR", &status.to_value());
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
            (false, true, Some(now)) => self.line(world, lines, "ADDED", &now),
            (true, true, Some(now)) => self.line(world, lines, "MODIFIED", &now),
            (true, false, _) => {
                // The old object, with the revision at which it went.
                let mut gone = before.map_or(Value::Null, |before| Value::clone(&before));
                gone["metadata"]["resourceVersion"] = json!(change.revision.to_string());
                self.line(world, lines, "DELETED", &Arc::new(gone));
            }
            _ => {}
        }
    }

    fn line(&self, world: &World, lines: &mut Vec<u8>, kind: &str, object: &Arc<Value>) {
        self.view.media.event(lines, kind, &self.view.one(world, object));
    }

    /// What the answer is.
    pub(super) fn content_type(&self) -> &'static str {
        self.view.media.stream_type()
    }

    /// What is sent at a moment of the clock, first what happened before it; and whether the watch is over.
    fn at(&mut self, tick: Tick, world: &World) -> (Vec<u8>, bool) {
        let (mut lines, over) = self.look(world);
        let over = over || matches!(tick, Tick::End);
        if !over {
            lines.extend(self.bookmark(world));
        }
        (lines, over)
    }

    /// A bookmark of how far the watch has come.
    fn bookmark(&self, world: &World) -> Vec<u8> {
        let resource = self.view.resource;
        let metadata = json!({"resourceVersion": world.store.revision().to_string(), "creationTimestamp": null});
        let object = json!({"kind": resource.kind, "apiVersion": resource.api_version(), "metadata": metadata});
        let mut lines = Vec::new();
        self.line(world, &mut lines, "BOOKMARK", &Arc::new(object));
        lines
    }
}

/// What happened to a resource after a revision, or why that is not known.
fn past(world: &World, resource: &Resource, from: i64) -> (Vec<Change>, Option<Status>) {
    match world.cacher.after(resource, from) {
        _ if from == 0 => (Vec::new(), None),
        Ok(Some(changes)) => (changes.into_iter().cloned().collect(), None),
        Err(first) => (Vec::new(), Some(Status::expired(format!("too old resource version: {from} ({first})")))),
        // Only etcd knows.
        Ok(None) if from + 1 < world.store.compacted() => {
            let why = "The resourceVersion for the provided watch is too old.".to_owned();
            (Vec::new(), Some(Status::expired(why)))
        }
        Ok(None) => (world.store.changes_after(from), None),
    }
}

/// Sends bookmarks until shortly before the watch ends, for as long as anyone hears them.
fn bookmark_later(world: &mut World, tell: mpsc::UnboundedSender<Tick>, end: Timestamp) {
    let left = Duration::try_from(end - LAST_BOOKMARK - world.now()).unwrap_or_default();
    if left.is_zero() {
        return;
    }
    world.after(left.min(BOOKMARKS), move |world| {
        world.tells_outside();
        if tell.send(Tick::Bookmark).is_ok() {
            bookmark_later(world, tell, end);
        }
    });
}

/// The answer's body: it ends with the watch.
pub(super) fn stream(
    mut wanted: Wanted,
    shared: Shared,
) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> + Send {
    let first = std::mem::take(&mut wanted.first);
    let over = wanted.over;
    let state = State { wanted, shared, first, over };
    unfold(state, |mut state| async move {
        let bytes = state.next().await?;
        Some((Ok(Frame::data(Bytes::from(bytes))), state))
    })
}

struct State {
    wanted: Wanted,
    shared: Shared,
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
            let (lines, over) = self.shared.with(|world| self.wanted.look(world));
            self.over = over;
            if !lines.is_empty() {
                return Some(lines);
            }
            tokio::select! {
                // Not by tokio's chance: one seed gives the same bytes.
                biased;
                () = self.wanted.ear.heard() => {}
                Some(tick) = self.wanted.ticks.recv() => {
                    let (lines, over) = self.shared.with(|world| self.wanted.at(tick, world));
                    self.over = over;
                    return Some(lines).filter(|lines| !lines.is_empty());
                }
            }
        }
    }
}
