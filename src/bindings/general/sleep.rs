//! `sleep`: waits on the cluster's clock.

use rhai::Dynamic;

use super::waiting::Shown;
use crate::bindings::{Binding, Call, CallError};

pub(super) const BINDING: Binding = Binding {
    name: "sleep",
    signature: "sleep(duration)",
    doc: "Waits on the cluster's clock. To wait until something has happened, `wait_until` is faster and surer.\n\n\
          ```rhai\nsleep(\"10ms\");\n```",
    arity: (1, 1),
    call,
};

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let duration = call.duration(0, "duration")?;
    let _shown = Shown::new(call.host, "sleep", Some(duration));
    let clock = call.host.clock().clone();
    call.block_on(async move {
        clock.sleep(duration).await;
        Ok(Dynamic::UNIT)
    })
}
