//! Reading: now or at a revision of the past.

use std::cmp::Ordering;

use bytes::Bytes;

use super::{Error, KeyValue, Keys, Store};

/// What is read, as etcd's `RangeRequest` has it; the default is all of the keys as they are now.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// At which revision; 0: now.
    pub revision: i64,
    /// At most so many; 0: all.
    pub limit: usize,
    /// In which order.
    pub sort: Option<(SortBy, SortOrder)>,
    /// Without values.
    pub keys_only: bool,
    /// Only how many there are.
    pub count_only: bool,
    /// The least and the greatest mod_revision; 0: any.
    pub mod_revision: (i64, i64),
    /// The least and the greatest create_revision; 0: any.
    pub create_revision: (i64, i64),
}

/// What an answer is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the fields of a KeyValue")]
pub enum SortBy {
    Key,
    Version,
    CreateRevision,
    ModRevision,
    Value,
}

/// Which way it is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum SortOrder {
    Ascending,
    Descending,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The keys and values.
    pub kvs: Vec<KeyValue>,
    /// Whether `limit` left some out.
    pub more: bool,
    /// How many keys the range has, whatever the limit and the bounds of revisions leave.
    pub count: usize,
}

impl Store {
    /// Reads, as etcd 3.4 does (`etcdserver/apply.go`, `Range`).
    ///
    /// # Errors
    /// The revision is compacted or yet to come.
    pub fn range(&self, keys: &Keys, query: &Query) -> Result<Found, Error> {
        self.check_revision(query.revision)?;
        let filtered = query.mod_revision != (0, 0) || query.create_revision != (0, 0);
        let all = query.sort.is_some() || filtered || query.limit == 0;
        let keep = if all { usize::MAX } else { query.limit };
        let (mut kvs, mut count) = (Vec::new(), 0);
        let mut take = |kv: &KeyValue| {
            count += 1;
            if !query.count_only && kvs.len() < keep && query.accepts(kv) {
                kvs.push(kv.clone());
            }
        };
        if query.revision <= 0 || query.revision == self.revision {
            self.live_in(keys).for_each(&mut take);
        } else {
            self.at(keys, query.revision).for_each(&mut take);
        }
        if let Some((by, order)) = query.sort {
            kvs.sort_by(|a, b| match order {
                SortOrder::Ascending => by.compare(a, b),
                SortOrder::Descending => by.compare(b, a),
            });
        }
        let mut more = !all && count > kvs.len() && !query.count_only;
        if query.limit > 0 && kvs.len() > query.limit {
            kvs.truncate(query.limit);
            more = true;
        }
        if query.keys_only {
            kvs.iter_mut().for_each(|kv| kv.value = Bytes::new());
        }
        Ok(Found { kvs, more, count })
    }

    /// The current versions of a range of keys, in order.
    pub(super) fn live_in<'a>(&'a self, keys: &'a Keys) -> impl Iterator<Item = &'a KeyValue> + 'a {
        keys.bounds().into_iter().flat_map(|bounds| self.live.range::<[u8], _>(bounds).map(|(_, kv)| kv))
    }

    fn check_revision(&self, revision: i64) -> Result<(), Error> {
        match revision {
            ..=0 => Ok(()),
            _ if revision > self.revision => Err(Error::FutureRevision),
            _ if revision < self.compacted() => Err(Error::Compacted),
            _ => Ok(()),
        }
    }
}

impl Query {
    fn accepts(&self, kv: &KeyValue) -> bool {
        let within = |(least, most): (i64, i64), revision: i64| {
            (least == 0 || revision >= least) && (most == 0 || revision <= most)
        };
        within(self.mod_revision, kv.mod_revision) && within(self.create_revision, kv.create_revision)
    }
}

impl SortBy {
    fn compare(self, a: &KeyValue, b: &KeyValue) -> Ordering {
        match self {
            Self::Key => a.key.cmp(&b.key),
            Self::Version => a.version.cmp(&b.version),
            Self::CreateRevision => a.create_revision.cmp(&b.create_revision),
            Self::ModRevision => a.mod_revision.cmp(&b.mod_revision),
            Self::Value => a.value.cmp(&b.value),
        }
    }
}
