//! The first process of a container, as `kubectl attach` reaches it: its standard input, and its output from now on.

use super::process;
use super::runtime::log;
use super::sys::{Me, drive};
use crate::sandbox::World;

/// How far someone has read what a container writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// On which node.
    pub node: String,
    /// Which container.
    pub container: String,
    lines: usize,
    /// Of the last of these lines, when it is not whole.
    bytes: usize,
}

impl Attached {
    /// From now on.
    pub fn new(world: &World, node: &str, container: &str) -> Self {
        let mut attached = Self { node: node.to_owned(), container: container.to_owned(), lines: 0, bytes: 0 };
        attached.read(world);
        attached
    }

    /// What was written since last time: 1 or 2, and what.
    pub fn read(&mut self, world: &World) -> Vec<(u8, Vec<u8>)> {
        let found = world.hosts.node(&self.node).and_then(|node| node.containers.get(&self.container));
        let Some(container) = found else { return Vec::new() };
        let newline: &[u8] = if container.spec.tty { b"\r\n" } else { b"\n" };
        let mut output = Vec::new();
        while let Some(line) = container.log.get(self.lines) {
            let mut bytes = line.text.as_bytes().get(self.bytes..).unwrap_or_default().to_vec();
            if line.whole {
                bytes.extend_from_slice(newline);
            }
            if !bytes.is_empty() {
                output.push((if line.stream == "stdout" { 1 } else { 2 }, bytes));
            }
            if !line.whole {
                self.bytes = line.text.len();
                break;
            }
            (self.lines, self.bytes) = (self.lines + 1, 0);
        }
        output
    }

    /// Its exit code, from its end on.
    pub fn exit_code(&self, world: &World) -> Option<i32> {
        let node = world.hosts.node(&self.node);
        match node.and_then(|node| node.containers.get(&self.container)) {
            Some(container) if container.state.running => None,
            Some(container) => Some(container.state.exit_code),
            None => Some(137),
        }
    }

    /// Writes to its standard input; nothing at all closes it.
    pub fn input(&self, world: &mut World, bytes: &[u8]) {
        let Some(at) = world.hosts.index(&self.node) else { return };
        let Some(container) = world.hosts.nodes[at].containers.get_mut(&self.container) else { return };
        let (tty, pid) = (container.spec.tty, container.main);
        let Some(stdin) = container.stdin.clone() else { return };
        match bytes {
            [] => container.stdin = None,
            b"\x03" if tty => process::signal(world, Me { node: at, pid }, 2),
            _ if tty => {
                // Ctrl-D ends the input; a terminal echoes the rest.
                let typed = |byte: &u8| if *byte == b'\r' { b'\n' } else { *byte };
                let text: Vec<u8> = bytes.iter().map(typed).filter(|byte| *byte != 4).collect();
                stdin.push(&text);
                if bytes.contains(&4) {
                    container.stdin = None;
                }
                log(world, at, &self.container, "stdout", &text);
            }
            _ => stdin.push(bytes),
        }
        drop(stdin);
        drive(world);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{ContainerSpec, PodRef, run_pod, start_container};
    use super::*;

    #[test]
    fn a_container_is_written_to_and_read_from_now_on() {
        let mut world = super::super::tests::world();
        let pod = PodRef { uid: "u".into(), namespace: "default".into(), name: "p".into(), ..PodRef::default() };
        let sandbox = run_pod(&mut world, "w", pod);
        let command = ["sh", "-c", "echo before; read a; echo got $a; cat"].map(str::to_owned).to_vec();
        let spec = ContainerSpec { image: "busybox".into(), command, stdin: true, ..ContainerSpec::default() };
        let id = start_container(&mut world, "w", &sandbox, spec).unwrap();
        let mut attached = Attached::new(&world, "w", &id);
        attached.input(&mut world, b"x\nrest");
        let text: Vec<u8> = attached.read(&world).into_iter().flat_map(|(_, bytes)| bytes).collect();
        assert_eq!(String::from_utf8(text).unwrap(), "got x\nrest");
        assert_eq!(attached.exit_code(&world), None);
        attached.input(&mut world, b"");
        assert_eq!(attached.exit_code(&world), Some(0));
    }
}
