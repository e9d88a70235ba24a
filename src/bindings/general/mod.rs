//! Functions without a namespace, for any notebook.

mod background;
mod debug;
mod diff;
mod expect;
mod hold;
mod json;
mod mermaid;
mod now;
mod print;
mod sleep;
mod table;
mod undo;
mod verbatim;
mod wait_until;
mod waiting;
mod within;
mod yaml;

pub use undo::undo;

use rhai::Engine;

use super::Binding;
use crate::script::Host;

pub(crate) const BINDINGS: &[Binding] = &[
    background::BINDING,
    debug::BINDING,
    diff::BINDING,
    verbatim::DOCKER,
    verbatim::ETCDCTL,
    expect::BINDING,
    hold::BINDING,
    json::BINDING,
    verbatim::KUBECTL,
    mermaid::BINDING,
    now::BINDING,
    print::BINDING,
    verbatim::SHOW,
    sleep::BINDING,
    table::BINDING,
    undo::BINDING,
    wait_until::BINDING,
    within::BINDING,
    yaml::BINDING,
];

/// Registers what is more than a function: `expect`, which reads its own source, and the types of results.
pub(super) fn install(engine: &mut Engine, host: &Host) {
    expect::install(engine, host);
    background::install(engine);
    yaml::install(engine);
}
