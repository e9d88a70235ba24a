//! Lines that are ordered by nothing but tokens that differ from run to run.

use std::ops::Range;

use super::layout::{GAP, Line};
use super::template::{Segment, Token};

/// What is compared at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// The lines of this number.
    Line(usize),
    /// Lines in any order.
    Rows(Range<usize>),
}

/// Parts two outputs with as many lines into items.
pub(super) fn items(old: &[Line], new: &[Line], cut: &[Vec<Segment<'_>>]) -> Vec<Item> {
    let mut items = Vec::new();
    let mut line = 0;
    while line < new.len() {
        let processes = length(line, new.len(), |next| old[next].pid.is_some() && new[next].pid.is_some());
        let generated = generated_rows(old, new, cut, line);
        let rows = line..line + processes.max(generated);
        if rows.len() > 1 {
            line = rows.end;
            items.push(Item::Rows(rows));
        } else {
            items.push(Item::Line(line));
            line += 1;
        }
    }
    items
}

fn length(from: usize, end: usize, belongs: impl Fn(usize) -> bool) -> usize {
    (from..end).take_while(|line| belongs(*line)).count()
}

/// How many lines from `first` on begin alike up to a generated token, by which they are sorted in both outputs: their
/// order is that of the tokens. Sorted by anything else, it says something.
fn generated_rows(old: &[Line], new: &[Line], cut: &[Vec<Segment<'_>>], first: usize) -> usize {
    let Some(prefix) = cut[first].first().and_then(|segment| match segment {
        Segment::Literal(prefix) if matches!(cut[first].get(1), Some(Segment::Token(Token::Same(_), _))) => {
            Some(*prefix)
        }
        Segment::Token(Token::Same(_), _) => Some(""),
        _ => None,
    }) else {
        return 1;
    };
    // Up to the end of the word that the token is in.
    let key = |line: &str| -> Option<String> {
        let rest = line.strip_prefix(prefix)?;
        Some(rest[..rest.find([' ', GAP]).unwrap_or(rest.len())].to_owned())
    };
    let begins_alike = |segments: &[Segment<'_>]| match segments {
        [Segment::Literal(literal), Segment::Token(Token::Same(_), _), ..] => *literal == prefix,
        [Segment::Token(Token::Same(_), _), ..] => prefix.is_empty(),
        _ => false,
    };
    let mut keys: Option<(String, String)> = None;
    let mut rows = 0;
    for line in first..new.len() {
        let (true, Some(old_key), Some(new_key)) =
            (begins_alike(&cut[line]), key(&old[line].text), key(&new[line].text))
        else {
            break;
        };
        if keys.is_some_and(|(old_before, new_before)| old_before >= old_key || new_before >= new_key) {
            break;
        }
        keys = Some((old_key, new_key));
        rows += 1;
    }
    rows.max(1)
}
