//! Takes changes back: nodes first, because what runs on them can only go once they answer, then all else, the last
//! first.
//!
//! - `leaving`: objects that are deleted and may take their time
//! - `objects`, `merge`: objects that are created again, or get back what the run has changed
//! - `keys`: etcd
//! - `node`: containers and their kubelets

mod keys;
mod leaving;
mod merge;
mod node;
mod objects;
mod words;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::{Entry, Inverse, Journal};
use crate::client::Failure;
use crate::client::docker::Docker;
use crate::client::etcd::Etcd;
use crate::client::k8s::K8s;
use crate::clock::Clock;
use leaving::Leaving;

/// How long a layer may fail to answer, as an API server does whose container has just been started again.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long one command that was registered with `undo` may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(180);
/// How long the object that has to go first may take, where another of its name is to be created again.
const BLOCKED: Duration = Duration::from_secs(120);
/// How often it is looked whether objects are gone.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Runs command lines that a script has registered with `undo`.
pub trait Commands: Sync {
    /// Runs one.
    fn run<'a>(&'a self, command: &'a str) -> BoxFuture<'a, Result<(), Failure>>;
}

/// The layers in which changes are taken back; nobody notes what is done through them.
#[derive(Debug)]
pub struct Touched {
    /// The Kubernetes API.
    pub k8s: K8s,
    /// Docker Engine, or why it cannot be reached.
    pub docker: Result<Docker, Failure>,
    /// etcd, or why it cannot be reached.
    pub etcd: Result<Etcd, Failure>,
    /// The cluster's clock.
    pub clock: Arc<dyn Clock>,
}

/// A change that could not be taken back.
#[derive(Debug, Clone)]
pub struct Left {
    /// What failed: `undo failed: …`.
    pub message: String,
    /// What to do about it.
    pub mend: String,
}

/// Takes back what the journal holds; `tell` hears of each change that this makes. What could not be taken back is
/// returned, and stays in the journal.
pub async fn undo(
    journal: &Journal,
    touched: &Touched,
    commands: &dyn Commands,
    tell: &(dyn Fn(&str) + Sync),
) -> Vec<Left> {
    let mut undo = Undo::of(journal, touched, commands, tell);
    let mut left = undo.nodes().await;
    left.extend(undo.others().await);
    left
}

/// Brings back the nodes alone, as long as nothing else can be reached.
pub async fn undo_nodes(
    journal: &Journal,
    touched: &Touched,
    commands: &dyn Commands,
    tell: &(dyn Fn(&str) + Sync),
) -> Vec<Left> {
    Undo::of(journal, touched, commands, tell).nodes().await
}

struct Undo<'a> {
    journal: &'a Journal,
    touched: &'a Touched,
    commands: &'a dyn Commands,
    tell: &'a (dyn Fn(&str) + Sync),
    leaving: Vec<Leaving>,
    /// Entries that failed.
    given_up: HashSet<u64>,
}

/// What became of an entry for now.
enum Step {
    Done,
    /// It goes on by itself; see [`Undo::leaving`].
    Leaving(Leaving),
    /// Something else has to go first.
    Blocked,
}

impl<'a> Undo<'a> {
    /// Nothing is noted from here on: what undoes is not undone.
    fn of(
        journal: &'a Journal,
        touched: &'a Touched,
        commands: &'a dyn Commands,
        tell: &'a (dyn Fn(&str) + Sync),
    ) -> Self {
        journal.close();
        Self { journal, touched, commands, tell, leaving: Vec::new(), given_up: HashSet::new() }
    }

    /// Commands for Docker, then what they have left of the nodes' changes.
    async fn nodes(&mut self) -> Vec<Left> {
        let mut left = Vec::new();
        let pending = self.journal.pending();
        let (commands, nodes): (Vec<&Entry>, Vec<&Entry>) = pending
            .iter()
            .filter(|entry| match &entry.inverse {
                Inverse::Command { command } => command.starts_with("docker "),
                inverse => matches!(inverse, Inverse::Node(_)),
            })
            .partition(|entry| matches!(entry.inverse, Inverse::Command { .. }));
        let mut again = Vec::new();
        for entry in commands {
            if self.command(entry).await.is_err() {
                again.push(entry);
            }
        }
        for entry in nodes {
            if let Inverse::Node(node) = &entry.inverse {
                let ended = self.node(node).await;
                left.extend(self.end(entry, ended));
            }
        }
        // A command cannot run in a node that does not run.
        for entry in again {
            let ended = self.command(entry).await;
            left.extend(self.end(entry, ended));
        }
        left
    }

    async fn others(&mut self) -> Vec<Left> {
        let mut left = Vec::new();
        let mut blocked_since = None;
        loop {
            let begun: HashSet<u64> = self.leaving.iter().map(|leaving| leaving.n).collect();
            let mut blocked = false;
            for entry in self.journal.pending() {
                if begun.contains(&entry.n) || self.given_up.contains(&entry.n) {
                    continue;
                }
                match self.begin(&entry).await {
                    Ok(Step::Leaving(leaving)) => self.leaving.push(leaving),
                    Ok(Step::Done) => self.journal.done(entry.n),
                    Ok(Step::Blocked) => {
                        let now = self.touched.clock.elapsed();
                        let since = *blocked_since.get_or_insert(now);
                        if now.saturating_sub(since) < BLOCKED {
                            // Those before it may be about the same object.
                            blocked = true;
                            break;
                        }
                        let failure = Failure::answer("what has its name is still being deleted");
                        left.extend(self.end(&entry, Err(failure)));
                    }
                    Err(failure) => left.extend(self.end(&entry, Err(failure))),
                }
                blocked_since = None;
            }
            left.extend(self.look_after_leaving().await);
            let more = self.journal.pending().iter().any(|entry| {
                !self.given_up.contains(&entry.n) && !self.leaving.iter().any(|leaving| leaving.n == entry.n)
            });
            if !more && !blocked && self.leaving.is_empty() {
                return left;
            }
            self.touched.clock.sleep(LOOK_EVERY).await;
        }
    }

    async fn begin(&self, entry: &Entry) -> Result<Step, Failure> {
        match &entry.inverse {
            Inverse::Delete { path, finalizers, template_finalizers } => {
                let leaving = Leaving::new(entry.n, path, finalizers, template_finalizers, &*self.touched.clock);
                self.begin_to_leave(leaving).await
            }
            Inverse::DeleteGenerated { collection, prefix, others, finalizers } => {
                self.find_generated(collection, prefix, others, finalizers).await.map(|()| Step::Done)
            }
            Inverse::Restore { path, subresource, before } => {
                let restored = self.restore(path, subresource.as_deref(), before, entry.became.as_ref()).await;
                restored.map(|()| Step::Done)
            }
            Inverse::Create { path, object } => self.create(path, object).await,
            Inverse::Put { key, value, missing } => self.put_key(key, value, *missing).await.map(|()| Step::Done),
            Inverse::DeleteKey { key } => self.delete_key(key).await.map(|()| Step::Done),
            Inverse::Command { .. } => self.command(entry).await.map(|()| Step::Done),
            Inverse::Node(node) => self.node(node).await.map(|()| Step::Done),
        }
    }

    /// Runs a command; see [`Commands`].
    async fn command(&self, entry: &Entry) -> Result<(), Failure> {
        let Inverse::Command { command } = &entry.inverse else { return Ok(()) };
        (self.tell)(&format!("undo: {command}"));
        let ran = tokio::time::timeout(COMMAND_TIMEOUT, self.commands.run(command)).await;
        ran.unwrap_or_else(|_| Err(Failure::answer(format!("took longer than {} s", COMMAND_TIMEOUT.as_secs()))))?;
        self.journal.done(entry.n);
        Ok(())
    }

    /// Ends an entry.
    fn end(&mut self, entry: &Entry, ended: Result<(), Failure>) -> Option<Left> {
        match ended {
            Ok(()) => {
                self.journal.done(entry.n);
                None
            }
            Err(failure) => {
                self.given_up.insert(entry.n);
                Some(words::left(&entry.inverse, &failure))
            }
        }
    }

    /// Asks again while a layer does not answer.
    async fn patiently<T, F: Future<Output = Result<T, Failure>>>(&self, ask: impl Fn() -> F) -> Result<T, Failure> {
        let begun = self.touched.clock.elapsed();
        let mut pause = Duration::from_millis(100);
        loop {
            match ask().await {
                Err(failure)
                    if failure.is_transient() && self.touched.clock.elapsed().saturating_sub(begun) < PATIENCE =>
                {
                    self.touched.clock.sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                answer => return answer,
            }
        }
    }
}
