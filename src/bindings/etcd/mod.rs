//! `etcd::…` and the verbatim `etcdctl`.

pub mod cli;

use super::Binding;

/// All functions of the namespace.
pub(crate) const BINDINGS: &[Binding] = &[];
