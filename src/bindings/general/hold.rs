//! `hold`: a condition that has to stay true.

use rhai::Dynamic;

use super::wait_until::{Changes, Evaluation, evaluate};
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

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let condition = call.closure(0, "the condition")?;
    let duration = call.duration(1, "duration")?;
    let what = super::expect::written(call).unwrap_or_else(|| "its condition".to_owned());
    let _shown = Shown::new(call.host, format!("hold({what})"), Some(duration));
    let clock = call.host.clock().clone();
    let start = clock.elapsed();
    let mut changes = Changes::new(call.workspace, call.host);
    loop {
        let evaluation = evaluate(call, &condition)?;
        let passed = clock.elapsed() - start;
        match evaluation {
            Evaluation::True => {}
            // A server in trouble says nothing about the condition.
            Evaluation::Error { transient: true, .. } => {}
            other => return Err(Failure::answer(format!("{what} did not hold: {other}")).into()),
        }
        let left = duration.saturating_sub(passed);
        if left.is_zero() {
            return Ok(Dynamic::UNIT);
        }
        call.block_on(async {
            tokio::select! {
                biased;
                next = changes.next(evaluation.is_transient()) => next,
                () = clock.sleep(left) => Ok(()),
            }
        })?;
    }
}
