//! Where journals are, and which there are.

use std::path::{Path, PathBuf};

use super::file::{self, is_held};
use super::line::{FORMAT, Header, Line};

/// A journal that lies in the folder.
#[derive(Debug)]
pub struct Found {
    /// Its file.
    pub path: PathBuf,
    /// What it is about; none: it broke off before it said so, or cannot be read.
    pub header: Option<Header>,
    /// How many entries are to be undone.
    pub pending: usize,
    /// Whether the process that writes it lives.
    pub held: bool,
}

/// The folder of the journals in the folder for kpnb's state.
pub fn journals(state: &Path) -> PathBuf {
    state.join("journals")
}

/// A name for a new journal: one of its own for each process and notebook.
pub fn fresh(state: &Path, header: &Header, count: usize) -> PathBuf {
    let started = header.started.strftime("%Y-%m-%dT%H-%M-%S");
    journals(state).join(format!("{started}-{}-{count}.jsonl", header.pid))
}

/// The journals in the folder, the oldest first. What cannot be listed is as if it were empty.
pub fn list(state: &Path) -> Vec<Found> {
    let entries = std::fs::read_dir(journals(state)).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
    let mut found: Vec<Found> = paths.map(look).collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn look(path: PathBuf) -> Found {
    let held = is_held(&path);
    let mut found = Found { path, header: None, pending: 0, held };
    let mut done = std::collections::HashSet::new();
    let mut entries = Vec::new();
    for line in file::read(&found.path).unwrap_or_default().lines {
        match line {
            Line::Header(header) => found.header = Some(header).filter(|header| header.format == FORMAT),
            Line::Entry { n, .. } => entries.push(n),
            Line::Done { n } => done.extend([n]),
            Line::Inventory(_) | Line::Became { .. } => {}
        }
    }
    found.pending = entries.iter().filter(|n| !done.contains(n)).count();
    found
}
