//! Watching keys from a revision on.

use std::sync::Arc;

use etcd_client::{EventType, WatchStream};

use super::header::Header;
use super::{Etcd, KeyValue};
use crate::client::{Failure, FailureKind, Seen};

/// What to watch.
#[derive(Debug, Clone, Default)]
pub struct WatchOptions {
    /// First key.
    pub key: Vec<u8>,
    /// End of the range, exclusive; empty for one key, `\0` for all keys from `key` on.
    pub range_end: Vec<u8>,
    /// From this revision on, inclusive; 0: from now on.
    pub revision: i64,
    /// Whether events carry the value before.
    pub previous: bool,
    /// Whether the server says from time to time how far it is, in batches without events.
    pub progress: bool,
}

/// What happened to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// It was written.
    Put,
    /// It was deleted; the event's `kv` holds the key and the revision of the deletion.
    Delete,
}

/// One change of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchEvent {
    /// Put or delete.
    pub kind: EventKind,
    /// The key after the change.
    pub kv: KeyValue,
    /// The key before, where it was asked for, existed, and is not compacted away.
    pub previous: Option<KeyValue>,
}

/// Changes that one answer brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchBatch {
    /// The store's revision.
    pub header: Header,
    /// In the order of their revisions.
    pub events: Vec<WatchEvent>,
}

/// A running watch. Ends when dropped.
pub struct Watch {
    stream: WatchStream,
    etcd: Etcd,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("etcd", &self.etcd).finish_non_exhaustive()
    }
}

impl Etcd {
    /// Watches the keys of a range from `revision` on (0: from now on). See [`Etcd::watch_with`].
    ///
    /// # Errors
    /// No connection.
    pub async fn watch(&self, key: &[u8], range_end: &[u8], revision: i64) -> Result<Watch, Failure> {
        let (key, range_end) = (key.to_vec(), range_end.to_vec());
        self.watch_with(&WatchOptions { key, range_end, revision, ..WatchOptions::default() }).await
    }

    /// Starts a watch. Has etcd's word that it runs when it returns, so no change after that is missed.
    ///
    /// # Errors
    /// No connection, or a revision that is compacted away.
    pub async fn watch_with(&self, options: &WatchOptions) -> Result<Watch, Failure> {
        let mut wanted = etcd_client::WatchOptions::new()
            .with_range(options.range_end.clone())
            .with_start_revision(options.revision);
        if options.previous {
            wanted = wanted.with_prev_key();
        }
        if options.progress {
            wanted = wanted.with_progress_notify();
        }
        let mut client = self.client.watch_client().max_decoding_message_size(usize::MAX);
        let stream = client.watch(options.key.clone(), Some(wanted)).await.map_err(|error| self.failed(&error))?;
        let mut watch = Watch { stream, etcd: self.clone() };
        loop {
            match watch.answer().await? {
                Some((true, _)) => return Ok(watch),
                Some(_) => {}
                None => return Err(Failure::unreachable("Error: etcd ended the watch before it began")),
            }
        }
    }
}

impl Watch {
    /// The next changes; none when the server ended the watch. Cancel-safe.
    ///
    /// # Errors
    /// The watch fell behind the compaction, or the connection broke.
    pub async fn next(&mut self) -> Result<Option<WatchBatch>, Failure> {
        Ok(self.answer().await?.map(|(_, batch)| batch))
    }

    /// The next answer, and whether it is the one that says that the watch runs.
    async fn answer(&mut self) -> Result<Option<(bool, WatchBatch)>, Failure> {
        let Some(answer) = self.stream.message().await.map_err(|error| self.etcd.failed(&error))? else {
            return Ok(None);
        };
        if answer.canceled() {
            return Err(canceled(answer.compact_revision(), answer.cancel_reason()));
        }
        let header = Header::from(answer.header());
        header.note(&self.etcd.seen);
        let events = answer.events().iter().map(|event| self.event(event)).collect();
        Ok(Some((answer.created(), WatchBatch { header, events })))
    }

    fn event(&self, event: &etcd_client::Event) -> WatchEvent {
        let kind = match event.event_type() {
            EventType::Put => EventKind::Put,
            EventType::Delete => EventKind::Delete,
        };
        let seen: &Arc<Seen> = &self.etcd.seen;
        let kv = event.kv().map(KeyValue::from).unwrap_or_default();
        let previous = event.prev_kv().map(KeyValue::from);
        for kv in previous.iter().chain([&kv]) {
            kv.note(seen);
        }
        WatchEvent { kind, kv, previous }
    }
}

/// The failure of a watch that etcd ended, as etcdctl words it.
fn canceled(compact_revision: i64, reason: &str) -> Failure {
    let answer = match (compact_revision, reason) {
        (0, "") => "etcdserver: watch was canceled",
        (0, reason) => reason,
        _ => "etcdserver: mvcc: required revision has been compacted",
    };
    let mut failure = Failure::new(
        FailureKind::Answer,
        format!("watch was canceled ({answer})\nError: watch is canceled by the server"),
    );
    failure.answer = answer.to_owned();
    if compact_revision > 0 {
        failure.reason = "OutOfRange".to_owned();
        failure.hint = Some(format!("revisions before {compact_revision} are compacted away"));
    }
    failure
}
