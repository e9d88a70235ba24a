//! `k8s::…`: structured functions on the Kubernetes API. One file a function, or two that belong together.

mod cordon;
mod delete;
mod describe;
mod drain;
mod events;
mod evict;
mod exec;
mod finalize;
mod find;
mod get;
mod label;
mod list;
mod logs;
mod manifest;
mod patch;
mod place;
mod raw;
mod rollout;
mod scale;
mod selector;
mod server;
mod taint;
mod wait;
mod watch;

use super::Binding;

/// All of them.
pub(crate) const BINDINGS: &[Binding] = &[
    get::BINDING,
    find::BINDING,
    list::BINDING,
    manifest::APPLY,
    manifest::CREATE,
    manifest::REPLACE,
    patch::BINDING,
    delete::BINDING,
    wait::BINDING,
    watch::BINDING,
    logs::BINDING,
    exec::BINDING,
    events::BINDING,
    describe::BINDING,
    scale::BINDING,
    label::LABEL,
    label::ANNOTATE,
    taint::BINDING,
    cordon::CORDON,
    cordon::UNCORDON,
    drain::BINDING,
    evict::BINDING,
    rollout::STATUS,
    rollout::RESTART,
    finalize::BINDING,
    raw::BINDING,
    server::API_RESOURCES,
    server::VERSION,
];
