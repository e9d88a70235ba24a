//! Stable write: an output that says the same as the recorded one keeps its bytes.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::canonical::{Identity, Known, Solver, identities, with_patterns_kept};
use super::judge::{Judgement, judge};
use super::splice::{Put, apply, by_cell, put};
use super::{Cell, CellOutput, Check, Marker, Notebook, OutputPiece, Recorded, TokenClass};

/// What a run brought.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// The outputs of the cells that ran. A cell that is not among them keeps the outputs it has.
    pub outputs: Vec<CellOutput>,
    /// The tokens that the run has fetched, with their classes.
    pub tokens: Vec<(String, TokenClass)>,
    /// Write every output, also those that say the same.
    pub refresh: bool,
}

/// A notebook's text after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The whole text.
    pub text: String,
    /// What became of the outputs of each cell that ran, by the cell's index.
    pub changes: Vec<(usize, Change)>,
    /// Cells that did not run and whose outputs still show a name, address or id that others no longer do.
    pub partial: Vec<usize>,
}

/// What became of a cell's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// They say the same and keep their bytes; so does a cell without any.
    Kept,
    /// At least one is new, gone, or says something else.
    Changed,
    /// They say the same, and are written because an output that they share a name with has changed.
    Renamed,
}

/// One output of the new run.
struct Slot<'a> {
    piece: Cow<'a, OutputPiece>,
    recorded: Option<&'a Recorded>,
    /// Whether the recorded one stays.
    keeps: bool,
    /// The tokens of the new text.
    tokens: Vec<(Identity, String)>,
}

/// Writes what a run brought into its notebook.
pub fn update(notebook: &Notebook, run: &Run) -> Update {
    let known = Known::new(&run.tokens);
    let recorded = by_cell(notebook);
    let mut solver = Solver::new(&known);
    let mut outputs: Vec<&CellOutput> =
        run.outputs.iter().filter(|output| output.cell < notebook.cells.len()).collect();
    outputs.sort_by_key(|output| output.cell);

    let mut slots: Vec<Slot<'_>> = Vec::new();
    let mut owners: Vec<usize> = Vec::new(); // of each slot its output, by index
    for (index, output) in outputs.iter().enumerate() {
        let pieces = if notebook.cells[output.cell].attributes.hide { &[][..] } else { &output.pieces[..] };
        let old = &recorded[output.cell];
        for (place, piece) in pieces.iter().enumerate() {
            let old = old.get(place).map(|index| &notebook.outputs[*index]);
            let as_many = recorded[output.cell].len() == pieces.len();
            let keeps = !run.refresh
                && as_many
                && old.is_some_and(|old| keeps(&notebook.cells[output.cell], output, old, piece, &mut solver));
            let tokens = identities(&piece.text, &known);
            let piece = match old.filter(|_| notebook.cells[output.cell].attributes.pattern) {
                Some(old) => Cow::Owned(patterned(output, old, piece, &known)),
                None => Cow::Borrowed(piece),
            };
            slots.push(Slot { piece, recorded: old, keeps, tokens });
            owners.push(index);
        }
    }
    let mut changed: HashSet<usize> = HashSet::new();
    let mut shown = vec![0; outputs.len()];
    for (owner, slot) in owners.iter().zip(&slots) {
        shown[*owner] += 1;
        if !slot.keeps {
            changed.insert(*owner);
        }
    }
    changed.extend((0..outputs.len()).filter(|index| shown[*index] < recorded[outputs[*index].cell].len()));
    let stale = spread(&mut slots, &solver);

    let mut edits = Vec::new();
    let mut changes = Vec::new();
    let mut slots_of: Vec<Vec<&Slot<'_>>> = vec![Vec::new(); outputs.len()];
    for (owner, slot) in owners.iter().zip(&slots) {
        slots_of[*owner].push(slot);
    }
    for (index, output) in outputs.iter().enumerate() {
        let cell = &notebook.cells[output.cell];
        let marker = cell.marker(output.status, &output.on);
        let puts: Vec<Put<'_>> = slots_of[index].iter().map(|slot| become_of(slot, &marker)).collect();
        put(notebook, cell, &recorded[output.cell], &puts, &mut edits);
        let change = match () {
            () if changed.contains(&index) => Change::Changed,
            () if slots_of[index].iter().all(|slot| slot.keeps) => Change::Kept,
            () => Change::Renamed,
        };
        changes.push((output.cell, change));
    }
    let partial = partial(notebook, &outputs, &slots, stale, &known);
    Update { text: apply(&notebook.text, edits), changes, partial }
}

/// Whether the recorded output stays. Where the text is not compared it does until the source changes.
fn keeps(cell: &Cell, output: &CellOutput, old: &Recorded, piece: &OutputPiece, solver: &mut Solver<'_>) -> bool {
    let unread = matches!(cell.attributes.check, Check::Status | Check::Off);
    judge(cell, output, old, piece, solver) == Judgement::Same && (!unread || old.marker.src == cell.src())
}

/// What is written where `match` makes lines of the recorded output patterns: those that still match stay.
fn patterned(output: &CellOutput, old: &Recorded, piece: &OutputPiece, known: &Known) -> OutputPiece {
    let text = with_patterns_kept(&old.text, &piece.text, known, output.elapsed.as_secs_f64());
    OutputPiece { language: piece.language.clone(), text }
}

/// An output that is kept under a new source or another place gets a marker that says so; `on` is still where its
/// bytes were made.
fn become_of<'p>(slot: &'p Slot<'_>, marker: &Marker) -> Put<'p> {
    match slot.recorded.filter(|_| slot.keeps) {
        None => Put::Whole(marker.clone(), &slot.piece),
        Some(old) if old.marker.src == marker.src && old.marker.cell == marker.cell => Put::Keep,
        Some(old) => Put::Marker(Marker { on: old.marker.on.clone(), ..marker.clone() }),
    }
}

/// Writes every output that shares a renamed token with one that is written, so that a Pod never has two names in one
/// file. Returns the recorded tokens that have new names now.
fn spread(slots: &mut [Slot<'_>], solver: &Solver<'_>) -> HashSet<String> {
    let mut renamed: HashMap<(Identity, &str), &str> = HashMap::new();
    let mut by_token: HashMap<(Identity, String), Vec<usize>> = HashMap::new();
    for (identity, old, new) in solver.renaming().all().filter(|(_, old, new)| old != new) {
        renamed.insert((identity, new), old);
    }
    for (index, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.keeps) {
        for (identity, new) in &slot.tokens {
            let Some(old) = renamed.get(&(*identity, new.as_str())) else { continue };
            by_token.entry((*identity, new.clone())).or_default().push(index);
            // The same address may have been another Pod's before.
            by_token.entry((*identity, (*old).to_owned())).or_default().push(index);
        }
    }
    let mut stale = HashSet::new();
    let mut written: Vec<usize> = (0..slots.len()).filter(|index| !slots[*index].keeps).collect();
    while let Some(index) = written.pop() {
        for token in slots[index].tokens.clone() {
            if let Some(old) = renamed.get(&(token.0, token.1.as_str())) {
                stale.insert((*old).to_owned());
            }
            for sharer in by_token.remove(&token).unwrap_or_default() {
                if slots[sharer].keeps {
                    slots[sharer].keeps = false;
                    written.push(sharer);
                }
            }
        }
    }
    // Outputs that are not compared line by line are not in the renaming; they show old tokens all the same.
    for slot in slots.iter_mut().filter(|slot| slot.keeps) {
        slot.keeps = !slot.recorded.is_some_and(|old| stale.iter().any(|token| shows(&old.text, token)));
    }
    stale
}

/// The cells that did not run and show a token that the new outputs have replaced.
fn partial(
    notebook: &Notebook,
    outputs: &[&CellOutput],
    slots: &[Slot<'_>],
    mut stale: HashSet<String>,
    known: &Known,
) -> Vec<usize> {
    let ran: HashSet<usize> = outputs.iter().map(|output| output.cell).collect();
    let shown: HashSet<&str> = slots.iter().flat_map(|slot| &slot.tokens).map(|(_, token)| token.as_str()).collect();
    for old in slots.iter().filter(|slot| !slot.keeps).filter_map(|slot| slot.recorded) {
        let gone = identities(&old.text, known).into_iter().map(|(_, token)| token);
        stale.extend(gone.filter(|token| !shown.contains(token.as_str())));
    }
    let kept = notebook.outputs.iter().filter_map(|output| Some((output.cell?, output)));
    let mut cells: Vec<usize> = kept
        .filter(|(cell, _)| !ran.contains(cell))
        .filter(|(_, output)| stale.iter().any(|token| shows(&output.text, token)))
        .map(|(cell, _)| cell)
        .collect();
    cells.dedup();
    cells
}

/// Whether a text holds a token as a word or the end of a name.
fn shows(text: &str, token: &str) -> bool {
    text.match_indices(token).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + token.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}
