//! `undo`: a command that takes a change back at the end of the run.

use rhai::Dynamic;

use crate::bindings::{Binding, Call, CallError};

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
    crate::bindings::command::Line::parse(&command)?;
    call.workspace.journal.register(&command);
    Ok(Dynamic::UNIT)
}
