//! `within`: a time limit for a piece of code.

use rhai::Dynamic;

use crate::bindings::{Binding, Call, CallError};
use crate::client::{Failure, FailureKind};
use crate::script::Stop;

pub(super) const BINDING: Binding = Binding {
    name: "within",
    signature: "within(timeout, || …)",
    doc: "Runs a closure and returns its value; throws when it takes longer, also out of a call that blocks. What has \
          been asked of the cluster by then goes on there.\n\n```rhai\nlet x = within(\"1s\", || 1 + 1);\n```",
    arity: (2, 2),
    call,
};

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let timeout = call.duration(0, "timeout")?;
    let closure = call.closure(1, "the code")?;
    let deadline = call.host.push_deadline(timeout);
    let result = closure.call_within_context::<Dynamic>(call.context, ());
    call.host.pop_deadline(deadline.id);
    result.map_err(|error| match Stop::of(&error) {
        // Only its own deadline ends here; Ctrl-C and whatever deadline lies around it go on to whom they are meant for.
        Some(Stop::Deadline(passed)) if passed.id == deadline.id && call.host.stop().is_none() => {
            let given = crate::script::shown_duration(timeout);
            Failure::new(FailureKind::Timeout, format!("timed out after {given}")).into()
        }
        _ => CallError::Script(error),
    })
}
