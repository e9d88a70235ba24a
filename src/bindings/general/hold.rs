//! `hold`: a condition that has to stay true.

use std::time::Duration;

use rhai::Dynamic;

use super::waiting::Shown;
use crate::bindings::{Binding, Call, CallError};
use crate::client::Failure;

pub(super) const BINDING: Binding = Binding {
    name: "hold",
    signature: "hold(|| condition, duration)",
    doc: "Watches that a condition stays true for a while; throws at once when it turns false.\n\n\
          ```rhai\nhold(|| 1 < 2, \"20ms\");\n```",
    arity: (2, 2),
    call,
};

/// What is read may not tell of its changes, and a condition that turns false and true again must be seen.
const LOOK_EVERY: Duration = Duration::from_millis(100);

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let condition = call.closure(0, "the condition")?;
    let duration = call.duration(1, "duration")?;
    let what = super::expect::written(call).unwrap_or_else(|| "its condition".to_owned());
    let _shown = Shown::new(call.host, format!("hold({what})"), Some(duration));
    let clock = call.host.clock().clone();
    let start = clock.elapsed();
    loop {
        let value = condition.call_within_context::<Dynamic>(call.context, ())?;
        let passed = clock.elapsed() - start;
        match value.as_bool() {
            Ok(true) => {}
            Ok(false) => {
                let after = passed.as_secs_f64();
                return Err(Failure::answer(format!("{what} did not hold: it was false after {after:.1}s")).into());
            }
            Err(_) => return Err(crate::bindings::wrong_type("the condition's value", "a bool", &value)),
        }
        let Some(left) = duration.checked_sub(passed).filter(|left| !left.is_zero()) else {
            return Ok(Dynamic::UNIT);
        };
        let pause = clock.sleep(left.min(LOOK_EVERY));
        call.block_on(async {
            pause.await;
            Ok(())
        })?;
    }
}
