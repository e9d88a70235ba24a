//! Standard error and standard output, whoever may have closed them.

use std::io::Write as _;

/// Writes text to standard error. A terminal that has gone is no reason to stop: what cleans up has to go on.
pub fn tell(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Writes text to standard output. A reader that has seen enough is no error.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
