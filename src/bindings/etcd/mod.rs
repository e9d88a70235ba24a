//! etcd: structured functions, `etcd::…`; `cli` is the verbatim etcdctl.

pub mod cli;
mod decode;
mod delete;
mod get;
mod history;
mod lease;
mod put;
mod server;
mod txn;
mod value;
mod watch;

use super::Binding;

/// All of them.
pub(crate) const BINDINGS: &[Binding] = &[
    get::GET,
    get::KEYS,
    history::BINDING,
    put::BINDING,
    delete::DELETE,
    delete::COMPACT,
    txn::BINDING,
    watch::BINDING,
    lease::BINDING,
    server::STATUS,
    server::MEMBERS,
    decode::BINDING,
];
