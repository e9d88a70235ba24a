//! A run as JUnit XML, as GitHub's, GitLab's and Jenkins' readers take it.
//!
//! A notebook is a suite, a cell a case. A claim that does not hold and an output that drifted are failures, anything else
//! that stops a cell is an error. What is wrong with a notebook besides its cells is a case of its own, `notebook`, and what
//! kept the run from going on is one in a suite of its own, `kpnb`.

use jiff::Timestamp;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::{CellReport, Fault, NotebookReport, Outcome, RunReport};
use crate::notebook::CheckedCell;
use crate::script::unlabelled;

/// A run as JUnit XML.
///
/// # Errors
/// The XML cannot be made; no text makes that so.
pub fn junit(run: &RunReport) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new(format!("kpnb {}", run.command));
    report.timestamp = time(run.started);
    report.set_time(run.took);
    for notebook in &run.notebooks {
        report.add_test_suite(suite(run, notebook));
    }
    if !run.errors.is_empty() {
        let mut suite = TestSuite::new("kpnb");
        suite.add_test_cases(run.errors.iter().map(|error| beside(error, NonSuccessKind::Error, "kpnb", "kpnb")));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn suite(run: &RunReport, notebook: &NotebookReport) -> TestSuite {
    let mut suite = TestSuite::new(xml(&notebook.file));
    suite.timestamp = time(notebook.started);
    suite.set_time(notebook.took);
    suite.add_property(Property::new("kpnb", env!("CARGO_PKG_VERSION")));
    if let Some((name, version)) = &run.cluster {
        suite.add_property(Property::new("cluster", xml(name)));
        suite.add_property(Property::new("kubernetes", xml(version)));
    }
    let class = class_of(&notebook.file);
    let checked = |place| notebook.checked.as_ref()?.cells.iter().find(|cell| cell.cell == place);
    let cells = notebook.cells.iter().enumerate();
    suite.add_test_cases(cells.map(|(place, cell)| case(cell, checked(place), notebook, &class)));
    let broken = notebook.checked.iter().flat_map(|checked| &checked.broken);
    suite.add_test_cases(broken.map(|broken| {
        let fault = Fault { kind: "drift", message: broken.to_string(), ..Fault::default() };
        beside(&fault, NonSuccessKind::Failure, "identity", &class)
    }));
    suite.add_test_cases(notebook.errors.iter().map(|error| beside(error, NonSuccessKind::Error, "notebook", &class)));
    suite
}

/// Readers group cases by it and take dots for levels: `notebooks/finalizers.md` is `notebooks.finalizers`.
fn class_of(file: &str) -> String {
    let stem = file.strip_suffix(".md").unwrap_or(file);
    stem.split('/').filter(|part| !part.is_empty() && *part != "." && *part != "..").collect::<Vec<_>>().join(".")
}

fn case(cell: &CellReport, checked: Option<&CheckedCell>, notebook: &NotebookReport, class: &str) -> TestCase {
    let mut case = TestCase::new(xml(&cell.label), status(cell, checked));
    case.set_classname(xml(class));
    case.set_assertions(cell.claims.len());
    case.timestamp = cell.started.and_then(time);
    case.set_time(cell.took);
    case.extra.insert("file".into(), xml(&notebook.file));
    case.extra.insert("line".into(), cell.line.to_string().into());
    let shown: String = cell.outputs.iter().map(|piece| piece.text.as_str()).collect();
    let out = claims(cell) + shown.as_str();
    if !out.is_empty() {
        case.set_system_out(xml(&out));
    }
    let mut captured = String::new();
    for part in &cell.captured {
        let text = part.text.as_ref().unwrap_or_else(|why| why);
        captured += &format!("== {} of {}\n{}\n\n", part.kind, part.of, text.trim_end());
    }
    if !captured.is_empty() {
        case.set_system_err(xml(&captured));
    }
    case
}

fn status(cell: &CellReport, checked: Option<&CheckedCell>) -> TestCaseStatus {
    let mut status = match cell.outcome {
        Outcome::Ok => return checked.map_or_else(TestCaseStatus::success, drifted),
        Outcome::Skipped => TestCaseStatus::skipped(),
        Outcome::Failed | Outcome::TimedOut | Outcome::Interrupted => TestCaseStatus::non_success(kind(cell)),
    };
    if let Some(why) = cell.skipped {
        status.set_message(why.text());
    }
    if let Some(fault) = &cell.error {
        set_fault(&mut status, fault, &claims(cell));
    }
    status
}

/// Of a cell that ended well: whether it says something else than what is recorded.
fn drifted(checked: &CheckedCell) -> TestCaseStatus {
    if !checked.has_drifted() {
        return TestCaseStatus::success();
    }
    let messages: Vec<String> = checked.drifts.iter().map(ToString::to_string).collect();
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let fault = Fault { kind: "drift", message: messages.join("\n"), ..Fault::default() };
    set_fault(&mut status, &fault, &checked.diff());
    status
}

/// Whether the experiment came out otherwise than its author says, or could not be made.
fn kind(cell: &CellReport) -> NonSuccessKind {
    match cell.error.as_ref().map(|fault| fault.kind) {
        Some("claim" | "expected-error-missing") => NonSuccessKind::Failure,
        _ => NonSuccessKind::Error,
    }
}

fn set_fault(status: &mut TestCaseStatus, fault: &Fault, evidence: &str) {
    let message = unlabelled(&fault.message);
    status.set_type(fault.kind);
    status.set_message(xml(message.lines().next().unwrap_or_default()));
    let at = fault.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
    let mut text = format!("{at}{message}\n");
    for call in &fault.calls {
        text += &format!("in {call}\n");
    }
    if let Some(hint) = &fault.hint {
        text += &format!("hint: {hint}\n");
    }
    status.set_description(xml(&(text + evidence)));
}

/// The claims that a cell judged, with the evidence of those that do not hold.
fn claims(cell: &CellReport) -> String {
    let mut text = String::new();
    for claim in &cell.claims {
        text += &format!("{} {}\n", if claim.proved { "✓" } else { "✗" }, claim.text);
        for line in claim.evidence.iter().flat_map(|evidence| evidence.lines()) {
            text += &format!("    {line}\n");
        }
    }
    text
}

/// An error that is not a cell's.
fn beside(fault: &Fault, kind: NonSuccessKind, name: &str, class: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(kind);
    set_fault(&mut status, fault, "");
    let mut case = TestCase::new(name, status);
    case.set_classname(xml(class));
    case.set_time(std::time::Duration::ZERO);
    case
}

/// Text without what XML cannot hold. The library takes out ANSI sequences and control characters, and leaves these two.
fn xml(text: &str) -> XmlString {
    XmlString::new(text.replace(['\u{fffe}', '\u{ffff}'], ""))
}

/// The library wants another crate's type, which parses the same text.
fn time<T: std::str::FromStr>(at: Timestamp) -> Option<T> {
    at.to_string().parse().ok()
}
