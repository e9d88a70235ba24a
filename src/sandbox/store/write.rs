//! Writing: all that one transaction does has one revision.

use bytes::Bytes;

use super::{Change, KeyValue, Keys, Store};

/// A transaction that is under way. What it wrote is seen at once; [`Write::end`] gives it its revision.
pub(super) struct Write<'s> {
    pub(super) store: &'s mut Store,
    /// How many keys were written.
    writes: i64,
}

impl<'s> Write<'s> {
    pub(super) fn begin(store: &'s mut Store) -> Self {
        Self { store, writes: 0 }
    }

    /// The revision as the transaction sees it: its own, once it has written.
    pub(super) fn revision(&self) -> i64 {
        self.store.revision + i64::from(self.writes > 0)
    }

    /// Writes a key, and returns what it was.
    pub(super) fn put(&mut self, key: Bytes, value: Bytes, lease: i64) -> Option<KeyValue> {
        self.writes += 1;
        let revision = self.revision();
        let before = self.store.live.get(&key).cloned();
        let kv = KeyValue {
            key: key.clone(),
            value,
            create_revision: before.as_ref().map_or(revision, |kv| kv.create_revision),
            mod_revision: revision,
            version: before.as_ref().map_or(1, |kv| kv.version + 1),
            lease,
        };
        self.store.leases.moved(&key, before.as_ref().map_or(0, |kv| kv.lease), lease);
        self.store.figures.wrote(&kv);
        self.store.live.insert(key.clone(), kv.clone());
        self.store.history.push(Change { key, revision, now: Some(kv), before: before.clone() }, self.writes - 1);
        before
    }

    /// Deletes the keys of a range, and returns what they were.
    pub(super) fn delete(&mut self, keys: &Keys) -> Vec<KeyValue> {
        let found: Vec<_> = self.store.live_in(keys).cloned().collect();
        for before in &found {
            self.writes += 1;
            let (key, revision) = (before.key.clone(), self.revision());
            self.store.live.remove(&key);
            self.store.leases.moved(&key, before.lease, 0);
            self.store.figures.deleted(before);
            self.store.history.push(Change { key, revision, now: None, before: Some(before.clone()) }, self.writes - 1);
        }
        found
    }

    /// Ends the transaction and returns the store's revision, which is a new one if something was written.
    pub(super) fn end(self) -> i64 {
        self.store.revision = self.revision();
        self.store.revision
    }
}
