//! `print`: a line of output.

use rhai::Dynamic;

use crate::bindings::{Binding, Call, CallError};
use crate::script::{Block, Piece, text_of};

pub(super) const BINDING: Binding = Binding {
    name: "print",
    signature: "print(x)",
    doc: "Adds a line to the cell's output. Maps and arrays print as JSON, a command's result as its stdout; what \
          `yaml`, `json`, `table`, `diff` and `mermaid` return gets a fence of its own.\n\n```rhai\nprint(\"hello\");\n\
          print([1, 2]);\n```",
    arity: (0, 1),
    call,
};

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let value = call.args.first().cloned().unwrap_or_else(|| "".into());
    if let Some(block) = value.read_lock::<Block>() {
        call.host.show(Piece::Block(block.clone()));
    } else {
        let text = text(call, &value)?;
        call.host.print(text.strip_suffix('\n').unwrap_or(&text));
    }
    // Rhai wants the printed text of a function called so.
    Ok("".into())
}

/// A value's text; what this crate does not know has a `to_string` of its own.
pub(super) fn text(call: &Call<'_, '_>, value: &Dynamic) -> Result<String, CallError> {
    if value.is_variant() && !crate::script::is_known(value) {
        return Ok(call.context.call_native_fn("to_string", (value.clone(),))?);
    }
    Ok(text_of(value))
}
