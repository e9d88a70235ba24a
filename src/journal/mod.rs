//! What undoes a run's changes, on disk before each of them.
//!
//! - [`Journal`]: the entries of one run, each with its inverse
//! - `line`, `file`: what they look like on disk
//! - [`folder`]: where journals are, and which there are
//! - [`ClusterLock`]: one run on a cluster at a time
//! - [`Recording`]: hears of each change from the clients, and adds what takes it back
//! - [`undo`](undo()): takes them back, the last first
//! - [`Inventory`]: the cluster before a run and after it

mod file;
pub mod folder;
mod inventory;
mod line;
mod lock;
mod place;
mod record;
#[cfg(test)]
mod tests;
mod undo;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use inventory::{Difference, Inventory};
pub use line::{Attachment, Header, Inverse, NodeState};
pub use lock::{ClusterLock, Holder};
pub use record::Recording;
pub use undo::{Commands, Left, Touched, undo, undo_nodes};

use crate::client::Failure;
use file::JournalFile;
use line::Line;
use place::{Place, Target};
use serde_json::Value;

/// The changes of one run, with what takes them back. Cheap to clone; all clones are one. The default one is kept in
/// memory alone.
#[derive(Debug, Clone, Default)]
pub struct Journal(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    storage: Storage,
    header: Option<Header>,
    inventory: Option<Inventory>,
    entries: Vec<Entry>,
    created: HashSet<Place>,
    /// Numbers of lines that nobody can read.
    damaged: Vec<usize>,
    closed: bool,
}

/// Where the entries are.
#[derive(Debug, Default)]
enum Storage {
    #[default]
    Memory,
    /// On disk once there is one: a run that changes nothing leaves no file.
    Planned(PathBuf),
    Disk(JournalFile),
}

/// A change with what takes it back.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Counts entries from 1.
    pub n: u64,
    /// What takes it back.
    pub inverse: Inverse,
    /// What an object was right after the change, where that is known.
    pub became: Option<Value>,
    done: bool,
}

impl Journal {
    /// A journal at `path`, made with its first entry. Its folder will be for this user alone.
    pub fn planned(path: PathBuf, header: Header) -> Self {
        let state = State { storage: Storage::Planned(path), header: Some(header), ..State::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Opens a journal that was left behind. None: the process that writes it lives.
    ///
    /// # Errors
    /// A file that cannot be opened, or that is no journal of this version's.
    pub fn open(path: &Path) -> Result<Option<Self>, Failure> {
        let failed = |error: std::io::Error| Failure::usage(format!("cannot open {}: {error}", path.display()));
        let Some((file, contents)) = JournalFile::open(path).map_err(failed)? else { return Ok(None) };
        let mut state = State { damaged: contents.damaged, ..State::default() };
        for line in contents.lines {
            state.take(line);
        }
        if state.header.as_ref().is_some_and(|header| header.format != line::FORMAT) {
            return Err(Failure::usage(format!("{}: written by another version of kpnb", path.display())));
        }
        state.storage = Storage::Disk(file);
        Ok(Some(Self(Arc::new(Mutex::new(state)))))
    }

    /// Whether it will never be on disk.
    pub(super) fn is_in_memory(&self) -> bool {
        matches!(self.lock().storage, Storage::Memory)
    }

    /// What it is about; none for one in memory, or one that broke off before its first line was whole.
    pub fn header(&self) -> Option<Header> {
        self.lock().header.clone()
    }

    /// Keeps the cluster as it was before the run, for comparison.
    pub fn set_inventory(&self, inventory: Inventory) {
        self.lock().inventory = Some(inventory);
    }

    /// The cluster as it was before the run.
    pub fn inventory(&self) -> Option<Inventory> {
        self.lock().inventory.clone()
    }

    /// Lines in its midst that nobody can read.
    pub fn damaged(&self) -> Vec<usize> {
        self.lock().damaged.clone()
    }

    /// Registers a command line that undoes a change, before the change is made.
    ///
    /// # Errors
    /// It cannot be written down.
    pub fn register(&self, command: &str) -> Result<(), Failure> {
        self.add(Inverse::Command { command: command.to_owned() }).map(drop)
    }

    /// Adds what takes a change back, before the change is made. When this returns it is on the disk.
    ///
    /// # Errors
    /// It cannot be written down; the run is over.
    pub fn add(&self, inverse: Inverse) -> Result<u64, Failure> {
        let mut state = self.lock();
        if state.closed {
            return Err(Failure::refused("the run is over: its changes are being undone"));
        }
        state.add(inverse)
    }

    /// As [`Journal::add`], for what undoing changes itself.
    fn add_while_undoing(&self, inverse: Inverse) -> Result<u64, Failure> {
        self.lock().add(inverse)
    }

    /// Notes what an object was right after the change of entry `n`.
    fn became(&self, n: u64, object: Value) {
        let mut state = self.lock();
        if let Storage::Disk(file) = &mut state.storage {
            // Without it, undoing is only less careful with what others have changed since.
            let _ = file.write(&Line::Became { n, object: object.clone() });
        }
        state.take(Line::Became { n, object });
    }

    /// Notes that entry `n` needs nothing any more: it was undone, or its change was refused.
    pub fn done(&self, n: u64) {
        let mut state = self.lock();
        if let Storage::Disk(file) = &mut state.storage {
            // Undoing twice is harmless.
            let _ = file.write(&Line::Done { n });
        }
        state.take(Line::Done { n });
    }

    /// The entries that are to be undone, the last first.
    pub fn pending(&self) -> Vec<Entry> {
        self.lock().entries.iter().rev().filter(|entry| !entry.done).cloned().collect()
    }

    /// How many entries are to be undone.
    pub fn len(&self) -> usize {
        self.lock().entries.iter().filter(|entry| !entry.done).count()
    }

    /// Whether there is nothing to undo.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether anything was changed, undone or not.
    pub fn has_changed(&self) -> bool {
        !self.lock().entries.is_empty()
    }

    /// Refuses further changes: they would escape the undoing that begins now.
    pub fn close(&self) {
        self.lock().closed = true;
    }

    /// Removes the file, when all is undone. Without one there is nothing to do.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&self) -> Result<(), Failure> {
        match &self.lock().storage {
            Storage::Disk(file) => file.remove().map_err(|error| {
                Failure::answer(format!("cannot remove {}: {error}", file.path().display()))
                    .with_hint("all that it names is undone: remove it by hand")
            }),
            Storage::Memory | Storage::Planned(_) => Ok(()),
        }
    }

    /// The command that undoes what is left, where there is anything and it is on disk.
    pub fn recover_command(&self) -> Option<String> {
        let state = self.lock();
        let Storage::Disk(_) = state.storage else { return None };
        let cluster = &state.header.as_ref()?.cluster;
        Some(format!("kpnb recover --cluster {cluster}"))
    }

    /// The inverse of entry `n`.
    fn inverse(&self, n: u64) -> Option<Inverse> {
        self.lock().entries.iter().find(|entry| entry.n == n).map(|entry| entry.inverse.clone())
    }

    /// Whether the run created this object, or the namespace that it is in.
    fn covers(&self, place: &Place) -> bool {
        let state = self.lock();
        let namespace = place.namespace.as_deref().map(Place::of_namespace);
        state.created.contains(place) || namespace.is_some_and(|namespace| state.created.contains(&namespace))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change to it is one step, so a panic elsewhere cannot have broken it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, inverse: Inverse) -> Result<u64, Failure> {
        let n = self.entries.last().map_or(1, |entry| entry.n + 1);
        let line = Line::Entry { n, inverse };
        self.store(&line).map_err(|(path, error)| {
            Failure::refused(format!("the change is not made: it cannot be written to {}: {error}", path.display()))
                .with_hint("kpnb changes only what it can undo; KPNB_STATE names another folder for its journals")
        })?;
        self.take(line);
        Ok(n)
    }

    fn store(&mut self, line: &Line) -> Result<(), (PathBuf, std::io::Error)> {
        if let Storage::Planned(path) = &self.storage {
            let header = self.header.clone().map(Line::Header);
            let inventory = self.inventory.clone().map(Line::Inventory);
            let first: Vec<Line> = header.into_iter().chain(inventory).collect();
            let file = JournalFile::create(path, &first).map_err(|error| (path.clone(), error))?;
            self.storage = Storage::Disk(file);
        }
        let Storage::Disk(file) = &mut self.storage else { return Ok(()) };
        let stored = file.append(line);
        stored.map_err(|error| (file.path().to_owned(), error))
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Header(header) => self.header = Some(header),
            Line::Inventory(inventory) => self.inventory = Some(inventory),
            Line::Entry { n, inverse } => {
                if let Inverse::Delete { path, .. } = &inverse {
                    self.created.extend(place_of(path));
                }
                self.entries.push(Entry { n, inverse, became: None, done: false });
            }
            Line::Became { n, object } => {
                self.entries.iter_mut().filter(|entry| entry.n == n).for_each(|e| e.became = Some(object.clone()));
            }
            Line::Done { n } => {
                for entry in self.entries.iter_mut().filter(|entry| entry.n == n) {
                    entry.done = true;
                    if let Inverse::Delete { path, .. } = &entry.inverse
                        && let Some(place) = place_of(path)
                    {
                        self.created.remove(&place);
                    }
                }
            }
        }
    }
}

fn place_of(path: &str) -> Option<Place> {
    let target = Target::parse(path)?;
    target.name.as_ref().map(|name| target.place(name))
}
