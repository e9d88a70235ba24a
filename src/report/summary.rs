//! What a run came to.

use std::time::Duration;

use super::{Exit, Style, elapsed};
use crate::script::Claim;

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
    /// Its name, or `cell 3`.
    pub label: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The claims that it judged.
    pub claims: Vec<Claim>,
}

/// One notebook of a run.
#[derive(Debug, Clone)]
pub struct NotebookReport {
    /// As the person named the file.
    pub file: String,
    /// The cells, in the notebook's order.
    pub cells: Vec<CellReport>,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub exit: Exit,
}

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
    use super::*;

    fn cell(outcome: Outcome, proved: &[bool]) -> CellReport {
        let claims = proved
            .iter()
            .map(|proved| Claim { text: "it is so".to_owned(), proved: *proved, evidence: None })
            .collect();
        CellReport { label: "a".to_owned(), outcome, claims }
    }

    #[test]
    fn counts_cells_and_claims() {
        let one = NotebookReport {
            file: "a.md".to_owned(),
            cells: vec![cell(Outcome::Ok, &[true, true]), cell(Outcome::Failed, &[false]), cell(Outcome::Skipped, &[])],
            took: Duration::from_millis(1500),
            exit: Exit::Failed,
        };
        let two = NotebookReport {
            file: "b.md".to_owned(),
            cells: vec![cell(Outcome::Ok, &[true])],
            took: Duration::from_millis(500),
            exit: Exit::Ok,
        };
        assert_eq!(
            summarize(&[one, two], Style::default()),
            "failed a.md: 2 cells ran, 1 failed, 1 skipped; 2 claims proved, 1 failed in 1.5s\n   ✗ it is so (a)\n\
             ok b.md: 1 cell ran; 1 claim proved in 0.5s\n\
             2 notebooks: 3 cells ran, 1 failed, 1 skipped; 3 claims proved, 1 failed in 2.0s\n"
        );
    }
}
