//! `yaml`: a value as kubectl's `-o yaml` shows it.

use rhai::{Dynamic, Engine};

use crate::bindings::{Binding, Call, CallError};
use crate::client::Failure;
use crate::script::{Block, to_json};

pub(super) const BINDING: Binding = Binding {
    name: "yaml",
    signature: "yaml(x)",
    doc: "A value as YAML, in a fence of its own.\n\n```rhai\nyaml(#{a: [1, 2]})\n```",
    arity: (1, 1),
    call,
};

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let text = serde_yaml::to_string(&to_json(&call.args[0])).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(Dynamic::from(Block { language: "yaml", text }))
}

/// What scripts can do with a block.
pub(super) fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Block>("block");
    engine.register_get("text", |block: &mut Block| block.text.clone());
    engine.register_fn("to_string", |block: &mut Block| block.to_string());
    engine.register_fn("to_debug", |block: &mut Block| block.to_string());
}
