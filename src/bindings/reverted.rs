//! When a change is already undone: an inverse may run twice, or after the script has done it by itself.

use super::command::{Line, Program};
use crate::client::Failure;

/// Whether a failed inverse failed because all is already as it makes it.
pub(super) fn is_done(line: &Line, failure: &Failure) -> bool {
    let words: Vec<&str> = line.words.iter().map(String::as_str).collect();
    let says = |text: &str| failure.message.contains(text);
    match (line.program, &words[..]) {
        (Program::Docker, ["unpause", ..]) => says("is not paused"),
        (Program::Docker, ["network", "connect", ..]) => says("already exists in network"),
        (Program::Docker, ["network", "disconnect", ..]) => says("is not connected to"),
        (Program::Docker, ["pause", ..]) => says("is already paused"),
        (Program::Kubectl, ["delete", ..]) => failure.is_not_found(),
        (Program::Kubectl, ["taint", .., last]) if last.ends_with('-') => says("not found"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undone_already_is_no_failure_and_all_else_is() {
        let done = |line: &str, message: &str| is_done(&Line::parse(line).unwrap(), &Failure::answer(message));
        assert!(done("docker unpause node", "Error response from daemon: Container 0 is not paused"));
        assert!(done("docker network connect kind node", "… endpoint with name node already exists in network kind"));
        assert!(done("kubectl taint node a key-", "error: taint \"key\" not found"));
        assert!(!done("docker unpause node", "Error response from daemon: No such container: node"));
        assert!(!done("kubectl taint node a key=1:NoSchedule", "nodes \"a\" not found"));
        assert!(!done("docker start node", "is not paused"));
    }
}
