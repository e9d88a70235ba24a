//! What a client talks to.

use crate::sandbox::host::{self, Attached, Exec};
use crate::sandbox::{Shared, World};

/// A process with its streams.
pub(super) enum Process {
    /// A command of its own; `sent`: how many of its writes were read.
    Command { id: String, sent: usize },
    /// The first process of a container; `once`: whether its input ends with the one who writes to it.
    Container { attached: Attached, once: bool },
}

impl Process {
    /// Starts what is not running yet.
    ///
    /// # Errors
    /// What runc says.
    pub(super) fn start(&self, world: &mut World) -> Result<(), String> {
        match self {
            Self::Command { id, .. } => Exec::start(world, id)
                .map_err(|why| format!("failed to start exec {id:?}: OCI runtime exec failed: {why}")),
            Self::Container { .. } => Ok(()),
        }
    }

    /// What it wrote since last time (1 or 2, and what), and its exit code, from its end on.
    pub(super) fn read(&mut self, world: &World) -> (Vec<(u8, Vec<u8>)>, Option<i32>) {
        match self {
            Self::Command { id, sent } => {
                let Some(exec) = world.hosts.exec(id) else { return (Vec::new(), Some(137)) };
                let output = exec.output.get(*sent..).unwrap_or_default().to_vec();
                *sent += output.len();
                (output, exec.exit_code)
            }
            Self::Container { attached, .. } => {
                let output = attached.read(world);
                // Whoever is attached learns that it ended, and not how.
                (output, attached.exit_code(world).map(|_| 0))
            }
        }
    }

    /// Writes to its standard input; nothing at all closes it.
    pub(super) fn input(&self, world: &mut World, bytes: &[u8]) {
        match self {
            Self::Command { id, .. } => host::exec_input(world, id, bytes),
            // Others may attach later and write more.
            Self::Container { once: false, .. } if bytes.is_empty() => {}
            Self::Container { attached, .. } => attached.input(world, bytes),
        }
    }

    /// The client is gone.
    pub(super) fn left(&self, shared: &Shared) {
        shared.with(|world| self.input(world, b""));
    }
}
