//! `wait_until`: waits for a condition, by watching what it reads.

mod changes;
mod evaluation;
mod follow;

pub(super) use changes::Changes;
pub(super) use evaluation::{Evaluation, evaluate};

use rhai::Dynamic;

use super::waiting::Shown;
use crate::bindings::{Binding, Call, CallError};
use crate::client::{Failure, FailureKind};
use crate::script::{Deadline, Stop, shown_duration};

pub(super) const BINDING: Binding = Binding {
    name: "wait_until",
    signature: "wait_until(|| condition, timeout)",
    doc: "Waits until a condition is true and returns the seconds it took. The condition is evaluated again when \
          something has changed that it read through the API or etcd; what only Docker or a program on a node shows is \
          looked at every 100 ms. An error in the condition, such as NotFound, counts as not yet true; past the timeout \
          the last one is thrown.\n\n```rhai\nlet start = timestamp();\n\
          wait_until(|| start.elapsed > 0.01, \"5s\");\n```",
    arity: (2, 2),
    call,
};

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let condition = call.closure(0, "the condition")?;
    let timeout = call.duration(1, "timeout")?;
    let what = super::expect::written(call).unwrap_or_else(|| "…".to_owned());
    let _shown = Shown::new(call.host, format!("wait_until({what})"), Some(timeout));
    let start = call.host.clock().elapsed();
    // As a deadline it also ends a call that blocks within the condition.
    let deadline = call.host.push_deadline(timeout);
    let mut changes = Changes::new(call.workspace, call.host);
    let mut last = "its condition was never evaluated to the end".to_owned();
    let outcome = loop {
        let evaluation = match evaluate(call, &condition) {
            Ok(Evaluation::True) => break Ok(()),
            Ok(evaluation) => evaluation,
            Err(error) => break Err(error),
        };
        last = evaluation.to_string();
        if let Err(failure) = call.host.block_on(changes.next(evaluation.is_transient())) {
            break Err(match call.host.stop() {
                Some(stop) => CallError::Script(stop.error()),
                None => failure.into(),
            });
        }
    };
    call.host.pop_deadline(deadline.id);
    match outcome {
        Ok(()) => Ok((call.host.clock().elapsed() - start).as_secs_f64().into()),
        Err(error) if is_over(call, &error, deadline) => {
            let mut message = format!("timed out after {} waiting until {what}\n{last}", shown_duration(timeout));
            // Nothing new came of it, or else the condition would have been looked at again.
            let glance = call.block_on(changes.glance())?;
            let error = glance.error.map(|error| format!("last error: {error}"));
            if let Some(error) = error.filter(|error| *error != last) {
                message.push_str(&format!("\n{error}"));
            }
            for line in glance.objects {
                message.push_str(&format!("\nlast seen: {line}"));
            }
            Err(Failure::new(FailureKind::Timeout, message).into())
        }
        Err(error) => Err(error),
    }
}

/// Whether it is the wait's own time that is over, and nothing around it.
pub(super) fn is_over(call: &Call<'_, '_>, error: &CallError, deadline: Deadline) -> bool {
    let CallError::Script(error) = error else { return false };
    matches!(Stop::of(error), Some(Stop::Deadline(passed)) if passed.id == deadline.id) && call.host.stop().is_none()
}
