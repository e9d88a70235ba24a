//! Where a command writes.

use std::sync::{Arc, Mutex, PoisonError};

/// Where a running command writes. Cheap to clone; whoever watches a background task reads it meanwhile.
#[derive(Debug, Clone, Default)]
pub struct Streams(Arc<Mutex<Output>>);

/// What a command wrote, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Both as a terminal would show them.
    pub terminal: String,
}

impl Streams {
    /// Writes to standard output; lines carry their own newline.
    pub fn out(&self, text: &str) {
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        output.stdout.push_str(text);
        output.terminal.push_str(text);
    }

    /// Writes to standard error; lines carry their own newline.
    pub fn err(&self, text: &str) {
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        output.stderr.push_str(text);
        output.terminal.push_str(text);
    }

    /// What was written so far.
    pub fn output(&self) -> Output {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
