//! Writes outputs into a notebook's text and takes them out again. Every byte outside of them stays.

use std::ops::Range;

use super::output::Layout;
use super::{Cell, CellOutput, Marker, Notebook, OutputPiece, Recorded};

/// The notebook's text with these cells' outputs in place of those it holds. Cells that are not named keep theirs.
pub fn splice(notebook: &Notebook, outputs: &[CellOutput]) -> String {
    let recorded = by_cell(notebook);
    let mut edits = Vec::new();
    for output in outputs {
        let Some(cell) = notebook.cells.get(output.cell) else { continue };
        let puts: Vec<Put<'_>> =
            output.pieces.iter().map(|piece| Put::Whole(cell.marker(output.status, &output.on), piece)).collect();
        put(notebook, cell, &recorded[output.cell], &puts, &mut edits);
    }
    apply(&notebook.text, edits)
}

/// The notebook's text without its outputs. Those whose cell is gone stay: they may be all that is left of it.
pub fn clean(notebook: &Notebook) -> String {
    let mut edits = Vec::new();
    for output in notebook.outputs.iter().filter(|output| output.cell.is_some()) {
        remove(notebook, output, &mut edits);
    }
    apply(&notebook.text, edits)
}

/// A range of bytes and what replaces it.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// For each cell the indices of its recorded outputs.
pub(super) fn by_cell(notebook: &Notebook) -> Vec<Vec<usize>> {
    let mut recorded = vec![Vec::new(); notebook.cells.len()];
    for (index, output) in notebook.outputs.iter().enumerate() {
        if let Some(cell) = output.cell {
            recorded[cell].push(index);
        }
    }
    recorded
}

/// What becomes of one of a cell's outputs.
#[derive(Debug)]
pub(super) enum Put<'p> {
    /// It keeps its bytes.
    Keep,
    /// Only its marker is written.
    Marker(Marker),
    /// Marker and fence are written.
    Whole(Marker, &'p OutputPiece),
}

/// Puts a cell's outputs where the recorded ones are, one for one: a person may have moved them. More than there were
/// follow the last one, or the cell; recorded ones that are left over go.
pub(super) fn put(notebook: &Notebook, cell: &Cell, recorded: &[usize], puts: &[Put<'_>], edits: &mut Vec<Edit>) {
    for (put, index) in puts.iter().zip(recorded) {
        let output = &notebook.outputs[*index];
        match put {
            Put::Keep => {}
            Put::Marker(marker) => edits.push(Edit { range: output.marker_range.clone(), text: marker.to_string() }),
            Put::Whole(marker, piece) => {
                let layout = Layout { prefix: &output.prefix, contained: output.contained, line_end: cell.line_end };
                let mut text = String::new();
                layout.output(&mut text, marker, piece);
                edits.push(Edit { range: output.range(), text });
            }
        }
    }
    if puts.len() > recorded.len() {
        let (end, prefix, contained) = match recorded.last().map(|index| &notebook.outputs[*index]) {
            Some(output) => (output.fence_range.end, &output.prefix, output.contained),
            None => (cell.range.end, &cell.prefix, cell.contained),
        };
        let layout = Layout { prefix, contained, line_end: cell.line_end };
        let mut text = String::new();
        for put in &puts[recorded.len()..] {
            let Put::Whole(marker, piece) = put else { continue };
            if !contained {
                layout.next_line(&mut text, "");
            }
            text.push_str(cell.line_end);
            text.push_str(prefix);
            layout.output(&mut text, marker, piece);
        }
        edits.push(Edit { range: end..end, text });
    }
    for index in recorded.iter().skip(puts.len()) {
        remove(notebook, &notebook.outputs[*index], edits);
    }
}

/// Takes an output out, with the blank lines that came with it.
fn remove(notebook: &Notebook, output: &Recorded, edits: &mut Vec<Edit>) {
    let text = &notebook.text;
    let mut cut = |range: Range<usize>| edits.push(Edit { range, text: String::new() });
    let range = output.range();
    if let Some(end) = output.follows {
        return cut(end..range.end);
    }
    let line_start = notebook.places.line_start(range.start);
    if !text[line_start..range.start].chars().all(is_blank) {
        return cut(range); // the first line of a list item, which stays
    }
    if !output.opens_block {
        // The blank line between marker and fence ends the HTML block that the marker stands in.
        let fence_line = notebook.places.line_start(output.fence_range.start);
        cut(line_start..after_line_end(text, output.marker_range.end));
        return cut(fence_line..after_line_end(text, range.end));
    }
    if line_start == 0 {
        return cut(0..after_line_end(text, range.end));
    }
    let line_above = before_line_end(text, line_start);
    let start_above = notebook.places.line_start(line_above);
    let blank_above = start_above > 0 && text[start_above..line_above].chars().all(is_blank);
    let below = after_line_end(text, range.end);
    let blank_below = text[below..].split('\n').next().is_none_or(|line| line.chars().all(is_blank));
    // Of two blank lines one goes; a single one keeps apart what stands above and below.
    let start = if blank_above && blank_below { before_line_end(text, start_above) } else { line_above };
    cut(start..range.end);
}

/// Whether a letter leaves a line blank, inside a quote too.
fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '>')
}

/// Past the line end at `offset`, if there is one.
fn after_line_end(text: &str, offset: usize) -> usize {
    let rest = &text[offset..];
    let line = rest.find('\n').map_or(rest.len(), |end| end + 1);
    if rest[..line].trim().is_empty() { offset + line } else { offset }
}

/// Where the line ends that is above the one that begins at `line_start`: ahead of its line end.
fn before_line_end(text: &str, line_start: usize) -> usize {
    let above = text[..line_start].strip_suffix('\n').unwrap_or_default();
    above.strip_suffix('\r').unwrap_or(above).len()
}

/// Applies edits that do not overlap.
pub(super) fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut result = String::with_capacity(text.len());
    let mut position = 0;
    for edit in edits {
        result.push_str(&text[position..edit.range.start]);
        result.push_str(&edit.text);
        position = edit.range.end;
    }
    result.push_str(&text[position..]);
    result
}
