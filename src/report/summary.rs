//! What a run came to.

use std::time::Duration;

use super::{Captured, CellReport, Exit, NotebookReport, Outcome, Style, elapsed};

/// The lines at the end of a run that `took` so long: one a notebook, the claims that do not hold, and a total for several
/// notebooks.
///
/// What was captured after a failure is told in short; `reported`: all of it is in a report.
pub fn summarize(notebooks: &[NotebookReport], took: Duration, style: Style, reported: bool) -> String {
    let mut text = String::new();
    for notebook in notebooks {
        let mark = match notebook.exit {
            Exit::Ok => style.good("ok"),
            Exit::Drift => style.bad("drifts"),
            _ => style.bad("failed"),
        };
        let counts = Counts::of(std::slice::from_ref(notebook));
        text += &format!("{mark} {}: {counts} in {}\n", notebook.file, elapsed(notebook.took));
        for cell in &notebook.cells {
            for claim in cell.claims.iter().filter(|claim| !claim.proved) {
                text += &format!("   {} {} ({})\n", style.bad("✗"), claim.text, cell.label);
            }
            text += &captured(cell, style, reported);
        }
    }
    if notebooks.len() > 1 {
        text += &format!("{} notebooks: {} in {}\n", notebooks.len(), Counts::of(notebooks), elapsed(took));
    }
    text
}

/// What was captured after a cell failed: the last warnings, and where the rest is.
fn captured(cell: &CellReport, style: Style, reported: bool) -> String {
    const WARNINGS: usize = 3;
    if cell.captured.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    let events = cell.captured.iter().filter(|part| part.kind == "events").filter_map(|part| part.text.as_ref().ok());
    let lines = events.flat_map(|events| events.lines());
    let warnings: Vec<&str> = lines.filter(|line| line.split_whitespace().nth(1) == Some("Warning")).collect();
    for warning in &warnings[warnings.len().saturating_sub(WARNINGS)..] {
        text += &format!("     {}\n", style.dim(warning.trim_end()));
    }
    let of = |part: &Captured| format!("{} of {}", part.kind, part.of);
    let had: Vec<String> = cell.captured.iter().filter(|part| part.text.is_ok()).map(of).collect();
    let failed: Vec<String> = cell.captured.iter().filter(|part| part.text.is_err()).map(of).collect();
    if !had.is_empty() {
        let rest = if reported { "in the report" } else { "add --report json=FILE to keep it" };
        text += &format!("     captured: {} ({rest})\n", shortened(&had));
    }
    if !failed.is_empty() {
        text += &format!("     could not be captured: {}\n", shortened(&failed));
    }
    text
}

/// The first of a list and how many more there are.
fn shortened(list: &[String]) -> String {
    const MOST: usize = 4;
    let mut text = list[..list.len().min(MOST)].join(", ");
    if list.len() > MOST {
        text += &format!(" and {} more", list.len() - MOST);
    }
    text
}

#[derive(Default)]
struct Counts {
    ran: usize,
    failed: usize,
    skipped: usize,
    proved: usize,
    refuted: usize,
}

impl Counts {
    fn of(notebooks: &[NotebookReport]) -> Self {
        let mut counts = Self::default();
        for cell in notebooks.iter().flat_map(|notebook| &notebook.cells) {
            match cell.outcome {
                Outcome::Ok => counts.ran += 1,
                Outcome::Skipped => counts.skipped += 1,
                Outcome::Failed | Outcome::TimedOut | Outcome::Interrupted => {
                    counts.ran += 1;
                    counts.failed += 1;
                }
            }
            counts.proved += cell.claims.iter().filter(|claim| claim.proved).count();
            counts.refuted += cell.claims.iter().filter(|claim| !claim.proved).count();
        }
        counts
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cells = if self.ran == 1 { "cell" } else { "cells" };
        write!(f, "{} {cells} ran", self.ran)?;
        if self.failed > 0 {
            write!(f, ", {} failed", self.failed)?;
        }
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        let claims = if self.proved == 1 { "claim" } else { "claims" };
        write!(f, "; {} {claims} proved", self.proved)?;
        if self.refuted > 0 {
            write!(f, ", {} failed", self.refuted)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use jiff::Timestamp;

    use super::*;
    use crate::report::Skipped;
    use crate::script::Claim;

    fn cell(outcome: Outcome, proved: &[bool]) -> CellReport {
        let claims = proved
            .iter()
            .map(|proved| Claim { text: "it is so".to_owned(), proved: *proved, evidence: None })
            .collect();
        let notebook = crate::notebook::parse("a.md", "```rhai {name=a}\n```\n");
        CellReport { outcome, claims, ..CellReport::skipped(&notebook.cells[0], Skipped::NotChosen) }
    }

    #[test]
    fn counts_cells_and_claims() {
        let one = NotebookReport {
            file: "a.md".to_owned(),
            cells: vec![cell(Outcome::Ok, &[true, true]), cell(Outcome::Failed, &[false]), cell(Outcome::Skipped, &[])],
            took: Duration::from_millis(1500),
            exit: Exit::Failed,
            started: Timestamp::UNIX_EPOCH,
            errors: Vec::new(),
            checked: None,
        };
        let two = NotebookReport {
            file: "b.md".to_owned(),
            cells: vec![cell(Outcome::Ok, &[true])],
            took: Duration::from_millis(500),
            exit: Exit::Ok,
            started: Timestamp::UNIX_EPOCH,
            errors: Vec::new(),
            checked: None,
        };
        assert_eq!(
            summarize(&[one, two], Duration::from_secs(2), Style::default(), false),
            "failed a.md: 2 cells ran, 1 failed, 1 skipped; 2 claims proved, 1 failed in 1.5s\n   ✗ it is so (a)\n\
             ok b.md: 1 cell ran; 1 claim proved in 0.5s\n\
             2 notebooks: 3 cells ran, 1 failed, 1 skipped; 3 claims proved, 1 failed in 2.0s\n"
        );
    }

    #[test]
    fn tells_in_short_what_was_captured() {
        let part = |kind, of: &str, text: Result<&str, &str>| Captured {
            kind,
            of: of.to_owned(),
            text: text.map(str::to_owned).map_err(str::to_owned),
        };
        let events = "LAST SEEN   TYPE      REASON   OBJECT\n3s          Warning   Failed   pod/a\n2s   Normal   Pulled   pod/a\n";
        let captured = vec![
            part("events", "namespace default", Ok(events)),
            part("logs", "pod default/a", Err("no answer within 10 s")),
        ];
        let one = NotebookReport {
            file: "a.md".to_owned(),
            cells: vec![CellReport { captured, ..cell(Outcome::Failed, &[false]) }],
            took: Duration::from_secs(1),
            exit: Exit::Failed,
            started: Timestamp::UNIX_EPOCH,
            errors: Vec::new(),
            checked: None,
        };
        assert_eq!(
            summarize(&[one], Duration::ZERO, Style::default(), true),
            "failed a.md: 1 cell ran, 1 failed; 0 claims proved, 1 failed in 1.0s\n   ✗ it is so (a)\n     \
             3s          Warning   Failed   pod/a\n     captured: events of namespace default (in the report)\n     \
             could not be captured: logs of pod default/a\n"
        );
    }
}
