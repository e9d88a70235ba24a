//! What a notebook claims and `expect` proves.

use std::fmt;

use rhai::{Dynamic, EvalAltResult, Position};

/// A sentence of the prose and whether it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The sentence.
    pub text: String,
    /// Whether its condition was true.
    pub proved: bool,
    /// What was seen: `expect`'s third argument, or for a failed claim the condition and its variables.
    pub evidence: Option<String>,
}

/// What a failed `expect` throws.
#[derive(Debug, Clone)]
pub struct FailedClaim(pub String);

impl fmt::Display for FailedClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "claim failed: {}", self.0)
    }
}

impl FailedClaim {
    /// The error to throw.
    pub fn error(self) -> Box<EvalAltResult> {
        EvalAltResult::ErrorRuntime(Dynamic::from(self), Position::NONE).into()
    }
}
