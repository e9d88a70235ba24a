//! What became of a notebook and its cells, for the summary and the reports.

use std::time::Duration;

use jiff::Timestamp;

use super::Exit;
use crate::notebook::{Cell, Checked, OutputPiece};
use crate::script::{Claim, ScriptError, ScriptErrorKind};

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It ran to its end, or failed where its author expects that.
    Ok,
    /// An error, a claim that does not hold, or no failure where its author expects one.
    Failed,
    /// Its time ran out.
    TimedOut,
    /// Ctrl-C.
    Interrupted,
    /// It did not run.
    Skipped,
}

/// One cell of a run.
#[derive(Debug, Clone)]
pub struct CellReport {
    /// Its name, or `#3`, by its place.
    pub label: String,
    /// The line of its opening fence in the notebook, from 1.
    pub line: usize,
    /// Whether it cleans up.
    pub cleanup: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it did not run, where it did not.
    pub skipped: Option<Skipped>,
    /// When it began; none where it did not run.
    pub started: Option<Timestamp>,
    /// How long it ran.
    pub took: Duration,
    /// The claims that it judged.
    pub claims: Vec<Claim>,
    /// The error that ended it, also one that its author expects.
    pub error: Option<Fault>,
    /// What it showed, as it goes into the notebook.
    pub outputs: Vec<OutputPiece>,
    /// What was captured after it failed, before anything was cleaned up.
    pub captured: Vec<Captured>,
}

impl Outcome {
    /// In one word: `ok`, `failed`, `timeout`, `interrupted`, `skipped`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::TimedOut => "timeout",
            Self::Interrupted => "interrupted",
            Self::Skipped => "skipped",
        }
    }
}

impl CellReport {
    /// The report of a cell that did not run.
    pub fn skipped(cell: &Cell, why: Skipped) -> Self {
        Self {
            label: cell.reference().to_string(),
            line: cell.fence_line,
            cleanup: cell.attributes.cleanup,
            outcome: Outcome::Skipped,
            skipped: Some(why),
            started: None,
            took: Duration::ZERO,
            claims: Vec::new(),
            error: None,
            outputs: Vec::new(),
            captured: Vec::new(),
        }
    }
}

/// Why a cell did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// It has `skip`, or the command line chose others.
    NotChosen,
    /// A cell before it failed, or Ctrl-C was pressed.
    AfterFailure,
}

impl Skipped {
    /// For a person.
    pub fn text(self) -> &'static str {
        match self {
            Self::NotChosen => "not chosen",
            Self::AfterFailure => "after a failure",
        }
    }
}

/// One part of what was captured after a cell failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// `events`, `describe` or `logs`.
    pub kind: &'static str,
    /// Of what: `namespace default`, `pod default/web`.
    pub of: String,
    /// What was captured, or why it could not be.
    pub text: Result<String, String>,
}

/// An error that ended a cell or a notebook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// `syntax`, `failed`, `claim`, `timeout`, `interrupted`, `panic`, `expected-error-missing`; for a notebook or run
    /// an [`Exit::word`].
    pub kind: &'static str,
    /// One or more lines, without a final newline.
    pub message: String,
    /// Where it arose.
    pub place: Option<FaultPlace>,
    /// The calls that led there, the innermost first: `function, called at file:line`.
    pub calls: Vec<String>,
    /// What the reader can do about it.
    pub hint: Option<String>,
}

/// Where an error arose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultPlace {
    /// The notebook as the person named it, or `stdlib/node.rhai`.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl std::fmt::Display for FaultPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl From<&ScriptError> for Fault {
    fn from(error: &ScriptError) -> Self {
        let kind = match error.kind {
            ScriptErrorKind::Syntax => "syntax",
            ScriptErrorKind::Failed => "failed",
            ScriptErrorKind::Claim => "claim",
            ScriptErrorKind::Timeout => "timeout",
            ScriptErrorKind::Interrupted => "interrupted",
            ScriptErrorKind::Panic => "panic",
        };
        let place = error.place.as_ref().map(|place| FaultPlace {
            file: place.file.to_string(),
            line: place.line,
            column: place.column,
        });
        let calls = error.calls.iter().map(|call| match &call.place {
            Some(place) => format!("{}, called at {}:{}", call.function, place.file, place.line),
            None => call.function.clone(),
        });
        Self { kind, message: error.message.clone(), place, calls: calls.collect(), hint: error.hint.clone() }
    }
}

impl From<&super::Error> for Fault {
    fn from(error: &super::Error) -> Self {
        let hint = error.report.help().map(|hint| hint.to_string());
        let place = super::error::Place::of(&*error.report).map(|place| FaultPlace {
            column: place.column(),
            file: place.file,
            line: place.line,
        });
        Self { kind: error.exit.word(), message: error.report.to_string(), place, calls: Vec::new(), hint }
    }
}

/// One notebook of a run.
#[derive(Debug, Clone)]
pub struct NotebookReport {
    /// As the person named the file.
    pub file: String,
    /// The cells, in the notebook's order.
    pub cells: Vec<CellReport>,
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub exit: Exit,
    /// What is wrong besides its cells: it could not begin, could not be written, or left something behind.
    pub errors: Vec<Fault>,
    /// What it says against what is recorded in it, where that was compared. Its cells are those that ran.
    pub checked: Option<Checked>,
}

/// A whole run.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// `run` or `check`.
    pub command: &'static str,
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// The cluster's name and version; none where none was reached.
    pub cluster: Option<(String, String)>,
    /// The notebooks that were to run, as far as the run came.
    pub notebooks: Vec<NotebookReport>,
    /// Why it did not come further.
    pub errors: Vec<Fault>,
    /// How it ended.
    pub exit: Exit,
}

impl RunReport {
    /// The report of a run that begins now.
    pub fn begin(command: &'static str) -> Self {
        Self {
            command,
            started: Timestamp::now(),
            took: Duration::ZERO,
            cluster: None,
            notebooks: Vec::new(),
            errors: Vec::new(),
            exit: Exit::Ok,
        }
    }
}
