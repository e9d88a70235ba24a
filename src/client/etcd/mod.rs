//! etcd v3.

/// A client of one etcd.
#[derive(Debug, Clone)]
pub struct Etcd {}
