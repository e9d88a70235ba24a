//! `undo`: a command that takes a change back at the end of the run.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rhai::Dynamic;

use crate::bindings::command::Line;
use crate::bindings::{Binding, Call, CallError, Workspace};
use crate::client::Failure;
use crate::journal::{self, Commands, Left};

pub(super) const BINDING: Binding = Binding {
    name: "undo",
    signature: "undo(command)",
    doc: "Registers a command that is run when the notebook's changes are undone: at the end, after a failure, on \
          Ctrl-C; the one registered last first. Register it before the change.\n\n\
          ```rhai\nundo(\"kubectl uncordon k8splayground-worker\");\n```",
    arity: (1, 1),
    call,
};

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let command = call.text(0, "command")?;
    // What cannot be run at the end is refused now, while somebody is there to mend it.
    Line::parse(&command)?;
    call.workspace.journal.register(&command)?;
    Ok(Dynamic::UNIT)
}

/// Takes back what a notebook has changed: see [`journal::undo`].
pub async fn undo(workspace: &Workspace, tell: &(dyn Fn(&str) + Sync)) -> Vec<Left> {
    let reverting = workspace.reverting();
    journal::undo(&workspace.journal, &reverting.touched(), &reverting, tell).await
}

impl Commands for Workspace {
    fn run<'a>(&'a self, command: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        self.revert(command).boxed()
    }
}
