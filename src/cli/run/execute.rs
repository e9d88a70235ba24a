//! Runs the cells of one notebook, and then what undoes their changes.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Interrupt, Limits, Progress, Selection, Task, leave};
use crate::bindings::{self, Workspace};
use crate::notebook::{Cell, CellOutput, Notebook, OutputPiece, Status};
use crate::report::{Captured, CellReport, Error, Exit, Fault, FaultPlace, Outcome, Skipped};
use crate::script::{Host, Piece, ScriptError, ScriptErrorKind, Session};

/// What a notebook's cells left.
pub(super) struct Ran {
    /// For the file.
    pub(super) outputs: Vec<CellOutput>,
    /// For the summary.
    pub(super) cells: Vec<CellReport>,
    /// How it ended.
    pub(super) exit: Exit,
}

/// Runs the selected cells in order. After one that fails only those marked `cleanup` run.
pub(super) fn execute(
    task: &Task<'_>,
    notebook: &Notebook,
    selection: &Selection,
    workspace: &Workspace,
    session: &mut Session,
    interrupt: &Interrupt,
    progress: &mut Progress,
) -> Ran {
    let start = Instant::now();
    let on = format!("{}/{}", workspace.cluster.name, workspace.cluster.version);
    let limits = Limits::begin(task.how, &notebook.front_matter.timeouts, session.host());
    let mut ran = Ran { outputs: Vec::new(), cells: Vec::new(), exit: Exit::Ok };
    let mut resumed = false;
    // What other notebooks have asked for is not this one's.
    workspace.cluster.reads.take_paths();
    let mut asked = Vec::new();
    for (index, cell) in notebook.cells.iter().enumerate() {
        // An interrupt stops one cell; those that clean up run as if there had been none.
        if interrupt.is_pressed() && !resumed {
            resumed = true;
            ran.exit = ran.exit.worse(Exit::Interrupted);
            session.host().reset_interrupt();
            progress.note("interrupted: cleaning up; Ctrl-C again leaves at once");
        }
        let skipped = if !selection.has(index) || (task.how.keep && cell.attributes.cleanup) {
            Some(Skipped::NotChosen)
        } else if ran.exit != Exit::Ok && !cell.attributes.cleanup {
            Some(Skipped::AfterFailure)
        } else {
            None
        };
        if let Some(why) = skipped {
            ran.cells.push(CellReport::skipped(cell, why));
            continue;
        }
        let reads = &workspace.cluster.reads;
        asked.append(&mut reads.take_paths());
        let (output, mut report) = run_cell(task, notebook, &limits, index, session, progress);
        let by_cell = reads.take_paths();
        asked.extend(by_cell.iter().cloned());
        if ran.exit == Exit::Ok && matches!(report.outcome, Outcome::Failed | Outcome::TimedOut) {
            report.captured = capture(session.host(), workspace, &asked, &by_cell);
        }
        ran.exit = ran.exit.worse(match report.outcome {
            Outcome::Ok | Outcome::Skipped => Exit::Ok,
            Outcome::Failed | Outcome::TimedOut => Exit::Failed,
            Outcome::Interrupted => Exit::Interrupted,
        });
        ran.outputs.push(CellOutput { on: on.clone(), elapsed: start.elapsed(), ..output });
        ran.cells.push(report);
    }
    // From here on a first Ctrl-C changes nothing: what mends the cluster is not cut short.
    interrupt.watch(None);
    session.host().reset_interrupt();
    if task.how.keep {
        leave::keep(workspace, progress);
    } else if !leave::leave(workspace, session.host(), progress) {
        ran.exit = ran.exit.worse(Exit::Failed);
    }
    if interrupt.is_pressed() {
        ran.exit = ran.exit.worse(Exit::Interrupted);
    }
    ran
}

fn run_cell(
    task: &Task<'_>,
    notebook: &Notebook,
    limits: &Limits<'_>,
    index: usize,
    session: &mut Session,
    progress: &mut Progress,
) -> (CellOutput, CellReport) {
    let cell = &notebook.cells[index];
    let label = cell.reference().to_string();
    let host = session.host().clone();
    let (started, start) = (Timestamp::now(), Instant::now());
    let running = limits.cell(cell);
    progress.cell_started(&label, running.timeout);
    let result = session.eval(&cell.source, &notebook.name, cell.first_line);
    drop(running);
    host.set_waiting(None);
    let took = start.elapsed();
    let mut shown = host.take_output();
    let mut claims = progress.take_claims();
    let outcome = judge(cell, &result);
    if let Err(error) = &result {
        append(&mut shown, &error.plain());
    }
    if outcome == Outcome::Ok && cell.attributes.expect_error {
        // What is meant to fail refutes nothing.
        claims.retain(|claim| claim.proved);
    }
    if outcome == Outcome::Failed && result.is_ok() {
        append(&mut shown, "error: this cell was to fail (expect=error), and did not\n");
    }
    progress.cell_ended(&label, outcome);
    let mut fault = result.as_ref().err().map(Fault::from);
    match &result {
        Err(error) if outcome != Outcome::Ok => progress.error(error),
        Ok(()) if outcome == Outcome::Failed => {
            let missing = unexpected(notebook, cell);
            progress.error(&*missing.report);
            let place = FaultPlace { file: notebook.name.clone(), line: cell.fence_line, column: 1 };
            fault = Some(Fault { kind: "expected-error-missing", place: Some(place), ..Fault::from(&missing) });
        }
        _ => {}
    }
    if cell.attributes.hide {
        shown.clear();
    }
    if task.prints {
        progress.print(&shown);
    }
    let max_lines = task.how.max_lines();
    let pieces: Vec<OutputPiece> = shown
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => OutputPiece::new("text", text, max_lines),
            Piece::Block(block) => OutputPiece::new(block.language, &block.text, max_lines),
        })
        .filter(|piece| !piece.text.is_empty())
        .collect();
    let status = match outcome {
        Outcome::Ok | Outcome::Skipped => Status::Ok,
        Outcome::Failed => Status::Failed,
        Outcome::TimedOut => Status::Timeout,
        Outcome::Interrupted => Status::Interrupted,
    };
    let report = CellReport {
        label,
        line: cell.fence_line,
        cleanup: cell.attributes.cleanup,
        outcome,
        skipped: None,
        started: Some(started),
        took,
        claims,
        error: fault,
        outputs: pieces.clone(),
        captured: Vec::new(),
    };
    (CellOutput { cell: index, status, on: String::new(), pieces, elapsed: Duration::ZERO }, report)
}

/// What a person would look at now, before anything is cleaned up.
fn capture(host: &Host, workspace: &Workspace, all: &[String], cell: &[String]) -> Vec<Captured> {
    let parts = bindings::capture(host, workspace, all, cell).into_iter();
    let hide = |text: String| host.mask(&text);
    parts.map(|part| Captured { kind: part.kind, of: part.of, text: part.text.map(hide).map_err(hide) }).collect()
}

fn judge(cell: &Cell, result: &Result<(), ScriptError>) -> Outcome {
    match result.as_ref().map_err(|error| error.kind) {
        Err(ScriptErrorKind::Interrupted) => Outcome::Interrupted,
        Err(ScriptErrorKind::Timeout) => Outcome::TimedOut,
        Err(ScriptErrorKind::Failed | ScriptErrorKind::Claim) if cell.attributes.expect_error => Outcome::Ok,
        Err(_) => Outcome::Failed,
        Ok(()) if cell.attributes.expect_error => Outcome::Failed,
        Ok(()) => Outcome::Ok,
    }
}

fn unexpected(notebook: &Notebook, cell: &Cell) -> Error {
    #[derive(Debug, thiserror::Error, miette::Diagnostic)]
    #[error("this cell was to fail, and did not")]
    #[diagnostic(help("take expect=error out of its braces, or look why the call succeeds now"))]
    struct Unexpected {
        #[label]
        fence: miette::SourceSpan,
    }
    let end = cell.body.start.saturating_sub(1).max(cell.range.start);
    let fence = notebook.text[cell.range.start..end].trim_end();
    let fence = (cell.range.start, fence.len()).into();
    Error::in_file(Exit::Failed, Unexpected { fence }, &notebook.name, &notebook.text)
}

fn append(shown: &mut Vec<Piece>, more: &str) {
    match shown.last_mut() {
        Some(Piece::Text(text)) => text.push_str(more),
        _ => shown.push(Piece::Text(more.to_owned())),
    }
}
