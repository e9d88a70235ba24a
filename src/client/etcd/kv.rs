//! Keys: get, put, delete, compact.

use etcd_client::{CompactionOptions, DeleteOptions, GetOptions, GetResponse, KvClient};
pub use etcd_client::{SortOrder, SortTarget as SortBy};

use super::header::{Header, note_id, note_revision};
use super::{Etcd, decode};
use crate::client::{Failure, KeyChange, Read, Seen};

/// What the keys of Secrets begin with.
const SECRETS: &[u8] = b"/registry/secrets/";

/// One key with its value and revisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyValue {
    /// The key; any bytes.
    pub key: Vec<u8>,
    /// The value; any bytes.
    pub value: Vec<u8>,
    /// The store's revision when the key was created.
    pub create_revision: i64,
    /// The store's revision when the key was last written: what Kubernetes shows as resourceVersion.
    pub mod_revision: i64,
    /// How often the key was written since it was created.
    pub version: i64,
    /// The lease that it hangs on; 0: none.
    pub lease: i64,
}

impl From<&etcd_client::KeyValue> for KeyValue {
    fn from(kv: &etcd_client::KeyValue) -> Self {
        Self {
            key: kv.key().to_vec(),
            value: kv.value().to_vec(),
            create_revision: kv.create_revision(),
            mod_revision: kv.mod_revision(),
            version: kv.version(),
            lease: kv.lease(),
        }
    }
}

impl KeyValue {
    pub(super) fn note(&self, seen: &Seen) {
        seen.note_key(&String::from_utf8_lossy(&self.key));
        if self.key.starts_with(SECRETS)
            && let Ok(secret) = decode(&self.value, None)
        {
            seen.secrets().note_object(&secret);
        }
        note_revision(seen, self.create_revision);
        note_revision(seen, self.mod_revision);
        note_id(seen, self.lease.cast_unsigned());
    }
}

/// First key and end of the range of all keys that begin with `prefix`; an empty prefix means all keys.
pub fn prefix_range(prefix: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let Some(last) = prefix.iter().rposition(|byte| *byte < 0xff) else {
        // No byte can be counted up: the range has no end. etcd takes no empty key.
        return (if prefix.is_empty() { vec![0] } else { prefix.to_vec() }, vec![0]);
    };
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    (prefix.to_vec(), end)
}

/// What to get.
#[derive(Debug, Clone, Default)]
pub struct RangeOptions {
    /// First key.
    pub key: Vec<u8>,
    /// End of the range, exclusive; empty for one key, `\0` for all keys from `key` on.
    pub range_end: Vec<u8>,
    /// As it was at this revision; 0: as it is.
    pub revision: i64,
    /// At most so many keys; 0: all.
    pub limit: i64,
    /// Without values.
    pub keys_only: bool,
    /// Only how many there are.
    pub count_only: bool,
    /// By what, and in which order; none: by key.
    pub sort: Option<(SortBy, SortOrder)>,
    /// From the member that is asked, without the others' consent.
    pub serializable: bool,
}

/// What was got.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// Who answered, and the store's revision.
    pub header: Header,
    /// The keys.
    pub kvs: Vec<KeyValue>,
    /// Whether the limit left some out.
    pub more: bool,
    /// How many keys are in the range, whatever the limit.
    pub count: i64,
}

impl Range {
    pub(super) fn new(answer: &GetResponse, seen: &Seen) -> Self {
        let header = Header::from(answer.header());
        let kvs: Vec<KeyValue> = answer.kvs().iter().map(KeyValue::from).collect();
        header.note(seen);
        kvs.iter().for_each(|kv| kv.note(seen));
        Self { header, kvs, more: answer.more(), count: answer.count() }
    }
}

/// How to put.
#[derive(Debug, Clone, Copy, Default)]
pub struct PutOptions {
    /// Hang the key on this lease; 0: on none.
    pub lease: i64,
    /// Return the key as it was.
    pub previous: bool,
    /// Keep the value, as it is.
    pub ignore_value: bool,
    /// Keep the lease, as it is.
    pub ignore_lease: bool,
}

impl From<PutOptions> for etcd_client::PutOptions {
    fn from(options: PutOptions) -> Self {
        let mut wanted = Self::new().with_lease(options.lease);
        if options.previous {
            wanted = wanted.with_prev_key();
        }
        if options.ignore_value {
            wanted = wanted.with_ignore_value();
        }
        if options.ignore_lease {
            wanted = wanted.with_ignore_lease();
        }
        wanted
    }
}

/// What a put answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Put {
    /// Its revision is the put's own.
    pub header: Header,
    /// The key as it was, where it was asked for and existed.
    pub previous: Option<KeyValue>,
}

/// What a delete answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Its revision is the delete's own, where anything was deleted.
    pub header: Header,
    /// How many keys.
    pub deleted: i64,
    /// The keys as they were, where they were asked for.
    pub previous: Vec<KeyValue>,
}

impl Etcd {
    /// Gets one key or a range of keys.
    ///
    /// # Errors
    /// A revision that is compacted away or to come; no connection.
    pub async fn get(&self, options: &RangeOptions) -> Result<Range, Failure> {
        let answer = self.kv().get(options.key.clone(), Some(options.into())).await;
        let answer = answer.map_err(|error| self.failed(&error))?;
        let range = Range::new(&answer, &self.seen);
        self.reads.record(|| Read::Etcd {
            key: options.key.clone(),
            range_end: options.range_end.clone(),
            revision: range.header.revision,
        });
        Ok(range)
    }

    /// Writes a key.
    ///
    /// # Errors
    /// A lease that is not there, `ignore_value` of a key that is not there; no connection.
    pub async fn put(&self, key: &[u8], value: &[u8], options: PutOptions) -> Result<Put, Failure> {
        let ticket = self.before(&[KeyChange::Put(key.to_vec())]).await?;
        let answer = self.kv().put(key, value, Some(options.into())).await.map_err(|error| self.failed(&error));
        self.after(ticket, &answer).await;
        let answer = answer?;
        let put = Put { header: answer.header().into(), previous: answer.prev_key().map(KeyValue::from) };
        put.header.note(&self.seen);
        put.previous.iter().for_each(|kv| kv.note(&self.seen));
        Ok(put)
    }

    /// Deletes one key, or the keys of a range. Deleting what is not there is no error.
    ///
    /// # Errors
    /// No connection.
    pub async fn delete(&self, key: &[u8], range_end: &[u8], previous: bool) -> Result<Deleted, Failure> {
        let mut options = DeleteOptions::new().with_range(range_end);
        if previous {
            options = options.with_prev_key();
        }
        let ticket = self.before(&[KeyChange::Delete(key.to_vec(), range_end.to_vec())]).await?;
        let answer = self.kv().delete(key, Some(options)).await.map_err(|error| self.failed(&error));
        self.after(ticket, &answer).await;
        let answer = answer?;
        let previous = answer.prev_kvs().iter().map(KeyValue::from).collect();
        let deleted = Deleted { header: answer.header().into(), deleted: answer.deleted(), previous };
        deleted.header.note(&self.seen);
        deleted.previous.iter().for_each(|kv| kv.note(&self.seen));
        Ok(deleted)
    }

    /// Forgets what was before `revision`; `physical` waits until the space is given back.
    ///
    /// # Errors
    /// A revision that is compacted already or to come; no connection.
    pub async fn compact(&self, revision: i64, physical: bool) -> Result<(), Failure> {
        let options = if physical { CompactionOptions::new().with_physical() } else { CompactionOptions::new() };
        self.kv().compact(revision, Some(options)).await.map(drop).map_err(|error| self.failed(&error))
    }

    pub(super) fn kv(&self) -> KvClient {
        // The default, 4 MB, is less than a small cluster's whole store.
        self.client.kv_client().max_decoding_message_size(usize::MAX)
    }
}

impl From<&RangeOptions> for GetOptions {
    fn from(options: &RangeOptions) -> Self {
        let mut wanted =
            Self::new().with_range(options.range_end.clone()).with_revision(options.revision).with_limit(options.limit);
        if options.keys_only {
            wanted = wanted.with_keys_only();
        }
        if options.count_only {
            wanted = wanted.with_count_only();
        }
        if options.serializable {
            wanted = wanted.with_serializable();
        }
        match options.sort {
            Some((by, order)) => wanted.with_sort(by, order),
            None => wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::prefix_range;

    #[test]
    fn a_prefix_ends_where_its_last_byte_is_counted_up() {
        assert_eq!(prefix_range(b"/a/"), (b"/a/".to_vec(), b"/a0".to_vec()));
        assert_eq!(prefix_range(b"a\xff"), (b"a\xff".to_vec(), b"b".to_vec()));
        assert_eq!(prefix_range(b"\xff"), (b"\xff".to_vec(), b"\0".to_vec()));
        assert_eq!(prefix_range(b""), (b"\0".to_vec(), b"\0".to_vec()));
    }
}
