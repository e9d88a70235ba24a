//! What a failed call throws.

use std::fmt;

use crate::client::Failure;

/// A failed call as a script sees it: `e.message`, `e.reason`, `e.code`, `e.causes`, `e.command`. Prints as its
/// message.
#[derive(Debug, Clone)]
pub struct Thrown {
    /// What failed.
    pub failure: Failure,
    /// The verbatim command that failed, or empty.
    pub command: String,
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.failure.message)
    }
}

impl From<Failure> for Thrown {
    fn from(failure: Failure) -> Self {
        Self { failure, command: String::new() }
    }
}
