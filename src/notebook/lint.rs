//! What is wrong or out of date in a notebook; asks no cluster.

use super::diagnostic::Findings;
use super::{Diagnostic, Notebook};

/// All that [`parse`](super::parse) found, and the outputs that no longer go with their cells.
pub fn lint(notebook: &Notebook) -> Vec<Diagnostic> {
    let mut findings = Findings::new(&notebook.text, &notebook.places);
    let sources: Vec<String> = notebook.cells.iter().map(super::Cell::src).collect();
    for output in &notebook.outputs {
        let Some(index) = output.cell else { continue };
        let cell = &notebook.cells[index];
        let span = output.marker_range.clone();
        if cell.attributes.hide {
            let hint = "delete the output, or take `hide` away".to_owned();
            findings.warning(span, format!("cell `{}` has `hide`, and an output", cell.reference()), hint);
        } else if output.marker.src != sources[index] {
            let message = format!("stale output: cell `{}` on line {} has changed", cell.reference(), cell.fence_line);
            findings.warning(span, message, "run the notebook again".to_owned());
        }
    }
    let mut all = notebook.diagnostics.clone();
    all.extend(findings.finish());
    all.sort_by_key(|diagnostic| diagnostic.span.start);
    all
}
