//! `kpnb run`: runs notebooks and writes what happened into them.
//!
//! - `options`: the command line
//! - `selection`: which cells run
//! - `notebooks`: runs notebooks, for this command and for those that do something else with what their cells left
//! - `side_by_side`: several at once, each in a sandbox of its own; `turns`: who of them may speak
//! - `interrupt`: Ctrl-C
//! - `limits`: how long it may take
//! - `execute`: the cells of one notebook, then what undoes their changes
//! - `leave`: what undoes their changes
//! - `progress`: what a person sees meanwhile
//! - `reporter`: where reports go
//! - `write`: the outputs into the file

mod execute;
mod interrupt;
mod leave;
mod limits;
mod notebooks;
mod options;
mod progress;
mod reporter;
mod selection;
mod side_by_side;
mod turns;
mod write;

pub(super) use interrupt::Interrupt;
use limits::Limits;
pub(super) use notebooks::{Brought, Finished, Task, notebooks};
pub(super) use options::{Args, How, Which};
pub(super) use progress::Progress;
use reporter::ReportTo;
use selection::Selection;
use turns::{Turn, Turns};
pub(super) use write::write;

use super::file;
use crate::notebook::Run;
use crate::report::{Error, Exit, Style};

/// Whether all of these cells are in a command's notebooks.
///
/// # Errors
/// An unreadable notebook, or a cell that is not there.
pub(super) fn select(which: &Which, cells: &[String]) -> Result<(), Error> {
    for path in &which.notebooks {
        let notebook = file::read(path)?;
        Selection::choose(cells, None, None, &notebook)?;
    }
    Ok(())
}

pub(super) fn run(args: &Args, style: Style) -> Result<Exit, Error> {
    let task =
        Task { command: "run", which: &args.which, how: &args.how, writes: !args.no_write, prints: args.no_write };
    notebooks(&task, style, &mut |brought| {
        if args.no_write {
            return Ok(Finished::default());
        }
        let Brought { path, notebook, run, spare, progress, .. } = brought;
        let exit = write(path, notebook, &Run { refresh: args.refresh, ..run }, spare, progress)?;
        Ok(Finished { exit, checked: None })
    })
}
