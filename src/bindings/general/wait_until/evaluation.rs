//! One look at a condition.

use std::fmt;

use rhai::{Dynamic, EvalAltResult, FnPtr};

use crate::bindings::{Call, CallError, wrong_type};
use crate::client::{Failure, FailureKind};
use crate::script::{FailedClaim, Misuse, Stop, Thrown, text_of};

/// What a condition gave.
#[derive(Debug)]
pub(in crate::bindings::general) enum Evaluation {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It could not be told: the message, and whether asking again soon is a burden to a server in trouble.
    Error { message: String, transient: bool },
}

impl Evaluation {
    pub(in crate::bindings::general) fn is_transient(&self) -> bool {
        matches!(self, Self::Error { transient: true, .. })
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::True => f.write_str("last value: true"),
            Self::False => f.write_str("last value: false"),
            Self::Error { message, .. } => write!(f, "last error: {message}"),
        }
    }
}

/// Evaluates a condition.
///
/// # Errors
/// What waiting cannot mend: a mistake in the script, a value that is no bool; and what stops the script.
pub(in crate::bindings::general) fn evaluate(call: &Call<'_, '_>, condition: &FnPtr) -> Result<Evaluation, CallError> {
    match condition.call_within_context::<Dynamic>(call.context, ()) {
        // A field that is not there yet.
        Ok(value) if value.is_unit() => Ok(Evaluation::False),
        Ok(value) => match value.as_bool() {
            Ok(true) => Ok(Evaluation::True),
            Ok(false) => Ok(Evaluation::False),
            Err(_) => Err(wrong_type("the condition's value", "a bool", &value)),
        },
        Err(error) => match not_yet(&error) {
            Some(evaluation) => Ok(evaluation),
            None => Err(CallError::Script(error)),
        },
    }
}

/// An error that may go away by itself; none for one that will not.
fn not_yet(error: &EvalAltResult) -> Option<Evaluation> {
    if Stop::of(error).is_some() {
        return None;
    }
    let plain = |message: String| Some(Evaluation::Error { message, transient: false });
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) | EvalAltResult::ErrorInModule(_, inner, _) => {
            not_yet(inner)
        }
        EvalAltResult::ErrorRuntime(thrown, _) => {
            if thrown.read_lock::<Misuse>().is_some() || thrown.read_lock::<FailedClaim>().is_some() {
                return None;
            }
            match thrown.read_lock::<Thrown>() {
                Some(thrown) if !may_pass(&thrown.failure) => None,
                Some(thrown) => Some(Evaluation::Error {
                    message: thrown.failure.message.clone(),
                    transient: thrown.failure.is_transient(),
                }),
                None => plain(text_of(thrown)),
            }
        }
        // What is called or looked into may not be there yet, as in `pod.status.conditions.len()`.
        EvalAltResult::ErrorFunctionNotFound(call, _) if call.contains("()") => plain(bare(error)),
        EvalAltResult::ErrorDotExpr(..)
        | EvalAltResult::ErrorPropertyNotFound(..)
        | EvalAltResult::ErrorIndexNotFound(..)
        | EvalAltResult::ErrorIndexingType(..)
        | EvalAltResult::ErrorArrayBounds(..)
        | EvalAltResult::ErrorStringBounds(..)
        | EvalAltResult::ErrorFor(..)
        | EvalAltResult::ErrorMismatchDataType(..)
        | EvalAltResult::ErrorArithmetic(..) => plain(bare(error)),
        _ => None,
    }
}

/// A wrong or refused call stays wrong.
fn may_pass(failure: &Failure) -> bool {
    !matches!(failure.kind, FailureKind::Usage | FailureKind::Refused)
}

/// Without the position, which is the closure's.
fn bare(error: &EvalAltResult) -> String {
    let text = error.to_string();
    text.rsplit_once(" (line ").map_or(text.clone(), |(message, _)| message.to_owned())
}
