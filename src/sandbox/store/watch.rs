//! Watching: what happens to a range of keys from a revision on, first from the history, then as it happens.

use super::{Change, Keys, Store};

/// A watcher: a place in the history. It costs nothing until it looks.
#[derive(Debug, Clone)]
pub struct Watch {
    /// What is watched.
    pub keys: Keys,
    /// The first revision that was not yet seen.
    pub next: i64,
    /// Leave out writes.
    pub no_put: bool,
    /// Leave out deletions.
    pub no_delete: bool,
}

/// A watcher came too late: what it has to see is compacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooOld {
    /// The first revision that can still be watched.
    pub compacted: i64,
}

impl Watch {
    /// Watches from a revision, or from now on where it is 0.
    pub fn new(store: &Store, keys: Keys, from: i64) -> Self {
        let next = if from <= 0 { store.revision() + 1 } else { from };
        Self { keys, next, no_put: false, no_delete: false }
    }

    /// What happened since the last look, oldest first, and at most that of `limit` changes of the store, though never
    /// half a revision. Empty when there is nothing; [`Watch::next`] tells whether all was seen.
    ///
    /// # Errors
    /// It is compacted.
    pub fn look(&mut self, store: &Store, limit: usize) -> Result<Vec<Change>, TooOld> {
        if self.next < store.compacted() {
            return Err(TooOld { compacted: store.compacted() });
        }
        let mut seen = Vec::new();
        let (mut looked, mut last) = (0, 0);
        for change in store.changes_from(self.next) {
            if looked >= limit && change.revision != last {
                self.next = change.revision;
                return Ok(seen);
            }
            (looked, last) = (looked + 1, change.revision);
            let left_out = if change.now.is_some() { self.no_put } else { self.no_delete };
            if !left_out && self.keys.contains(&change.key) {
                seen.push(change.clone());
            }
        }
        self.next = self.next.max(store.revision() + 1);
        Ok(seen)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn history_comes_first() {
        let mut store = Store::default();
        store.put("a", "1", 0);
        store.put("b", "1", 0);
        store.put("a", "2", 0);
        let mut watch = Watch::new(&store, Keys::one("a"), 2);
        let revisions = |changes: Vec<Change>| changes.iter().map(|change| change.revision).collect::<Vec<_>>();
        assert_eq!(revisions(watch.look(&store, 2).unwrap()), [2]);
        assert_eq!(watch.next, 4);
        assert_eq!(revisions(watch.look(&store, 2).unwrap()), [4]);
        assert!(watch.look(&store, 2).unwrap().is_empty());
        store.delete(b"a");
        assert_eq!(revisions(watch.look(&store, 2).unwrap()), [5]);
    }

    #[test]
    fn a_watch_of_the_future_waits_for_it() {
        let mut store = Store::default();
        let mut watch = Watch::new(&store, Keys::prefix(""), 3);
        store.put("a", "1", 0);
        assert!(watch.look(&store, 10).unwrap().is_empty());
        store.put("a", "2", 0);
        assert_eq!(watch.look(&store, 10).unwrap().len(), 1);
    }

    #[test]
    fn what_is_compacted_cannot_be_watched() {
        let mut store = Store::default();
        for value in ["1", "2", "3"] {
            store.put("a", value, 0);
        }
        store.compact(3).unwrap();
        let mut watch = Watch::new(&store, Keys::one("a"), 2);
        assert_eq!(watch.look(&store, 10), Err(TooOld { compacted: 3 }));
        watch.next = 3;
        let changes = watch.look(&store, 10).unwrap();
        assert_eq!(changes.iter().map(|change| change.before.is_some()).collect::<Vec<_>>(), [false, true]);
    }
}
