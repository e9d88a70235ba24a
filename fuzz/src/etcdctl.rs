//! etcdctl. Records: its arguments, standard input, and etcd's answers, in protobuf.

use kpnb::bindings::command::Program;

/// As `kubectl`.
pub fn check(data: &[u8]) {
    super::kubectl::command(Program::Etcdctl, data);
}
