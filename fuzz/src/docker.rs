//! docker. Records: its arguments, standard input, and Docker Engine's answers: JSON, tar archives, multiplexed streams.

use kpnb::bindings::command::Program;

/// As `kubectl`.
pub fn check(data: &[u8]) {
    super::kubectl::command(Program::Docker, data);
}
