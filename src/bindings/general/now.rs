//! `now`: the time of day on the cluster.

use rhai::Dynamic;

use crate::bindings::{Binding, Call, CallError};

pub(super) const BINDING: Binding = Binding {
    name: "now",
    signature: "now()",
    doc: "The time on the cluster's clock as the API writes it. To measure how long something takes, use \
          `timestamp()` and its `.elapsed`.\n\n```rhai\nlet start = now();\n```",
    arity: (0, 0),
    call,
};

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    Ok(call.host.clock().now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into())
}
