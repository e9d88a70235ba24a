//! `diff`: what differs between two values.

use rhai::Dynamic;
use similar::TextDiff;

use crate::bindings::{Binding, Call, CallError};
use crate::client::Failure;
use crate::script::{Block, to_json};

pub(super) const BINDING: Binding = Binding {
    name: "diff",
    signature: "diff(a, b)",
    doc: "The lines that differ between two texts, or between two other values as YAML, in a fence of its own.\n\n\
          ```rhai\ndiff(#{a: 1, b: 2}, #{a: 1, b: 3})\n```",
    arity: (2, 2),
    call,
};

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let (before, after) = (lines(&call.args[0])?, lines(&call.args[1])?);
    let text = TextDiff::from_lines(&before, &after).unified_diff().context_radius(3).to_string();
    Ok(Dynamic::from(Block { language: "diff", text }))
}

fn lines(value: &Dynamic) -> Result<String, Failure> {
    let mut text = match value.as_immutable_string_ref() {
        Ok(text) => text.to_string(),
        Err(_) => serde_yaml::to_string(&to_json(value)).map_err(|error| Failure::usage(error.to_string()))?,
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}
