//! `kpnb run`: runs notebooks and writes what happened into them.
//!
//! - `options`: the command line
//! - `selection`: which cells run
//! - `notebooks`: runs notebooks one after the other, for this command and for those that do something else with what
//!   their cells left
//! - `interrupt`: Ctrl-C
//! - `limits`: how long it may take
//! - `execute`: the cells of one notebook, then what undoes their changes
//! - `progress`: what a person sees meanwhile
//! - `reporter`: where reports go
//! - `write`: the outputs into the file

mod execute;
mod interrupt;
mod limits;
mod notebooks;
mod options;
mod progress;
mod reporter;
mod selection;
mod write;

pub(super) use interrupt::Interrupt;
use limits::Limits;
pub(super) use notebooks::{Brought, Task, notebooks};
pub(super) use options::{Args, How, Which};
pub(super) use progress::Progress;
use reporter::ReportTo;
use selection::Selection;

use crate::notebook::Run;
use crate::report::{Error, Exit, Style};

pub(super) fn run(args: &Args, style: Style) -> Result<Exit, Error> {
    let task =
        Task { command: "run", which: &args.which, how: &args.how, writes: !args.no_write, prints: args.no_write };
    notebooks(&task, style, &mut |brought| {
        if args.no_write {
            return Ok(Exit::Ok);
        }
        let Brought { path, notebook, run, spare, progress } = brought;
        write::write(path, notebook, &Run { refresh: args.refresh, ..run }, spare, progress)
    })
}
