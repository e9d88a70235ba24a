//! `debug`: a line of output that tells types apart.

use rhai::Dynamic;

use crate::bindings::{Binding, Call, CallError};
use crate::script::debug_of;

pub(super) const BINDING: Binding = Binding {
    name: "debug",
    signature: "debug(x)",
    doc: "Adds a line to the cell's output as JSON, so that a text has its quotes and nothing is `null`.\n\n\
          ```rhai\ndebug(\"3\");\n```",
    arity: (1, 1),
    call,
};

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    call.host.print(&debug_of(&call.args[0]));
    Ok("".into())
}
