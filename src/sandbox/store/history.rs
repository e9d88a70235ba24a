//! What was: the versions of each key and the changes, back to the last compaction.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::{Change, Error, KeyValue, Keys, Store};

/// The past of a store.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The revision of the last compaction; 0: there was none.
    compacted: i64,
    /// What happened since, oldest first.
    changes: VecDeque<Change>,
    /// The versions of each key since, and the one that it had then; oldest first.
    versions: BTreeMap<Bytes, Vec<Version>>,
}

/// A version of a key.
#[derive(Debug)]
struct Version {
    revision: i64,
    /// Its place among the writes of that revision.
    sub: i64,
    /// None: it was deleted.
    kv: Option<KeyValue>,
}

/// A version that is kept, as etcd's database has it.
#[derive(Debug)]
pub(in crate::sandbox) struct Kept<'a> {
    /// The revision that wrote it, and its place among that revision's writes.
    pub(in crate::sandbox) revision: (i64, i64),
    pub(in crate::sandbox) key: &'a Bytes,
    /// None: a deletion.
    pub(in crate::sandbox) kv: Option<&'a KeyValue>,
}

impl History {
    pub(super) fn push(&mut self, change: Change, sub: i64) {
        let version = Version { revision: change.revision, sub, kv: change.now.clone() };
        self.versions.entry(change.key.clone()).or_default().push(version);
        self.changes.push_back(change);
    }

    /// Forgets the versions of a key before the one that it had at `revision`, and that one too if it was no more.
    fn prune(&mut self, key: &Bytes, revision: i64) {
        let Some(versions) = self.versions.get_mut(key) else { return };
        let after = versions.partition_point(|version| version.revision <= revision);
        let gone = after > 0 && versions[after - 1].kv.is_none();
        versions.drain(..if gone { after } else { after.saturating_sub(1) });
        if versions.is_empty() {
            self.versions.remove(key);
        }
    }
}

impl Store {
    /// What happened after a revision, oldest first.
    pub fn changes_after(&self, revision: i64) -> Vec<Change> {
        self.changes_from(revision + 1).cloned().collect()
    }

    /// What happened from a revision on, oldest first.
    pub fn changes_from(&self, revision: i64) -> impl Iterator<Item = &Change> {
        let from = self.history.changes.partition_point(|change| change.revision < revision);
        self.history.changes.range(from..)
    }

    /// The revision of the last compaction, the first that can still be read; 0 before there was one.
    pub fn compacted(&self) -> i64 {
        self.history.compacted
    }

    /// Forgets what was before `revision`. What costs is what is forgotten.
    ///
    /// # Errors
    /// The revision is compacted already, or yet to come.
    pub fn compact(&mut self, revision: i64) -> Result<(), Error> {
        if revision <= self.history.compacted {
            return Err(Error::Compacted);
        }
        if revision > self.revision {
            return Err(Error::FutureRevision);
        }
        self.history.compacted = revision;
        let after = self.history.changes.partition_point(|change| change.revision <= revision);
        let mut at = Vec::new();
        for mut change in self.history.changes.drain(..after).collect::<Vec<_>>() {
            self.history.prune(&change.key, revision);
            self.figures.forget(change.before.as_ref());
            // A watch from here still sees what was written at this revision, but no deletion, and not what was before.
            if change.revision == revision && change.now.is_some() {
                change.before = None;
                at.push(change);
            }
        }
        at.into_iter().rev().for_each(|change| self.history.changes.push_front(change));
        Ok(())
    }

    /// A range of keys as they were at a revision that is not compacted, in order.
    pub(super) fn at<'a>(&'a self, keys: &'a Keys, revision: i64) -> impl Iterator<Item = &'a KeyValue> + 'a {
        let versions = keys.bounds().into_iter().flat_map(|bounds| self.history.versions.range::<[u8], _>(bounds));
        versions.filter_map(move |(_, versions)| {
            let after = versions.partition_point(|version| version.revision <= revision);
            versions[..after].last()?.kv.as_ref()
        })
    }

    /// All versions that are kept, in the order of writing.
    pub(in crate::sandbox) fn kept(&self) -> Vec<Kept<'_>> {
        let mut kept = Vec::new();
        for (key, versions) in &self.history.versions {
            kept.extend(versions.iter().map(|version| Kept {
                revision: (version.revision, version.sub),
                key,
                kv: version.kv.as_ref(),
            }));
        }
        kept.sort_by_key(|kept| kept.revision);
        kept
    }
}
