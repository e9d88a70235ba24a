//! Functions without a namespace, for any notebook.

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
mod waiting;
mod within;
mod yaml;

use rhai::Engine;

use super::Binding;
use crate::script::Host;

pub(crate) const BINDINGS: &[Binding] = &[
    debug::BINDING,
    diff::BINDING,
    expect::BINDING,
    hold::BINDING,
    json::BINDING,
    mermaid::BINDING,
    now::BINDING,
    print::BINDING,
    sleep::BINDING,
    table::BINDING,
    undo::BINDING,
    within::BINDING,
    yaml::BINDING,
];

/// Registers what is more than a function: `expect`, which reads its own source, and the types of results.
pub(super) fn install(engine: &mut Engine, host: &Host) {
    expect::install(engine, host);
    yaml::install(engine);
}
