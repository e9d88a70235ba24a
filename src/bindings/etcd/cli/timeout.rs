//! `--command-timeout`, and `--dial-timeout`, which has nothing to bound: kpnb has connected before.
//!
//! Without the flag a command takes as long as its cell may; etcdctl's own default is five seconds.

use std::time::Duration;

use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;

pub(super) const FLAGS: &[Flag] = &[Flag::value("command-timeout", None), Flag::value("dial-timeout", None)];

/// What etcdctl bounds not at all: commands that go on until they are stopped.
const UNBOUNDED: [&str; 3] = ["lease keep-alive", "snapshot save", "watch"];

/// How long the command may take.
///
/// # Errors
/// A value that is no duration, in pflag's words.
pub(super) fn of(flags: &Flags, path: &str) -> Result<Option<Duration>, Failure> {
    let duration = |name: &str| {
        let given = flags.get(name).map(|text| {
            crate::notebook::parse_duration(text).ok_or_else(|| {
                Failure::usage(format!(
                    "Error: invalid argument {text:?} for \"--{name}\" flag: time: invalid duration {text:?}\n\
                     See 'etcdctl --help' for usage."
                ))
            })
        });
        given.transpose()
    };
    duration("dial-timeout")?;
    let limit = duration("command-timeout")?;
    Ok(limit.filter(|_| !UNBOUNDED.contains(&path)))
}

/// Runs a command no longer than that.
///
/// # Errors
/// The command's own; or that it took longer, as Go's contexts say it.
pub(super) async fn within(
    limit: Option<Duration>,
    command: impl Future<Output = Result<i32, Failure>>,
) -> Result<i32, Failure> {
    match limit {
        None => command.await,
        Some(limit) => tokio::time::timeout(limit, command)
            .await
            .unwrap_or_else(|_| Err(Failure::answer("Error: context deadline exceeded"))),
    }
}
