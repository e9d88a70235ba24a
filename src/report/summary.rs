//! What a run came to.

use super::{Exit, NotebookReport, Outcome, Style, elapsed};

/// The lines at the end of a run: one a notebook, the claims that do not hold, and a total for several notebooks.
pub fn summarize(notebooks: &[NotebookReport], style: Style) -> String {
    let mut text = String::new();
    for notebook in notebooks {
        let mark = if notebook.exit == Exit::Ok { style.good("ok") } else { style.bad("failed") };
        let counts = Counts::of(std::slice::from_ref(notebook));
        text += &format!("{mark} {}: {counts} in {}\n", notebook.file, elapsed(notebook.took));
        for cell in &notebook.cells {
            for claim in cell.claims.iter().filter(|claim| !claim.proved) {
                text += &format!("   {} {} ({})\n", style.bad("✗"), claim.text, cell.label);
            }
        }
    }
    if notebooks.len() > 1 {
        let took = notebooks.iter().map(|notebook| notebook.took).sum();
        text += &format!("{} notebooks: {} in {}\n", notebooks.len(), Counts::of(notebooks), elapsed(took));
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
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::report::{CellReport, Skipped};
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
        };
        let two = NotebookReport {
            file: "b.md".to_owned(),
            cells: vec![cell(Outcome::Ok, &[true])],
            took: Duration::from_millis(500),
            exit: Exit::Ok,
            started: Timestamp::UNIX_EPOCH,
            errors: Vec::new(),
        };
        assert_eq!(
            summarize(&[one, two], Style::default()),
            "failed a.md: 2 cells ran, 1 failed, 1 skipped; 2 claims proved, 1 failed in 1.5s\n   ✗ it is so (a)\n\
             ok b.md: 1 cell ran; 1 claim proved in 0.5s\n\
             2 notebooks: 3 cells ran, 1 failed, 1 skipped; 3 claims proved, 1 failed in 2.0s\n"
        );
    }
}
