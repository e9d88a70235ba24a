//! etcdctl, verbatim.

use crate::bindings::Workspace;
use crate::bindings::command::Streams;
use crate::client::Failure;

/// Runs a command; `words` are without the program's name. Returns its exit code.
///
/// # Errors
/// What failed, in etcdctl's words.
pub async fn run(
    _workspace: &Workspace,
    words: &[String],
    _stdin: Option<&str>,
    _streams: &Streams,
) -> Result<i32, Failure> {
    let command = words.first().map_or("", String::as_str);
    Err(Failure::usage(format!("Error: unknown command {command:?} for \"etcdctl\"")))
}
