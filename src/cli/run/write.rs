//! Writes a run's outputs into its file, once.

use super::{Args, Progress};
use crate::cli::file::File;
use crate::client::{self, Seen};
use crate::notebook::{self, Change, Notebook, Run, TokenClass, Update};
use crate::report::{Error, Exit};

/// Writes `outputs`. Where the file was changed meanwhile, they go into what stands there now, cell by cell.
pub(super) fn write(
    args: &Args,
    file: &File,
    notebook: &Notebook,
    outputs: Vec<notebook::CellOutput>,
    seen: &Seen,
    progress: &mut Progress,
) -> Result<Exit, Error> {
    let tokens = seen.tokens().into_iter().map(|(token, class)| (token, class_of(class))).collect();
    let run = Run { outputs, tokens, refresh: args.refresh };
    let now = file.read_again()?;
    let (update, before, exit) = if now == notebook.text {
        (notebook::update(notebook, &run), notebook.clone(), Exit::Ok)
    } else {
        let now = notebook::parse(notebook.name.clone(), now);
        let merged = notebook::merge(notebook, &now, &run);
        progress.note(&format!("{} was changed during the run; outputs go into what stands there now", now.name));
        for conflict in &merged.conflicts {
            let line = conflict.line.map_or_else(String::new, |line| format!(":{line}"));
            progress.note(&format!("{}{line}: {conflict}", now.name));
        }
        let exit = if merged.conflicts.is_empty() { Exit::Ok } else { Exit::Failed };
        (merged.update, now, exit)
    };
    if update.text != before.text {
        file.write(&update.text)?;
    }
    tell(&update, &before, progress);
    Ok(exit)
}

/// Says which cells' outputs changed, and which may not go with the others any more.
fn tell(update: &Update, notebook: &Notebook, progress: &mut Progress) {
    let name = |cell: &usize| notebook.cells.get(*cell).map(|cell| cell.reference().to_string());
    let of = |wanted: Change| -> Vec<String> {
        update.changes.iter().filter(|(_, change)| *change == wanted).filter_map(|(cell, _)| name(cell)).collect()
    };
    let changed = of(Change::Changed);
    if !changed.is_empty() {
        progress.note(&format!("outputs that changed: {}", changed.join(", ")));
    }
    let partial: Vec<String> = update.partial.iter().filter_map(name).collect();
    if !partial.is_empty() {
        let cells = partial.join(", ");
        progress.note(&format!("outputs of an earlier run, with names that others no longer show: {cells}"));
    }
}

fn class_of(class: client::TokenClass) -> TokenClass {
    match class {
        client::TokenClass::GeneratedName => TokenClass::GeneratedName,
        client::TokenClass::Uid => TokenClass::Uid,
        client::TokenClass::Ip => TokenClass::Ip,
        client::TokenClass::Revision => TokenClass::Revision,
        client::TokenClass::ContainerId => TokenClass::ContainerId,
        client::TokenClass::Timestamp => TokenClass::Timestamp,
        client::TokenClass::EtcdId => TokenClass::EtcdId,
    }
}
