//! `undo`: a command that takes a change back at the end of the run.

use rhai::Dynamic;

use crate::bindings::command::{Line, Streams};
use crate::bindings::{Binding, Call, CallError, Workspace};

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
    call.workspace.journal.register(&command);
    Ok(Dynamic::UNIT)
}

/// A command that was run to undo a change.
#[derive(Debug, Clone)]
pub struct Undone {
    /// The command.
    pub command: String,
    /// What it printed, as a terminal would show it.
    pub output: String,
    /// Whether it failed.
    pub failed: bool,
}

/// Runs what `undo` has registered, the last first, and empties the journal. A failure does not stop the others.
pub async fn undo(workspace: &Workspace) -> Vec<Undone> {
    let mut undone = Vec::new();
    while let Some(command) = workspace.journal.take_last() {
        let streams = Streams::default();
        let failed = match Line::parse(&command) {
            Ok(line) => line.run(workspace, &streams).await.map_or(true, |ran| ran.code != 0),
            Err(failure) => {
                streams.err(&format!("{failure}\n"));
                true
            }
        };
        undone.push(Undone { command, output: streams.output().terminal, failed });
    }
    undone
}
