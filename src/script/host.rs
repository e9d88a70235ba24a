//! What stands around a running script: its runtime, clock, deadlines, output, and the one place that blocks.

use std::cell::OnceCell;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::{Block, Claim, Piece, Sources, Stop, memory};
use crate::client::{Failure, FailureKind, Secrets};
use crate::clock::Clock;

/// What surrounds a script. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    runtime: Handle,
    clock: Arc<dyn Clock>,
    interrupt: Mutex<CancellationToken>,
    deadlines: Mutex<Vec<Deadline>>,
    next_deadline: AtomicU64,
    output: Mutex<Vec<Piece>>,
    waiting: Mutex<Option<Waiting>>,
    claims: Mutex<Vec<Claim>>,
    sources: Sources,
    secrets: Mutex<Arc<Secrets>>,
    /// Whether there is a [`Stop`]: what a running loop looks at, at each of its steps.
    stopped: AtomicBool,
    /// Cancelled when the running script has taken more memory than it may.
    memory_spent: Mutex<CancellationToken>,
}

/// A moment on the cluster's clock by which the running code has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// Tells deadlines apart: whoever set one recognizes its own.
    pub id: u64,
    /// Against [`Clock::elapsed`].
    pub at: Duration,
    /// How long it was given.
    pub given: Duration,
    /// Whose limit it is, where nobody within the script looks out for it.
    pub limit: Option<Limit>,
}

/// Whose limit a deadline is, and who set it: for the error when it has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// As in `the limit of this cell`.
    pub of: &'static str,
    /// As in `set by --timeout`.
    pub set: &'static str,
    /// What gives more time.
    pub hint: &'static str,
}

/// What a script waits for just now; for the progress line.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// As in `wait_until(|| node::ready(worker))` or `sleep`.
    pub what: String,
    /// Since when, against [`Clock::elapsed`].
    pub since: Duration,
    /// Until when at the latest, against [`Clock::elapsed`].
    pub until: Option<Duration>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

impl Host {
    /// A host on this runtime and clock. Scripts must run on a thread that is not one of the runtime's workers.
    pub fn new(runtime: Handle, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            runtime,
            clock,
            interrupt: Mutex::default(),
            deadlines: Mutex::default(),
            next_deadline: AtomicU64::new(1),
            output: Mutex::default(),
            waiting: Mutex::default(),
            claims: Mutex::default(),
            sources: Sources::default(),
            secrets: Mutex::default(),
            stopped: AtomicBool::new(false),
            memory_spent: Mutex::default(),
        }))
    }

    /// The cluster's clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The sources that were run, so that a position leads back to its line.
    pub fn sources(&self) -> &Sources {
        &self.0.sources
    }

    /// Hides these secrets in what scripts show and say from now on.
    pub fn hide(&self, secrets: Arc<Secrets>) {
        *lock(&self.0.secrets) = secrets;
    }

    /// `text` as it may be shown: with the secrets that were met hidden.
    pub fn mask(&self, text: &str) -> String {
        let secrets = Arc::clone(&lock(&self.0.secrets));
        secrets.mask(text)
    }

    /// The async runtime that bindings run on.
    pub fn runtime(&self) -> &Handle {
        &self.0.runtime
    }

    /// Runs a binding's future to its end: the one place where a script blocks.
    ///
    /// # Errors
    /// The future's own failure, [`FailureKind::Interrupted`] on Ctrl-C, [`FailureKind::Timeout`] past a deadline.
    pub fn block_on<T>(&self, future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let interrupt = lock(&self.0.interrupt).clone();
        let memory = lock(&self.0.memory_spent).clone();
        let nearest = lock(&self.0.deadlines).iter().copied().min_by_key(|deadline| deadline.at);
        let clock = Arc::clone(&self.0.clock);
        let ended = OnceCell::new();
        let waited = async {
            let passed = async {
                match nearest {
                    Some(deadline) => clock.sleep(deadline.at.saturating_sub(clock.elapsed())).await,
                    None => std::future::pending().await,
                }
            };
            let end = tokio::select! {
                biased;
                () = interrupt.cancelled() => Err(Failure::new(FailureKind::Interrupted, "interrupted")),
                () = memory.cancelled() => Err(Failure::new(FailureKind::Interrupted, "too much memory")),
                done = future => done,
                () = passed => Err(Failure::new(FailureKind::Timeout, "timed out")),
            };
            let _ = ended.set(end);
        };
        self.0.runtime.block_on(self.0.clock.while_waiting(Box::pin(waited)));
        // The clock hands back what it was given, which ends only once this is set.
        ended.into_inner().unwrap_or_else(|| Err(Failure::new(FailureKind::Interrupted, "interrupted")))
    }

    /// Interrupts what runs, as Ctrl-C does; lasts until [`Host::reset_interrupt`].
    pub fn interrupt(&self) {
        lock(&self.0.interrupt).cancel();
        self.look();
    }

    /// Whether [`Host::interrupt`] was called.
    pub fn is_interrupted(&self) -> bool {
        lock(&self.0.interrupt).is_cancelled()
    }

    /// The token that [`Host::interrupt`] cancels, for tasks beside the script.
    pub fn interrupt_token(&self) -> CancellationToken {
        lock(&self.0.interrupt).clone()
    }

    /// Lets scripts run again after an interrupt: for cleanup cells, and the next line of a REPL.
    pub fn reset_interrupt(&self) {
        *lock(&self.0.interrupt) = CancellationToken::new();
        self.look();
    }

    /// Sets a deadline from now; [`Host::pop_deadline`] takes it away. Whoever sets it looks out for it.
    pub fn push_deadline(&self, given: Duration) -> Deadline {
        self.push(self.0.clock.elapsed() + given, given, None)
    }

    /// Sets a deadline at `at` on [`Clock::elapsed`] for all that runs until [`Host::pop_deadline`]. `given` is the whole
    /// time, of which some may have passed.
    pub fn push_limit(&self, at: Duration, given: Duration, limit: Limit) -> Deadline {
        self.push(at, given, Some(limit))
    }

    fn push(&self, at: Duration, given: Duration, limit: Option<Limit>) -> Deadline {
        let id = self.0.next_deadline.fetch_add(1, Ordering::Relaxed);
        let deadline = Deadline { id, at, given, limit };
        lock(&self.0.deadlines).push(deadline);
        deadline
    }

    /// Takes a deadline away.
    pub fn pop_deadline(&self, id: u64) {
        lock(&self.0.deadlines).retain(|deadline| deadline.id != id);
        self.look();
    }

    /// Takes away the deadlines that running code has set for itself: it did not get to it.
    pub(super) fn end_own_deadlines(&self) {
        lock(&self.0.deadlines).retain(|deadline| deadline.limit.is_some());
        self.look();
    }

    /// The earliest deadline that has passed, if any.
    pub fn passed_deadline(&self) -> Option<Deadline> {
        let now = self.0.clock.elapsed();
        lock(&self.0.deadlines).iter().copied().filter(|deadline| deadline.at <= now).min_by_key(|deadline| deadline.at)
    }

    /// Why running code has to stop, if it has to.
    pub fn stop(&self) -> Option<Stop> {
        if self.is_interrupted() {
            return Some(Stop::Interrupted);
        }
        let memory = lock(&self.0.memory_spent).is_cancelled().then_some(Stop::Memory);
        self.passed_deadline().map(Stop::Deadline).or(memory)
    }

    /// Whether there was a [`Stop`] when somebody last looked: cheap enough for each step of a loop.
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Relaxed)
    }

    /// Looks at deadlines and memory every few milliseconds while a script runs, until the guard is dropped.
    pub(super) fn watch(&self) -> Watch {
        self.look();
        let host = self.clone();
        let spent = lock(&self.0.memory_spent).clone();
        let task = self.0.runtime.spawn(async move {
            // Not on the script's own thread, which has better to do than to read files.
            let before = memory::used();
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                if memory::used() > before.saturating_add(memory::LIMIT) {
                    spent.cancel();
                }
                host.look();
            }
        });
        Watch { host: self.clone(), task }
    }

    fn look(&self) {
        self.0.stopped.store(self.stop().is_some(), Ordering::Relaxed);
    }

    /// Notes a claim that was proved or failed, with secrets hidden.
    pub fn note_claim(&self, claim: Claim) {
        let evidence = claim.evidence.map(|evidence| self.mask(&evidence));
        lock(&self.0.claims).push(Claim { text: self.mask(&claim.text), evidence, ..claim });
    }

    /// Takes the claims of the cells that ran so far.
    pub fn take_claims(&self) -> Vec<Claim> {
        std::mem::take(&mut lock(&self.0.claims))
    }

    /// Adds a line to the running cell's output.
    pub fn print(&self, line: &str) {
        let mut output = lock(&self.0.output);
        if let Some(Piece::Text(text)) = output.last_mut() {
            text.push_str(line);
            text.push('\n');
        } else {
            output.push(Piece::Text(format!("{line}\n")));
        }
    }

    /// Adds a piece to the running cell's output; text must end with a newline.
    pub fn show(&self, piece: Piece) {
        let mut output = lock(&self.0.output);
        match (output.last_mut(), piece) {
            (Some(Piece::Text(text)), Piece::Text(more)) => text.push_str(&more),
            (_, piece) => output.push(piece),
        }
    }

    /// Takes what the cell has shown so far, with secrets hidden: this is where a script's output leaves for people.
    pub fn take_output(&self) -> Vec<Piece> {
        let output = std::mem::take(&mut *lock(&self.0.output));
        output
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => Piece::Text(self.mask(&text)),
                Piece::Block(block) => Piece::Block(Block { text: self.mask(&block.text), ..block }),
            })
            .collect()
    }

    /// Says what the script waits for, or none.
    pub fn set_waiting(&self, waiting: Option<Waiting>) {
        *lock(&self.0.waiting) = waiting;
    }

    /// What the script waits for just now.
    pub fn waiting(&self) -> Option<Waiting> {
        lock(&self.0.waiting).clone()
    }
}

/// How often deadlines and memory are looked at while code runs that blocks nowhere.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Looks after a running script until it is dropped.
pub(super) struct Watch {
    host: Host,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
        // The next script, and what undoes, begin with what there is then.
        *lock(&self.host.0.memory_spent) = CancellationToken::new();
        self.host.look();
    }
}

/// None of these values is ever left half changed, so a panic elsewhere cannot have broken it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
