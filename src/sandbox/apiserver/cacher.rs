//! What the API server remembers of late: the changes of each resource since it listed them, so that watches go on from
//! revisions that etcd has forgotten. apiserver v0.20.2 `storage/cacher/watch_cache.go`.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use crate::sandbox::api::Resource;
use crate::sandbox::store::Change;

/// How many changes of a resource are remembered at least, and at most: `defaultLowerBoundCapacity` and its like.
const CAPACITY: (usize, usize) = (100, 100 * 1024);

/// More are remembered while the oldest is younger than this, and fewer once those of late are older: `eventFreshDuration`.
const FRESH: Duration = Duration::from_secs(75);

/// The folder of what is not cached: kube-apiserver's `--watch-cache-sizes`.
const UNCACHED: &str = "events";

/// What is remembered, by the folders of resources.
#[derive(Debug)]
pub struct Cacher {
    /// The revision at which this process listed everything.
    listed: i64,
    by_folder: BTreeMap<String, Ring>,
}

#[derive(Debug)]
struct Ring {
    capacity: usize,
    /// Whether something was forgotten.
    forgot: bool,
    changes: VecDeque<(Timestamp, Change)>,
}

impl Default for Cacher {
    /// The revision of an empty etcd.
    fn default() -> Self {
        Self { listed: 1, by_folder: BTreeMap::new() }
    }
}

impl Cacher {
    /// Another process listed everything anew.
    pub fn list(&mut self, revision: i64) {
        *self = Self { listed: revision, by_folder: BTreeMap::new() };
    }

    /// Remembers a change.
    pub fn remember(&mut self, now: Timestamp, change: &Change) {
        let Some(folder) = folder(&change.key).filter(|folder| *folder != UNCACHED) else { return };
        if !self.by_folder.contains_key(folder) {
            let ring = Ring { capacity: CAPACITY.0, forgot: false, changes: VecDeque::new() };
            self.by_folder.insert(folder.to_owned(), ring);
        }
        if let Some(ring) = self.by_folder.get_mut(folder) {
            ring.push(now, change);
        }
    }

    /// What happened to a resource after a revision, oldest first; none where only etcd knows that.
    ///
    /// # Errors
    /// The first revision to go on from, where that is later.
    pub(super) fn after(&self, resource: &Resource, revision: i64) -> Result<Option<Vec<&Change>>, i64> {
        if resource.folder == UNCACHED {
            return Ok(None);
        }
        let ring = self.by_folder.get(resource.folder);
        let first = match ring {
            Some(ring) if ring.forgot => ring.changes.front().map_or(self.listed, |(_, change)| change.revision - 1),
            _ => self.listed,
        };
        if revision < first {
            return Err(first);
        }
        let changes = ring.iter().flat_map(|ring| &ring.changes).map(|(_, change)| change);
        Ok(Some(changes.filter(|change| change.revision > revision).collect()))
    }
}

impl Ring {
    fn push(&mut self, now: Timestamp, change: &Change) {
        let since = |(at, _): &(Timestamp, Change)| now.duration_since(*at).unsigned_abs();
        if self.changes.len() == self.capacity {
            if since(&self.changes[0]) < FRESH {
                self.capacity = (self.capacity * 2).min(CAPACITY.1);
            } else if since(&self.changes[self.capacity - self.capacity / 4]) > FRESH {
                self.capacity = (self.capacity / 2).max(CAPACITY.0);
            }
        }
        while self.changes.len() >= self.capacity {
            self.changes.pop_front();
            self.forgot = true;
        }
        self.changes.push_back((now, change.clone()));
    }
}

/// The folder of a key's resource: one part of the key, or two where the first is a group.
fn folder(key: &[u8]) -> Option<&str> {
    let key = std::str::from_utf8(key).ok()?.strip_prefix("/registry/")?;
    let (first, rest) = key.split_once('/')?;
    if first != "services" && !first.contains('.') {
        return Some(first);
    }
    let second = rest.split('/').next()?;
    key.get(..first.len() + 1 + second.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn remember(cacher: &mut Cacher, revision: i64, second: i64) {
        let change = Change { key: "/registry/configmaps/a/b".into(), revision, now: None, before: None };
        cacher.remember(Timestamp::from_second(second).unwrap(), &change);
    }

    #[test]
    fn a_hundred_changes_are_remembered_and_all_of_a_minute() {
        let of = Resource::named("configmaps").unwrap();
        let mut cacher = Cacher::default();
        (2..102).for_each(|revision| remember(&mut cacher, revision, revision * 10));
        assert_eq!(cacher.after(of, 1).unwrap().unwrap().len(), 100);
        assert_eq!(cacher.after(of, 0).unwrap_err(), 1);
        remember(&mut cacher, 102, 1_020);
        assert_eq!(cacher.after(of, 1).unwrap_err(), 2, "the first one is forgotten");
        assert_eq!(cacher.after(of, 100).unwrap().unwrap().len(), 2);
        assert_eq!(cacher.after(Resource::named("events").unwrap(), 1), Ok(None));
        (103..1_103).for_each(|revision| remember(&mut cacher, revision, 2_000));
        assert!(cacher.after(of, 103).is_ok());
        cacher.list(2_000);
        assert_eq!(cacher.after(of, 1_999).unwrap_err(), 2_000);
        assert_eq!(folder(b"/registry/services/specs/a/b"), Some("services/specs"));
        assert_eq!(folder(b"/registry/a.b/cs/x"), Some("a.b/cs"));
    }
}
