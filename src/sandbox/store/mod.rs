//! etcd's store: keys and values in revisions, with their history.

mod kv;

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;

pub use kv::{Change, KeyValue};

/// The store. Its first revision is 1, as etcd's: nothing has been written yet.
#[derive(Debug)]
pub struct Store {
    revision: i64,
    /// The current version of each key.
    live: BTreeMap<Bytes, KeyValue>,
    /// All that happened since the last compaction, oldest first.
    history: Vec<Change>,
}

impl Default for Store {
    fn default() -> Self {
        Self { revision: 1, live: BTreeMap::new(), history: Vec::new() }
    }
}

impl Store {
    /// The revision of the last write.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// The current version of a key.
    pub fn get(&self, key: &[u8]) -> Option<&KeyValue> {
        self.live.get(key)
    }

    /// The current versions of the keys that begin with `prefix`, in order.
    pub fn prefixed<'a>(&'a self, prefix: &'a [u8]) -> impl Iterator<Item = &'a KeyValue> + 'a {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        self.live.range::<[u8], _>(from).map(|(_, kv)| kv).take_while(move |kv| kv.key.starts_with(prefix))
    }

    /// Writes a key and returns the revision that it made.
    pub fn put(&mut self, key: impl Into<Bytes>, value: impl Into<Bytes>, lease: i64) -> i64 {
        let (key, value) = (key.into(), value.into());
        self.revision += 1;
        let previous = self.live.get(&key).cloned();
        let kv = KeyValue {
            key: key.clone(),
            value,
            create_revision: previous.as_ref().map_or(self.revision, |kv| kv.create_revision),
            mod_revision: self.revision,
            version: previous.as_ref().map_or(1, |kv| kv.version + 1),
            lease,
        };
        self.live.insert(key.clone(), kv.clone());
        self.history.push(Change { key, revision: self.revision, now: Some(kv), before: previous });
        self.revision
    }

    /// Deletes a key and returns the revision that this made; none where there is no such key.
    pub fn delete(&mut self, key: &[u8]) -> Option<i64> {
        let previous = self.live.remove(key)?;
        self.revision += 1;
        self.history.push(Change {
            key: previous.key.clone(),
            revision: self.revision,
            now: None,
            before: Some(previous),
        });
        Some(self.revision)
    }

    /// What happened after a revision, oldest first.
    pub fn changes_after(&self, revision: i64) -> Vec<Change> {
        let from = self.history.partition_point(|change| change.revision <= revision);
        self.history[from..].to_vec()
    }
}
