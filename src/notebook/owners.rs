//! Which cell an output belongs to.

use std::collections::HashMap;

use super::diagnostic::Findings;
use super::{Cell, CellRef, Recorded};

/// Finds each output's cell. What follows its cell is its own, even where a cell put in before has moved its place, or
/// a person has renamed the cell and changed nothing else. Elsewhere a marker's name decides; without one the
/// source, then the place.
pub(super) fn assign(cells: &[Cell], outputs: &mut [Recorded], findings: &mut Findings<'_>) {
    let sources: Vec<String> = cells.iter().map(Cell::src).collect();
    let is_unnamed = |cell: usize| cells.get(cell).is_some_and(|cell| cell.attributes.name.is_none());
    // Where several are alike the first one counts.
    let (mut names, mut unnamed) = (HashMap::new(), HashMap::new());
    for (index, cell) in cells.iter().enumerate().rev() {
        match &cell.attributes.name {
            Some(name) => names.insert(name.as_str(), index),
            None => unnamed.insert(sources[index].as_str(), index),
        };
    }
    let mut last_output: Option<Option<usize>> = None;
    let mut next_cell = 0;
    for output in outputs {
        let start = output.marker_range.start;
        let passed = next_cell;
        while next_cell < cells.len() && cells[next_cell].range.end <= start {
            next_cell += 1;
        }
        if next_cell > passed {
            last_output = None;
        }
        // The cell that it directly follows, maybe after other outputs of that cell.
        let follows = match last_output {
            _ if output.follows.is_none() => None,
            Some(owner) => owner,
            None => next_cell.checked_sub(1),
        };
        let marker = &output.marker;
        output.cell = match &marker.cell {
            CellRef::Name(name) => follows
                .filter(|cell| cells[*cell].attributes.name.as_ref() == Some(name))
                .or_else(|| names.get(name.as_str()).copied())
                .or_else(|| follows.filter(|cell| sources[*cell] == marker.src)),
            CellRef::Place(place) => follows
                .filter(|cell| is_unnamed(*cell) || sources[*cell] == marker.src)
                .or_else(|| unnamed.get(marker.src.as_str()).copied())
                .or_else(|| place.checked_sub(1).filter(|cell| is_unnamed(*cell))),
        };
        if output.cell.is_none() {
            let message = format!("the cell `{}` of this output is gone", marker.cell);
            let hint = "delete the output, or give the cell its name back".to_owned();
            findings.warning(output.marker_range.clone(), message, hint);
        }
        last_output = Some(output.cell);
    }
}
