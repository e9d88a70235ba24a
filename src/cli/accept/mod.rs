//! `kpnb accept`: runs a notebook, shows what differs from what is recorded, and takes it where a person says so.
//!
//! - `ask`: the questions

mod ask;

use std::io::{IsTerminal, stdin};
use std::path::PathBuf;

use ask::{Answers, Keys};

use super::run::{self, Brought, Finished, How, Task, Which};
use crate::notebook::{self, Checked, CheckedCell, Notebook, Run, Status};
use crate::report::{self, Error, Exit, Style};

const EXAMPLES: &str = "\
Examples:
  kpnb accept --cluster kind-k8splayground notebooks/finalizers.md
  kpnb accept notebooks/finalizers.md conditions two-places
  kpnb accept --yes notebooks/finalizers.md

The whole notebook runs, because a cell may need those before it. Each cell whose output differs is shown, and asked for:
y takes its new output, n keeps the recorded one, a takes it and all after it, q keeps it and all after it. Outputs that
share a renamed Pod with one that is taken are written too, so that nothing has two names in one file. Lines with
... and [..] that still match stay, where the cell has `match`. The output of a cell that failed is never taken.

Exit codes: 0 all taken or nothing to take, 1 a cell failed, 2 usage or unreadable notebook, 3 differences are left,
4 cluster unreachable or refused, 130 interrupted: then nothing is taken.";

/// Run a notebook and take its new outputs, each after showing what differs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The notebook.
    #[arg(value_name = "NOTEBOOK")]
    notebook: PathBuf,
    /// Take only these cells' outputs. A cell without a name is #3, by its place.
    #[arg(value_name = "CELL")]
    cells: Vec<String>,
    /// Take all without asking.
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    how: How,
}

pub(super) fn run(args: &Args, style: Style, out: Style) -> Result<Exit, Error> {
    if !args.yes && !stdin().is_terminal() {
        let hint = "add --yes to take all of them, or kpnb check to see them";
        return Err(Error::with_hint(Exit::Usage, "standard input is no terminal to ask on for each output", hint));
    }
    let which = Which { notebooks: vec![args.notebook.clone()], only: Vec::new(), from: None, until: None };
    // A cell that is not there should not be found after ten minutes.
    run::select(&which, &args.cells)?;
    let task = Task { command: "accept", which: &which, how: &args.how, writes: true, prints: false };
    run::notebooks(&task, style, &mut |brought| finish(args, brought, style, out))
}

/// Shows what differs, asks, and writes what was taken.
fn finish(args: &Args, brought: Brought<'_>, style: Style, out: Style) -> Result<Finished, Error> {
    let Brought { path, notebook, run, spare, progress, interrupt } = brought;
    let checked = notebook::check(notebook, &run);
    let mut answers = Answers::new(args.yes, Keys::of_terminal(interrupt, style));
    let mut taken = Vec::new();
    let mut left = 0;
    for cell in checked.cells.iter().filter(|cell| cell.has_drifted()) {
        let name = notebook.cells[cell.cell].reference().to_string();
        progress.say(&report::describe_cell(notebook, cell, out));
        if !args.cells.is_empty() && !args.cells.contains(&name) {
            progress.note(&format!("cell {name} differs too, and was not named"));
        } else if failed(&run, cell) {
            left += 1;
            progress.note(&format!("cell {name} failed: its output is not taken"));
        } else if answers.take(&name)? {
            taken.push(cell.cell);
        } else {
            left += 1;
        }
    }
    for broken in &checked.broken {
        progress.say(&format!("{broken}\n"));
    }
    tell_same(args, notebook, &checked, progress);
    if interrupt.is_pressed() {
        return Ok(Finished { exit: Exit::Interrupted, checked: Some(checked) });
    }
    let mut exit = if left > 0 { Exit::Drift } else { Exit::Ok };
    if !taken.is_empty() {
        let run = only(run, &checked, &taken);
        exit = exit.worse(run::write(path, notebook, &run, spare, progress)?);
    }
    Ok(Finished { exit, checked: Some(checked) })
}

/// The run as it is written: without the cells that differ and were not taken.
fn only(mut run: Run, checked: &Checked, taken: &[usize]) -> Run {
    let differs = |cell: usize| checked.cells.iter().any(|checked| checked.cell == cell && checked.has_drifted());
    run.outputs.retain(|output| taken.contains(&output.cell) || !differs(output.cell));
    run
}

fn failed(run: &Run, checked: &CheckedCell) -> bool {
    run.outputs.iter().any(|output| output.cell == checked.cell && output.status != Status::Ok)
}

/// Says which of the cells that were named have nothing to be taken.
fn tell_same(args: &Args, notebook: &Notebook, checked: &Checked, progress: &mut run::Progress) {
    for name in &args.cells {
        let same = checked.cells.iter().find(|cell| notebook.find(name) == Some(cell.cell));
        match same {
            Some(cell) if cell.has_drifted() => {}
            Some(_) => progress.note(&format!("cell {name} says what is recorded: nothing to take")),
            None => progress.note(&format!("cell {name} did not run: nothing to take")),
        }
    }
}
