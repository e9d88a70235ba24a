//! A session with everything that a script can call.

use std::sync::Arc;

use super::stdlib::STDLIB;
use super::{Workspace, general, registry};
use crate::script::{Host, Parts, Session};

/// A session for a notebook or a REPL that reaches what `workspace` reaches.
pub fn session(host: Host, workspace: Arc<Workspace>) -> Session {
    let bindings =
        registry::registry().map(|binding| (binding.name.to_owned(), binding.signature.to_owned())).collect();
    host.hide(Arc::clone(workspace.cluster.seen.secrets()));
    let folders = workspace.stdlib.clone();
    let for_bindings = host.clone();
    Session::new(Parts {
        host,
        install: &|engine| {
            registry::install(engine, &for_bindings, &workspace);
            general::install(engine, &for_bindings);
        },
        bindings,
        folders,
        embedded: STDLIB,
    })
}

#[cfg(test)]
mod tests;
