//! What a run says against what is recorded: per cell whether it drifts, the difference, and what was masked.
//!
//! - [`drift`]: in which ways a cell can drift
//! - [`broken`]: names that were one and are two, or two and are one
//! - [`masked`]: what may differ, and did

mod broken;
mod drift;
mod masked;

use similar::TextDiff;

pub use broken::{Broken, Sighting};
pub use drift::Drift;
pub use masked::{Masked, count};

use self::broken::Sightings;
use super::canonical::{Explained, Known, Solver};
use super::judge::{Judgement, comparison, judge};
use super::splice::by_cell;
use super::{Cell, CellOutput, Check, Notebook, OutputPiece, Recorded, Run};

/// What a run of a notebook says against what is recorded in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The cells that ran, in the notebook's order.
    pub cells: Vec<CheckedCell>,
    /// Where names, addresses or ids that were one are two now, or the other way round: each of them makes a cell
    /// drift.
    pub broken: Vec<Broken>,
}

/// What one cell says against what is recorded for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckedCell {
    /// Which of [`Notebook::cells`], from 0.
    pub cell: usize,
    /// In what it drifts; nothing where it says the same.
    pub drifts: Vec<Drift>,
    /// What differs and may, in the order of the file's lines.
    pub masked: Vec<Masked>,
}

impl Checked {
    /// Whether any cell says something else than what is recorded.
    pub fn has_drifted(&self) -> bool {
        self.cells.iter().any(CheckedCell::has_drifted)
    }
}

impl CheckedCell {
    /// Whether it says something else than what is recorded.
    pub fn has_drifted(&self) -> bool {
        !self.drifts.is_empty()
    }

    /// The unified diffs of its outputs, one after the other; empty where no text differs.
    pub fn diff(&self) -> String {
        self.drifts.iter().map(Drift::diff).collect()
    }
}

/// Compares what a run brought with what its notebook holds. Cells that did not run are not compared.
pub fn check(notebook: &Notebook, run: &Run) -> Checked {
    let known = Known::new(&run.tokens);
    let recorded = by_cell(notebook);
    let mut outputs: Vec<_> = run.outputs.iter().filter(|output| output.cell < notebook.cells.len()).collect();
    outputs.sort_by_key(|output| output.cell);

    let mut checked = Checked::default();
    let mut solver = Solver::new(&known);
    let mut compared = Vec::new();
    for output in outputs {
        let cell = &notebook.cells[output.cell];
        let old: Vec<&Recorded> = recorded[output.cell].iter().map(|index| &notebook.outputs[*index]).collect();
        let mut result = CheckedCell { cell: output.cell, drifts: markers(cell, output, &old), masked: Vec::new() };
        if !matches!(cell.attributes.check, Check::Status | Check::Off) {
            let pieces = if cell.attributes.hide { &[][..] } else { &output.pieces[..] };
            result.drifts.extend(unpaired(notebook, &old, pieces));
            for (place, (old, piece)) in old.iter().copied().zip(pieces).enumerate() {
                let judgement = judge(cell, output, old, piece, &mut solver);
                compared.push(Pairing { result: checked.cells.len(), output, place, old, piece, judgement });
            }
        }
        checked.cells.push(result);
    }
    // Outputs that are equal settle which names stand for each other; against these the difference in others shows.
    compared.sort_by_key(|pairing| pairing.judgement != Judgement::Same);
    let mut sightings = Sightings::default();
    let mut contradictions = Vec::new();
    for pairing in compared {
        let Pairing { result, output, place, old, piece, judgement } = pairing;
        let cell = &notebook.cells[output.cell];
        let above = notebook.places.line(old.fence_range.start);
        let result = &mut checked.cells[result];
        if judgement == Judgement::Language {
            let (recorded, now) = (old.language.clone(), piece.language.clone());
            result.drifts.push(Drift::Language { output: place, recorded, now });
            continue;
        }
        if cell.attributes.check == Check::Exact && judgement == Judgement::Differs && old.text != piece.text {
            result.drifts.push(exactly(place, old, piece, above));
            continue;
        }
        let explained = solver.explain(comparison(cell, output, old, piece), above);
        let Explained { diff, first, masked, tokens, contradictions: more } = explained;
        let line = |line: usize| above + 1 + line;
        result.masked.extend(masked.into_iter().map(|difference| Masked {
            class: difference.class,
            recorded: difference.recorded,
            now: difference.now,
            line: line(difference.line),
        }));
        let ended_so = old.marker.status == output.status;
        if judgement == Judgement::Differs && (ended_so || !diff.is_empty()) {
            result.drifts.push(Drift::Text { output: place, line: line(first.unwrap_or(0)), diff });
        }
        tokens.into_iter().for_each(|sighted| {
            let at = line(sighted.line);
            sightings.note(sighted, cell.reference(), at);
        });
        contradictions.extend(more.into_iter().map(|sighted| (line(sighted.line), cell.reference(), sighted)));
    }
    for (line, cell, sighted) in contradictions {
        for broken in sightings.broken_by(sighted, cell, line) {
            let same = |other: &Broken| {
                (&other.first, &other.second.recorded, &other.second.now)
                    == (&broken.first, &broken.second.recorded, &broken.second.now)
            };
            if !checked.broken.iter().any(same) {
                checked.broken.push(broken);
            }
        }
    }
    checked
}

/// A new output and the recorded one in its place.
struct Pairing<'a> {
    /// Which of the results it belongs to.
    result: usize,
    output: &'a CellOutput,
    /// Which of the cell's outputs.
    place: usize,
    old: &'a Recorded,
    piece: &'a OutputPiece,
    judgement: Judgement,
}

/// What the recorded markers alone tell: an output of another source, another end.
fn markers(cell: &Cell, output: &CellOutput, old: &[&Recorded]) -> Vec<Drift> {
    let mut drifts = Vec::new();
    let Some(marker) = old.first().map(|old| &old.marker).filter(|_| cell.attributes.check != Check::Off) else {
        return drifts;
    };
    let now = cell.src();
    if let Some(stale) = old.iter().find(|old| old.marker.src != now) {
        drifts.push(Drift::Source { recorded: stale.marker.src.clone(), now });
    }
    if marker.status != output.status {
        drifts.push(Drift::Status { recorded: marker.status, now: output.status });
    }
    drifts
}

/// Outputs that have nothing to be compared with.
fn unpaired(notebook: &Notebook, old: &[&Recorded], pieces: &[OutputPiece]) -> Vec<Drift> {
    let added = pieces.iter().enumerate().skip(old.len()).map(|(output, piece)| {
        let diff = TextDiff::from_lines("", piece.text.as_str()).unified_diff().to_string();
        Drift::Added { output, diff }
    });
    let gone = old.iter().enumerate().skip(pieces.len()).map(|(output, old)| {
        let diff = TextDiff::from_lines(old.text.as_str(), "").unified_diff().to_string();
        Drift::Gone { output, line: notebook.places.line(old.fence_range.start) + 1, diff }
    });
    added.chain(gone).collect()
}

/// The difference where each byte counts.
fn exactly(output: usize, old: &Recorded, piece: &OutputPiece, above: usize) -> Drift {
    let diff = TextDiff::from_lines(old.text.as_str(), piece.text.as_str()).unified_diff().to_string();
    let same = old.text.lines().zip(piece.text.lines()).take_while(|(old, new)| old == new).count();
    Drift::Text { output, line: above + 1 + same, diff }
}
