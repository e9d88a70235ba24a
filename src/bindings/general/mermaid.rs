//! `mermaid`: a diagram.

use rhai::Dynamic;

use crate::bindings::{Binding, Call, CallError};
use crate::script::Block;

pub(super) const BINDING: Binding = Binding {
    name: "mermaid",
    signature: "mermaid(text)",
    doc: "A diagram in a fence of its own, which most markdown viewers draw.\n\n\
          ```rhai\nmermaid(\"graph LR; Deployment --> ReplicaSet --> Pod\")\n```",
    arity: (1, 1),
    call,
};

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let text = call.text(0, "text")?;
    Ok(Dynamic::from(Block { language: "mermaid", text: format!("{}\n", text.trim_end_matches('\n')) }))
}
