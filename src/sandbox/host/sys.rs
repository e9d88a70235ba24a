//! How programs run: each is a future that is polled between its questions to the world.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::fd::Fd;
use super::files::Files;
use super::proc;
use super::process::{self, Process};
use crate::sandbox::World;

/// A process: where and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Me {
    pub node: usize,
    pub pid: u32,
}

type Request = Box<dyn FnMut(&mut World, Me) -> bool + Send>;
type Mailbox = Arc<Mutex<Option<Request>>>;

/// What runs in a process; its end is the exit code.
pub(super) type Program = Pin<Box<dyn Future<Output = i32> + Send>>;

/// A program in its process.
pub(super) struct Task {
    program: Program,
    mailbox: Mailbox,
}

/// A program's hold on the world.
#[derive(Clone)]
pub struct Sys {
    mailbox: Mailbox,
    /// What the process reads and writes.
    pub(super) io: Io,
    /// How many commands ran since the last that took time.
    ticks: Arc<std::sync::atomic::AtomicU32>,
}

/// Standard input, output and error.
#[derive(Clone)]
pub(super) struct Io {
    pub stdin: Fd,
    pub stdout: Fd,
    pub stderr: Fd,
}

impl Io {
    /// Nothing to read, nowhere to write.
    pub(super) fn null() -> Self {
        Self { stdin: Fd::Null, stdout: Fd::Null, stderr: Fd::Null }
    }
}

/// Commands that may run in one go, and how long they take together: a loop that never sleeps costs an event a second.
const BURST: u32 = 5_000;

impl Task {
    /// Prepares a program.
    pub(super) fn new<F>(io: Io, program: impl FnOnce(Sys) -> F) -> Self
    where
        F: Future<Output = i32> + Send + 'static,
    {
        let mailbox = Mailbox::default();
        let sys = Sys { mailbox: mailbox.clone(), io, ticks: Arc::default() };
        Self { program: Box::pin(program(sys)), mailbox }
    }
}

impl Sys {
    /// The same process with other streams.
    pub(super) fn with_io(&self, io: Io) -> Self {
        Self { io, ..self.clone() }
    }

    /// Asks until there is an answer; the process sleeps in between and is woken by what concerns it.
    pub(super) async fn wait_for<T: Send + 'static>(
        &self,
        mut ask: impl FnMut(&mut World, Me) -> Poll<T> + Send + 'static,
    ) -> T {
        let slot = Arc::new(Mutex::new(None));
        let answer = slot.clone();
        let request: Request = Box::new(move |world, me| match ask(world, me) {
            Poll::Ready(value) => {
                *lock(&answer) = Some(value);
                true
            }
            Poll::Pending => false,
        });
        *lock(&self.mailbox) = Some(request);
        poll_fn(move |_| lock(&slot).take().map_or(Poll::Pending, Poll::Ready)).await
    }

    /// Does something in the world.
    pub(super) async fn with<T: Send + 'static>(&self, ask: impl FnOnce(&mut World, Me) -> T + Send + 'static) -> T {
        let mut ask = Some(ask);
        self.wait_for(move |world, me| ask.take().map_or(Poll::Pending, |ask| Poll::Ready(ask(world, me)))).await
    }

    /// Something of this process.
    pub(super) async fn process<T: Send + 'static>(&self, of: impl FnOnce(&mut Process) -> T + Send + 'static) -> T {
        // A process that runs is in its table.
        let mut of = Some(of);
        self.wait_for(move |world, me| match (world.hosts.nodes[me.node].processes.get_mut(&me.pid), of.take()) {
            (Some(process), Some(of)) => Poll::Ready(of(process)),
            _ => Poll::Pending,
        })
        .await
    }

    /// The files that this process sees.
    pub(super) async fn files<T: Send + 'static>(
        &self,
        of: impl FnOnce(&mut Files, jiff::Timestamp) -> T + Send + 'static,
    ) -> T {
        self.with(move |world, me| {
            let now = world.now();
            proc::with_files(world, me, |files| of(files, now))
        })
        .await
    }

    /// Lets virtual time pass. False when a signal ended the sleep early.
    pub(super) async fn sleep(&self, duration: Duration) -> bool {
        self.ticks.store(0, std::sync::atomic::Ordering::Relaxed);
        self.with(move |world, me| process::set_timer(world, me, duration)).await;
        self.wait_for(|world, me| {
            let Some(process) = world.hosts.nodes[me.node].processes.get_mut(&me.pid) else { return Poll::Pending };
            if process.timer.is_none() {
                return Poll::Ready(true);
            }
            if process.pending.is_empty() {
                return Poll::Pending;
            }
            process::clear_timer(world, me);
            Poll::Ready(false)
        })
        .await
    }

    /// Waits for ever: for signals.
    pub(super) async fn forever(&self) -> i32 {
        self.wait_for(|_, _| Poll::Pending).await
    }

    /// Counts a command; from time to time it takes time.
    pub(super) async fn tick(&self) {
        if self.ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= BURST {
            self.sleep(Duration::from_secs(1)).await;
            self.process(|process| process.cpu += Duration::from_secs(1)).await;
        }
    }

    /// Writes to standard output; an error (no reader) ends the program as SIGPIPE does.
    pub(super) async fn out(&self, text: impl AsRef<[u8]>) {
        self.io.stdout.clone().write(self, text.as_ref().to_vec()).await;
    }

    /// Writes to standard error.
    pub(super) async fn err(&self, text: impl AsRef<[u8]>) {
        self.io.stderr.clone().write(self, text.as_ref().to_vec()).await;
    }

    /// Some bytes of standard input; none at its end.
    pub(super) async fn read(&self) -> Vec<u8> {
        self.io.stdin.clone().read(self, usize::MAX).await
    }

    /// All of standard input.
    pub(super) async fn read_all(&self) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let some = self.read().await;
            if some.is_empty() {
                return all;
            }
            all.extend(some);
        }
    }
}

/// The files that a process sees: its container's or its node's.
pub(super) fn files(world: &mut World, me: Me) -> &mut Files {
    let node = &mut world.hosts.nodes[me.node];
    let container = node.processes.get(&me.pid).and_then(|process| process.container.clone());
    match container {
        Some(id) if node.containers.contains_key(&id) => {
            node.containers.get_mut(&id).map_or(&mut node.files, |container| &mut container.files)
        }
        _ => &mut node.files,
    }
}

/// Has a process run again, as soon as those before it have.
pub(super) fn wake(world: &mut World, me: Me) {
    world.hosts.ready.push_back(me);
}

/// Runs all that can run now. To be called at the end of whatever made something runnable.
pub(super) fn drive(world: &mut World) {
    if std::mem::replace(&mut world.hosts.driving, true) {
        return;
    }
    loop {
        let woken = std::mem::take(&mut *lock(&world.hosts.wakes));
        world.hosts.ready.extend(woken);
        let Some(me) = world.hosts.ready.pop_front() else { break };
        step(world, me);
    }
    world.hosts.driving = false;
}

/// Runs one process until it waits or ends.
fn step(world: &mut World, me: Me) {
    let node = &mut world.hosts.nodes[me.node];
    let frozen = node.is_frozen();
    let Some(process) = node.processes.get_mut(&me.pid) else { return };
    if frozen || process.stopped {
        process.deferred = true;
        return;
    }
    let Some(mut task) = process.task.take() else { return };
    loop {
        let request = lock(&task.mailbox).take();
        if let Some(mut request) = request {
            if !request(world, me) {
                *lock(&task.mailbox) = Some(request);
                // It may have ended itself.
                if let Some(process) = world.hosts.nodes[me.node].processes.get_mut(&me.pid)
                    && process.exit.is_none()
                {
                    process.task = Some(task);
                }
                return;
            }
            let alive = world.hosts.nodes[me.node].processes.get(&me.pid).is_some_and(|process| process.exit.is_none());
            if !alive {
                return;
            }
        }
        if let Poll::Ready(code) = task.program.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            drop(task);
            process::ended(world, me, code & 0xff);
            return;
        }
    }
}

/// A lock whose holder cannot have panicked halfway through anything that matters.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
