//! What processes read from and write to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use super::process::{self, SIGPIPE};
use super::sys::{Me, Sys, files, lock};
use crate::sandbox::World;

/// As much as a pipe holds before its writers wait (Linux's).
const PIPE: usize = 65_536;

/// An open stream.
#[derive(Clone)]
pub(super) enum Fd {
    /// `/dev/null`.
    Null,
    /// The end of a pipe that is read.
    Reader(Arc<Reader>),
    /// The end of a pipe that is written.
    Writer(Arc<Writer>),
    /// A container's log; the stream is `stdout` or `stderr`.
    Log { container: Arc<str>, stream: &'static str },
    /// What a command that was begun from outside writes; 1 or 2.
    Exec { id: Arc<str>, stream: u8 },
    /// The node container's own log.
    NodeLog(u8),
    /// The journal, as a service's output.
    Journal { unit: usize, ident: &'static str },
    /// A file that is written at its end.
    File(Arc<str>),
    /// The other end of a connection, outside of the hosts.
    Outside(Arc<Outside>),
    /// What is left to read of a file.
    Text(Arc<Mutex<VecDeque<u8>>>),
}

#[derive(Default)]
struct Buffer {
    bytes: VecDeque<u8>,
    waiting: Vec<Me>,
    wakes: Arc<Mutex<Vec<Me>>>,
    readers: bool,
    writers: bool,
}

impl Buffer {
    fn wake(&mut self) {
        lock(&self.wakes).append(&mut self.waiting);
    }
}

/// The end of a pipe that is read; dropping the last one closes it.
pub(super) struct Reader(Arc<Mutex<Buffer>>);

/// The end of a pipe that is written; dropping the last one closes it.
pub(super) struct Writer(Arc<Mutex<Buffer>>);

impl Drop for Reader {
    fn drop(&mut self) {
        let mut buffer = lock(&self.0);
        buffer.readers = false;
        buffer.wake();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let mut buffer = lock(&self.0);
        buffer.writers = false;
        buffer.wake();
    }
}

/// A new pipe: what is written to the second is read from the first.
pub(super) fn pipe(world: &World) -> (Arc<Reader>, Arc<Writer>) {
    let buffer = Buffer { readers: true, writers: true, wakes: world.hosts.wakes.clone(), ..Buffer::default() };
    let buffer = Arc::new(Mutex::new(buffer));
    (Arc::new(Reader(buffer.clone())), Arc::new(Writer(buffer)))
}

/// What went out to a client; dropping what writes to it ends it.
pub(super) struct Outside {
    received: Arc<Mutex<Vec<u8>>>,
    activity: tokio::sync::watch::Sender<u64>,
}

impl Drop for Outside {
    fn drop(&mut self) {
        // Whoever is told finds that nobody else holds what was received.
        self.received = Arc::default();
        self.activity.send_modify(|count| *count += 1);
    }
}

/// A stream for what is written to somebody outside, and where they find it: it has ended when nobody shares it.
pub(super) fn outside(world: &World) -> (Fd, Arc<Mutex<Vec<u8>>>) {
    let received = Arc::<Mutex<Vec<u8>>>::default();
    let outside = Outside { received: received.clone(), activity: world.hosts.activity.clone() };
    (Fd::Outside(Arc::new(outside)), received)
}

impl Writer {
    /// Writes from outside, without waiting.
    pub(super) fn push(&self, bytes: &[u8]) {
        let mut buffer = lock(&self.0);
        buffer.bytes.extend(bytes);
        buffer.wake();
    }
}

impl Fd {
    /// Up to `most` bytes; none at the end. Waits for the first.
    pub(super) async fn read(self, sys: &Sys, most: usize) -> Vec<u8> {
        sys.wait_for(move |world, me| self.poll(world, me, most)).await
    }

    /// Likewise, for who waits for more than this: it runs again when there is something to read.
    pub(super) fn poll(&self, world: &World, me: Me, most: usize) -> Poll<Vec<u8>> {
        match self {
            Self::Reader(reader) => {
                let mut buffer = lock(&reader.0);
                if !buffer.bytes.is_empty() {
                    let count = buffer.bytes.len().min(most);
                    let some = buffer.bytes.drain(..count).collect();
                    buffer.wake();
                    return Poll::Ready(some);
                }
                let signalled =
                    world.hosts.nodes[me.node].processes.get(&me.pid).is_some_and(|p| !p.pending.is_empty());
                if !buffer.writers || signalled {
                    return Poll::Ready(Vec::new());
                }
                buffer.waiting.push(me);
                Poll::Pending
            }
            Self::Text(text) => {
                let mut text = lock(text);
                let count = text.len().min(most);
                Poll::Ready(text.drain(..count).collect())
            }
            _ => Poll::Ready(Vec::new()),
        }
    }

    /// Writes all; where nobody reads, the process dies of SIGPIPE.
    pub(super) async fn write(self, sys: &Sys, bytes: Vec<u8>) {
        if bytes.is_empty() || matches!(self, Self::Null) {
            return;
        }
        let mut rest = VecDeque::from(bytes);
        sys.wait_for(move |world, me| match &self {
            Self::Writer(writer) => {
                let mut buffer = lock(&writer.0);
                if !buffer.readers {
                    drop(buffer);
                    process::signal(world, me, SIGPIPE);
                    // A shell that ignores the signal goes on.
                    return Poll::Ready(());
                }
                let room = PIPE.saturating_sub(buffer.bytes.len()).min(rest.len());
                buffer.bytes.extend(rest.drain(..room));
                if room > 0 {
                    buffer.wake();
                }
                if rest.is_empty() {
                    return Poll::Ready(());
                }
                buffer.waiting.push(me);
                Poll::Pending
            }
            other => {
                other.put(world, me, rest.make_contiguous());
                Poll::Ready(())
            }
        })
        .await;
    }

    /// Writes at once to what never is full.
    fn put(&self, world: &mut World, me: Me, bytes: &[u8]) {
        match self {
            Self::Log { container, stream } => super::runtime::log(world, me.node, container, stream, bytes),
            Self::Exec { id, stream } => {
                if let Some(exec) = world.hosts.execs.get_mut(&**id) {
                    exec.output.push((*stream, bytes.to_vec()));
                }
                world.hosts.active();
            }
            Self::NodeLog(stream) => {
                let now = world.now();
                world.hosts.nodes[me.node].log.push((now, *stream, bytes.to_vec()));
                world.hosts.active();
            }
            Self::Journal { unit, ident } => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                super::systemd::log(world, me.node, *unit, (ident, me.pid), &text);
            }
            Self::File(path) => {
                let now = world.now();
                files(world, me).append(path, bytes, now);
            }
            Self::Outside(outside) => {
                lock(&outside.received).extend(bytes);
                world.hosts.active();
            }
            Self::Null | Self::Reader(_) | Self::Writer(_) | Self::Text(_) => {}
        }
    }
}
