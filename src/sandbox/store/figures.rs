//! How much there is: what `endpoint status` tells.

use super::{KeyValue, Store};

/// A page of the database's file.
const PAGE: u64 = 4096;
/// What a database without keys holds, of a file of one page more: two meta pages, the list of free pages, and the buckets
/// that etcd 3.4 makes. Measured, as is what its consensus has ordered by then.
const EMPTY: u64 = 4 * PAGE;
/// The configuration, the member's own attributes, and the cluster's version.
pub(super) const FIRST_ORDERS: u64 = 3;
/// What a version costs besides its key and value: its revision as the database's key, the numbers, the element of its
/// page, and the room that pages leave at their ends. Measured on a lab's etcd: 354 keys and their history.
const OVERHEAD: u64 = 96;

/// Sums that are kept up as the store is written.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Bytes of all versions that are kept.
    bytes: u64,
    /// The size of the file: it never shrinks by itself.
    file: u64,
    /// Requests that went through consensus and left no revision.
    pub(super) silent: u64,
}

impl Figures {
    pub(super) fn wrote(&mut self, kv: &KeyValue) {
        self.bytes += size(kv);
        self.file = self.file.max(self.in_use());
    }

    pub(super) fn deleted(&mut self, before: &KeyValue) {
        self.bytes += OVERHEAD + before.key.len() as u64;
        self.file = self.file.max(self.in_use());
    }

    /// A version was compacted away.
    pub(super) fn forget(&mut self, version: Option<&KeyValue>) {
        self.bytes = self.bytes.saturating_sub(version.map_or(0, size));
    }

    fn in_use(&self) -> u64 {
        EMPTY + self.bytes / PAGE * PAGE
    }
}

impl Store {
    /// Bytes of the database's file, and of those that hold something.
    pub fn size(&self) -> (u64, u64) {
        (self.figures.file.max(EMPTY + PAGE), self.figures.in_use())
    }

    /// Gives the file's unused pages back.
    pub fn defragment(&mut self) {
        self.figures.file = self.figures.in_use();
    }

    /// A request went through consensus that made no revision.
    pub fn ordered_nothing(&mut self) {
        self.figures.silent += 1;
    }
}

fn size(kv: &KeyValue) -> u64 {
    OVERHEAD + (kv.key.len() + kv.value.len()) as u64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_file_shrinks_only_when_defragmented() {
        let mut store = Store::default();
        assert_eq!(store.size(), (EMPTY + PAGE, EMPTY));
        for _ in 0..10 {
            store.put("a", vec![0; 10_000], 0);
        }
        let (file, used) = store.size();
        assert!(file == used && used > 100_000);
        store.compact(store.revision()).unwrap();
        assert!(store.size().0 == file && store.size().1 < 40_000, "{:?}", store.size());
        store.defragment();
        assert_eq!(store.size().0, store.size().1);
    }
}
