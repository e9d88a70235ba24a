//! `k8s::…`: structured functions on the Kubernetes API. One file a function, or two that belong together.

mod cordon;
mod events;
mod evict;
mod exec;
mod finalize;
mod find;
mod get;
mod label;
mod list;
mod logs;
mod patch;
mod place;
mod raw;
mod scale;
mod selector;
mod server;
mod taint;
mod value;
mod watch;

use super::Binding;

/// All of them.
pub(crate) const BINDINGS: &[Binding] = &[
    get::BINDING,
    find::BINDING,
    list::BINDING,
    patch::BINDING,
    watch::BINDING,
    logs::BINDING,
    exec::BINDING,
    events::BINDING,
    scale::BINDING,
    label::LABEL,
    label::ANNOTATE,
    taint::BINDING,
    cordon::CORDON,
    cordon::UNCORDON,
    evict::BINDING,
    finalize::BINDING,
    raw::BINDING,
    server::API_RESOURCES,
    server::VERSION,
];
