//! Writes a run's outputs into its file, once.

use std::path::Path;

use super::Progress;
use crate::cli::file;
use crate::notebook::{self, Change, Merged, Notebook, Run};
use crate::report::{Error, Exit};

/// Writes what a run brought. Where the file was changed meanwhile, they go into what stands there now, cell by cell. What
/// cannot be written goes to `spare`.
///
/// # Errors
/// As [`file::save`].
pub(in crate::cli) fn write(
    path: &Path,
    ran: &Notebook,
    run: &Run,
    spare: &Path,
    progress: &mut Progress,
) -> Result<Exit, Error> {
    let merged = file::save(path, ran, run, spare)?;
    tell(&merged, &ran.name, progress);
    Ok(if merged.conflicts.is_empty() { Exit::Ok } else { Exit::Failed })
}

/// Says which cells' outputs changed, which may not go with the others any more, and which are not in the file.
fn tell(merged: &Merged, file: &str, progress: &mut Progress) {
    let now = notebook::parse(file, merged.update.text.clone());
    let name = |cell: &usize| now.cells.get(*cell).map(|cell| cell.reference().to_string());
    let changes = merged.update.changes.iter().filter(|(_, change)| *change == Change::Changed);
    let changed: Vec<String> = changes.filter_map(|(cell, _)| name(cell)).collect();
    if !changed.is_empty() {
        progress.note(&format!("outputs that changed: {}", changed.join(", ")));
    }
    let partial: Vec<String> = merged.update.partial.iter().filter_map(name).collect();
    if !partial.is_empty() {
        let cells = partial.join(", ");
        progress.note(&format!("outputs of an earlier run, with names that others no longer show: {cells}"));
    }
    for conflict in &merged.conflicts {
        let line = conflict.line.map_or_else(String::new, |line| format!("{line}:"));
        progress.note(&format!("{file}:{line} {conflict}"));
    }
}
