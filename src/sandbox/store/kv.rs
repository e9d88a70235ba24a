//! Versions of keys.

use bytes::Bytes;

/// One version of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyValue {
    /// The key: text for Kubernetes, any bytes for etcd.
    pub key: Bytes,
    /// The value.
    pub value: Bytes,
    /// The revision that made the key.
    pub create_revision: i64,
    /// The revision of this version.
    pub mod_revision: i64,
    /// How many versions since the key was made; the first is 1.
    pub version: i64,
    /// The lease that the key dies with; 0 for none.
    pub lease: i64,
}

/// What a write did to one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: Bytes,
    /// The revision of the write.
    pub revision: i64,
    /// The new version; none: it was deleted.
    pub now: Option<KeyValue>,
    /// The version before; none: it was made.
    pub before: Option<KeyValue>,
}
