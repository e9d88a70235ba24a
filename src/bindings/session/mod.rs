//! A session with everything that a script can call.

use std::sync::Arc;

use super::stdlib::STDLIB;
use super::{Workspace, general, registry};
use crate::script::{Host, Parts, Session};

/// A session for a notebook or a REPL that reaches what `workspace` reaches.
pub fn session(host: Host, workspace: Arc<Workspace>) -> Session {
    host.hide(Arc::clone(workspace.cluster.seen.secrets()));
    let folders = workspace.stdlib.clone();
    let for_bindings = host.clone();
    Session::new(Parts {
        host,
        install: &|engine| {
            registry::install(engine, &for_bindings, &workspace);
            general::install(engine, &for_bindings);
        },
        bindings: names(),
        folders,
        embedded: STDLIB,
    })
}

/// A session that compiles what a notebook's would, and has no cluster to run it on.
pub fn compiler(host: Host) -> Session {
    let for_syntax = host.clone();
    Session::new(Parts {
        host,
        install: &|engine| general::install(engine, &for_syntax),
        bindings: names(),
        folders: Vec::new(),
        embedded: STDLIB,
    })
}

/// Names and signatures of what a script can call.
fn names() -> Vec<(String, String)> {
    registry::registry().map(|binding| (binding.name.to_owned(), binding.signature.to_owned())).collect()
}

#[cfg(test)]
mod tests;
