//! Why running code has to stop; no `try` can catch it.

use rhai::{Dynamic, EvalAltResult, Position};

use super::Deadline;

/// What stops a script from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Ctrl-C.
    Interrupted,
    /// A deadline of the cell, or of a `within` around the code, has passed.
    Deadline(Deadline),
    /// The script took more memory than it may.
    Memory,
}

impl Stop {
    /// The error that unwinds a script.
    pub fn error(self) -> Box<EvalAltResult> {
        EvalAltResult::ErrorTerminated(Dynamic::from(self), Position::NONE).into()
    }

    /// What unwinds the script, if that is a stop.
    pub fn of(error: &EvalAltResult) -> Option<Self> {
        match error {
            EvalAltResult::ErrorTerminated(token, _) => token.clone().try_cast(),
            EvalAltResult::ErrorInFunctionCall(_, _, inner, _) | EvalAltResult::ErrorInModule(_, inner, _) => {
                Self::of(inner)
            }
            _ => None,
        }
    }
}
