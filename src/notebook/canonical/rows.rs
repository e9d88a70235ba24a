//! Lines that are ordered by nothing but tokens that differ from run to run.

use std::ops::Range;

use super::layout::{GAP, Line};
use super::renaming::Pair;
use super::template::{Segment, Token, has_shape_of, matches};

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
        let processes = length(line, new.len(), |next| old[next].is_process && new[next].is_process);
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
    let Some(prefix) = prefix(&cut[first]) else { return 1 };
    let mut keys: Option<(&str, &str)> = None;
    let mut rows = 0;
    for line in first..new.len() {
        let (true, Some(old_key), Some(new_key)) =
            (self::prefix(&cut[line]) == Some(prefix), key(&old[line].text, prefix), key(&new[line].text, prefix))
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

/// What a line begins with ahead of the generated token that sorts it; none where there is no such token.
pub(super) fn prefix<'t>(cut: &[Segment<'t>]) -> Option<&'t str> {
    match cut {
        [Segment::Literal(prefix), Segment::Token(Token::Same(_), _), ..] => Some(prefix),
        [Segment::Token(Token::Same(_), _), ..] => Some(""),
        _ => None,
    }
}

/// What sorts a line: from behind the prefix to the end of the word that the token is in.
pub(super) fn key<'l>(line: &'l str, prefix: &str) -> Option<&'l str> {
    let rest = line.strip_prefix(prefix)?;
    Some(&rest[..rest.find([' ', GAP]).unwrap_or(rest.len())])
}

/// The tokens of what sorts a new row, and those that stand there in a recorded one; none where it says something else.
pub(super) fn key_pairs<'o, 't>(cut: &[Segment<'t>], old: &'o str) -> Option<Vec<Pair<'o, 't>>> {
    let prefix = prefix(cut)?;
    let key = key(old, prefix)?;
    let (_, pairs) = matches(cut, (0, 0), &old[..prefix.len() + key.len()], f64::NEG_INFINITY)?;
    Some(pairs)
}

/// Whether rows can be one another's in any order as far as their shapes tell: for those that look alike there are as
/// many recorded ones. It spares a search that must fail.
pub(super) fn may_be_equal(old: &[Line], cut: &[Vec<Segment<'_>>]) -> bool {
    let mut shapes: Vec<(&[Segment<'_>], usize)> = Vec::new();
    for row in cut {
        match shapes.iter_mut().find(|(shape, _)| is_alike(shape, row)) {
            Some((_, count)) => *count += 1,
            None => shapes.push((row, 1)),
        }
    }
    shapes.iter().all(|(shape, count)| old.iter().filter(|line| has_shape_of(shape, &line.text)).count() >= *count)
}

fn is_alike(one: &[Segment<'_>], other: &[Segment<'_>]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|pair| match pair {
            (Segment::Literal(one), Segment::Literal(other)) => one == other,
            (Segment::Token(one, _), Segment::Token(other, _)) => one.stands_for(*other),
            _ => false,
        })
}
