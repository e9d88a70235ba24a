//! What containers write.

use super::types::LogLine;
use crate::sandbox::World;

/// The lines that a log keeps; older ones are rotated away (the kubelet keeps 10 MiB).
const LOG: usize = 100_000;

/// What a container has written; none: there is no such container on the node.
pub fn logs<'w>(world: &'w World, node: &str, id: &str) -> Option<&'w [LogLine]> {
    world.hosts.node(node)?.containers.get(id).map(|container| container.log.as_slice())
}

/// A container writes.
pub(in crate::sandbox::host) fn log(world: &mut World, at: usize, id: &str, stream: &'static str, bytes: &[u8]) {
    let now = world.now();
    let Some(container) = world.hosts.nodes[at].containers.get_mut(id) else { return };
    for part in String::from_utf8_lossy(bytes).split_inclusive('\n') {
        let whole = part.ends_with('\n');
        let text = part.strip_suffix('\n').unwrap_or(part);
        match container.log.iter_mut().rev().find(|line| line.stream == stream) {
            Some(line) if !line.whole => {
                line.text += text;
                line.whole = whole;
            }
            _ => container.log.push(LogLine { time: now, stream, text: text.to_owned(), whole }),
        }
    }
    if container.log.len() > 2 * LOG {
        container.log.drain(..LOG);
    }
    world.hosts.active();
}
