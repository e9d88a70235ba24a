//! Docker: structured functions, `docker::…`, on the chosen cluster's containers; `cli` is the verbatim command.

pub mod cli;
mod copy;
mod exec;
mod inspect;
mod lifecycle;
mod network;
mod ps;

use super::Binding;

/// All of them.
pub(crate) const BINDINGS: &[Binding] = &[
    ps::BINDING,
    exec::BINDING,
    inspect::INSPECT,
    inspect::TOP,
    inspect::LOGS,
    lifecycle::START,
    lifecycle::STOP,
    lifecycle::RESTART,
    lifecycle::KILL,
    lifecycle::PAUSE,
    lifecycle::UNPAUSE,
    network::CONNECT,
    network::DISCONNECT,
    copy::COPY_FROM,
    copy::COPY_TO,
];
