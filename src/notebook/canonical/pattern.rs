//! Hand-written `...` (any lines) and `[..]` (any text in a line) in a recorded output.

use super::layout::Line;
use super::renaming::Pair;
use super::template::{Segment, matches};

const ANY_LINES: &str = "...";
const ANY_TEXT: &str = "[..]";

/// Whether a recorded line stands for any lines.
pub(super) fn is_any_lines(line: &str) -> bool {
    line.trim() == ANY_LINES
}

/// Whether a recorded line has a pattern in it.
pub(super) fn is_pattern(line: &str) -> bool {
    is_any_lines(line) || line.contains(ANY_TEXT)
}

/// Matches recorded lines with patterns against cut lines of the new run.
pub(super) fn matches_lines<'o, 't>(
    old: &'o [Line],
    new: &[Vec<Segment<'t>>],
    elapsed: f64,
) -> Option<Vec<Pair<'o, 't>>> {
    let (mut o, mut n) = (0, 0);
    // The last `...`, the new line up to which it reaches, and the pairs found before.
    let mut any: Option<(usize, usize, usize)> = None;
    let mut pairs = Vec::new();
    while n < new.len() || o < old.len() {
        if old.get(o).is_some_and(|line| is_any_lines(&line.text)) {
            any = Some((o, n, pairs.len()));
            o += 1;
            continue;
        }
        let found = match (old.get(o), new.get(n)) {
            (Some(old), Some(new)) => matches_line(&old.text, new, elapsed),
            _ => None,
        };
        if let Some(found) = found {
            pairs.extend(found);
            (o, n) = (o + 1, n + 1);
        } else {
            let (at, reach, found) = any?;
            if reach >= new.len() {
                return None;
            }
            any = Some((at, reach + 1, found));
            pairs.truncate(found);
            (o, n) = (at + 1, reach + 1);
        }
    }
    Some(pairs)
}

/// Matches one recorded line with patterns against a cut line.
pub(super) fn matches_line<'o, 't>(old: &'o str, new: &[Segment<'t>], elapsed: f64) -> Option<Vec<Pair<'o, 't>>> {
    let mut parts = old.split(ANY_TEXT);
    let (mut cursor, mut pairs) = matches(new, (0, 0), parts.next().unwrap_or_default(), elapsed)?;
    let mut parts = parts.peekable();
    let is_end = |(segment, _): (usize, usize)| segment == new.len();
    if parts.peek().is_none() {
        return is_end(cursor).then_some(pairs);
    }
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        let found = cursors(new, cursor).find_map(|start| {
            matches(new, start, part, elapsed).filter(|(end, _)| !last || part.is_empty() || is_end(*end))
        });
        let (end, more) = found?;
        cursor = end;
        pairs.extend(more);
    }
    Some(pairs)
}

/// All places in a cut line from one on.
fn cursors<'s>(segments: &'s [Segment<'_>], from: (usize, usize)) -> impl Iterator<Item = (usize, usize)> + use<'s> {
    let segments: &'s [Segment<'s>] = segments;
    (from.0..=segments.len()).flat_map(move |segment| {
        let offsets: Vec<usize> = match segments.get(segment) {
            Some(Segment::Literal(literal)) => literal.char_indices().map(|(place, _)| place).collect(),
            _ => vec![0],
        };
        let first = if segment == from.0 { from.1 } else { 0 };
        offsets.into_iter().filter(move |offset| *offset >= first).map(move |offset| (segment, offset))
    })
}
