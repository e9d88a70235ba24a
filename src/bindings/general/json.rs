//! `json`: a value as JSON.

use rhai::Dynamic;

use crate::bindings::{Binding, Call, CallError};
use crate::script::{Block, to_json};

pub(super) const BINDING: Binding = Binding {
    name: "json",
    signature: "json(x)",
    doc: "A value as JSON, in a fence of its own.\n\n```rhai\njson(#{a: 1})\n```",
    arity: (1, 1),
    call,
};

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let json = to_json(&call.args[0]);
    // Keys are strings and numbers are finite or null, so this cannot fail; were it to, the compact form is right too.
    let text = serde_json::to_string_pretty(&json).unwrap_or_else(|_| json.to_string());
    Ok(Dynamic::from(Block { language: "json", text: format!("{text}\n") }))
}
