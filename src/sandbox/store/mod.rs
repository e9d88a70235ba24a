//! etcd's store: keys and values in revisions, with their history. Semantics: etcd 3.4 `mvcc/`.
//!
//! `get`, `prefixed` and `range` read, now or at a revision; `put`, `delete` and `txn` write, and what one of them does has
//! one revision; `changes_after` and [`Watch`] tell what happened since a revision, and `compact` forgets it. Keys with a
//! lease expire: `World::grant_lease` and its like.

mod error;
mod figures;
mod history;
mod keys;
mod kv;
mod lease;
mod range;
mod shared_lease;
#[cfg(test)]
mod tests;
mod txn;
mod watch;
mod write;

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;

pub use error::Error;
pub(in crate::sandbox) use history::Kept;
pub use keys::Keys;
pub use kv::{Change, KeyValue};
pub use lease::{MAX_LEASE_TTL, MIN_LEASE_TTL, Remaining};
pub use range::{Found, Query, SortBy, SortOrder};
pub use shared_lease::SharedLease;
pub use txn::{Compare, Comparison, Done, MAX_TXN_OPERATIONS, Op, Put, Target, Txn, TxnDone};
pub use watch::{TooOld, Watch};
use write::Write;

/// The store. Its first revision is 1, as etcd's: nothing has been written yet.
#[derive(Debug)]
pub struct Store {
    revision: i64,
    /// The current version of each key.
    live: BTreeMap<Bytes, KeyValue>,
    history: history::History,
    leases: lease::Leases,
    figures: figures::Figures,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            revision: 1,
            live: BTreeMap::new(),
            history: history::History::default(),
            leases: lease::Leases::default(),
            figures: figures::Figures::default(),
        }
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

    /// Writes a key and returns the revision that it made. `lease`, 0 for none, is one that was granted.
    pub fn put(&mut self, key: impl Into<Bytes>, value: impl Into<Bytes>, lease: i64) -> i64 {
        let mut write = Write::begin(self);
        write.put(key.into(), value.into(), lease);
        write.end()
    }

    /// Deletes a key and returns the revision that this made; none where there is no such key.
    pub fn delete(&mut self, key: &[u8]) -> Option<i64> {
        let mut write = Write::begin(self);
        let deleted = write.delete(&Keys::one(Bytes::copy_from_slice(key)));
        let revision = write.end();
        (!deleted.is_empty()).then_some(revision)
    }

    /// How many requests consensus has ordered, as raft's index: those that wrote, and those that left no revision.
    pub fn raft_index(&self) -> u64 {
        self.revision.unsigned_abs() + figures::FIRST_ORDERS + self.figures.silent
    }
}
