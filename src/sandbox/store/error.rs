//! What etcd refuses, in its words.

/// An error of etcd's. Texts and codes: etcd 3.4 `etcdserver/api/v3rpc/rpctypes/error.go`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A read of a revision before the last compaction.
    #[error("etcdserver: mvcc: required revision has been compacted")]
    Compacted,
    /// A read of a revision that is not yet.
    #[error("etcdserver: mvcc: required revision is a future revision")]
    FutureRevision,
    /// A request without a key.
    #[error("etcdserver: key is not provided")]
    EmptyKey,
    /// The value or lease of a key was to be kept that is not there.
    #[error("etcdserver: key not found")]
    KeyNotFound,
    /// A value, although the present one was to be kept.
    #[error("etcdserver: value is provided")]
    ValueProvided,
    /// A lease, although the present one was to be kept.
    #[error("etcdserver: lease is provided")]
    LeaseProvided,
    /// More than [`super::MAX_TXN_OPERATIONS`].
    #[error("etcdserver: too many operations in txn request")]
    TooManyOperations,
    /// A transaction that would write one key twice.
    #[error("etcdserver: duplicate key given in txn request")]
    DuplicateKey,
    /// No such lease, or no more.
    #[error("etcdserver: requested lease not found")]
    LeaseNotFound,
    /// The ID of a lease that there is.
    #[error("etcdserver: lease already exists")]
    LeaseExists,
    /// More than [`super::MAX_LEASE_TTL`].
    #[error("etcdserver: too large lease TTL")]
    LeaseTtlTooLarge,
}
