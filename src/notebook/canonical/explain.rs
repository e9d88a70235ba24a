//! What differs between two outputs, and what was masked.

use super::align::{Row, Sides};
use super::layout::{self, Line};
use super::pattern::{is_any_lines, is_pattern};
use super::renaming::{Identity, Pair};
use super::shown::{Shown, unified};
use super::template::{cut, differences};
use super::{Comparison, MaskedClass, Solver};

/// What a comparison of two outputs found.
#[derive(Debug, Default)]
pub(in crate::notebook) struct Explained {
    /// A unified diff in which what may differ reads as recorded; empty where the outputs are equal.
    pub(in crate::notebook) diff: String,
    /// The first recorded line that differs, from 0.
    pub(in crate::notebook) first: Option<usize>,
    /// What differs and may.
    pub(in crate::notebook) masked: Vec<Difference>,
    /// The tokens that stand for each other.
    pub(in crate::notebook) tokens: Vec<Sighted>,
    /// The tokens that would, did they not stand for others.
    pub(in crate::notebook) contradictions: Vec<Sighted>,
}

/// What differs and may.
#[derive(Debug)]
pub(in crate::notebook) struct Difference {
    pub(in crate::notebook) class: MaskedClass,
    pub(in crate::notebook) recorded: String,
    pub(in crate::notebook) now: String,
    /// The recorded output's line, from 0.
    pub(in crate::notebook) line: usize,
}

/// A recorded token and the new one in its place.
#[derive(Debug)]
pub(in crate::notebook) struct Sighted {
    pub(in crate::notebook) identity: Identity,
    pub(in crate::notebook) old: String,
    pub(in crate::notebook) new: String,
    /// The words that they are part of: the whole names.
    pub(in crate::notebook) words: (String, String),
    /// The recorded output's line, from 0.
    pub(in crate::notebook) line: usize,
}

impl Solver<'_> {
    /// What differs between two outputs under the renaming so far; what they have in common goes into it. For outputs
    /// that [`Solver::compare`] has found equal that is what was masked.
    pub(in crate::notebook) fn explain(&mut self, comparison: Comparison<'_>, offset: usize) -> Explained {
        let Comparison { old, new, unordered, pattern, elapsed } = comparison;
        let (old_lines, new_lines) = (layout::lines(old), layout::lines(new));
        let known = self.known();
        let cut_lines: Vec<_> = new_lines.iter().map(|line| cut(&line.text, known)).collect();
        let sides = Sides { old: &old_lines, new: &new_lines, cut: &cut_lines, unordered, pattern, elapsed };
        let mut explained = Explained::default();
        let mut rows = Vec::new();
        for row in sides.align(&self.renaming) {
            match row {
                Row::Equal(old, _) if pattern && is_any_lines(&old_lines[old].text) => rows.push(row),
                Row::Equal(old, ref new) if !self.take(&sides, old, new.start, &mut explained) => {
                    rows.extend([Row::Gone(old), Row::Come(new.start, Some(old))]);
                }
                Row::Come(new, Some(old)) => {
                    self.take(&sides, old, new, &mut explained);
                    rows.push(row);
                }
                row => rows.push(row),
            }
        }
        let (old_raw, new_raw): (Vec<&str>, Vec<&str>) = (raw(old), raw(new));
        for row in &rows {
            if let Row::Equal(old, new) = row {
                explained.masked.extend(masked(&sides, *old, new.clone(), &new_raw));
            }
        }
        // A line that came stands below the last one that is equal.
        let mut below = 0;
        explained.first = rows.iter().find_map(|row| match row {
            Row::Equal(old, _) => {
                below = old_lines[*old].raw.end;
                None
            }
            Row::Gone(old) | Row::Come(_, Some(old)) => Some(old_lines[*old].raw.start),
            Row::Come(_, None) => Some(below),
        });
        let mut shown = Shown { sides, old_raw: &old_raw, new_raw: &new_raw, renaming: &mut self.renaming, known };
        explained.diff = unified(&mut shown, &rows, offset);
        explained
    }

    /// Takes the tokens of two lines into the renaming; false where some contradict it.
    fn take(&mut self, sides: &Sides<'_>, old: usize, new: usize, explained: &mut Explained) -> bool {
        let Some(pairs) = sides.pairs(old, new) else { return false };
        let mut fits = true;
        for pair in pairs {
            let sighted = sighted(&sides.old[old], &sides.new[new], &pair);
            if self.renaming.extend(std::slice::from_ref(&pair)) {
                explained.tokens.push(sighted);
            } else {
                fits = false;
                explained.contradictions.push(sighted);
            }
        }
        fits
    }
}

fn raw(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).collect()
}

fn sighted(old: &Line, new: &Line, pair: &Pair<'_, '_>) -> Sighted {
    let words = (word(&old.text, pair.old), word(&new.text, pair.new));
    let (identity, line) = (pair.identity, old.raw.start);
    Sighted { identity, old: pair.old.to_owned(), new: pair.new.to_owned(), words, line }
}

/// The word of a line that a token is part of.
fn word(line: &str, token: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    let mut words = line.split(|letter| !is_part(letter)).map(|word| word.trim_matches(['.', '-']));
    words.find(|word| word.split('-').any(|part| part == token)).unwrap_or(token).to_owned()
}

/// What differs between a recorded line and the new ones that say the same.
fn masked(sides: &Sides<'_>, old: usize, new: std::ops::Range<usize>, new_raw: &[&str]) -> Vec<Difference> {
    let recorded = &sides.old[old];
    let line = recorded.raw.start;
    let difference = |class, recorded: &str, now: &str| Difference {
        class,
        recorded: recorded.to_owned(),
        now: now.to_owned(),
        line,
    };
    if sides.pattern && is_pattern(&recorded.text) {
        let lines = sides.new[new].iter().flat_map(|line| &new_raw[line.raw.clone()]);
        let now = lines.copied().collect::<Vec<_>>().join("\n");
        return vec![difference(MaskedClass::Pattern, recorded.text.trim(), &now)];
    }
    let new = new.start;
    let tokens = differences(&sides.cut[new], &recorded.text);
    let tokens = tokens.into_iter().map(|(class, recorded, now)| difference(class, recorded, now));
    let both = recorded.masked.iter().zip(&sides.new[new].masked);
    let layout = both.filter(|(old, new)| old.1 != new.1).map(|(old, new)| difference(old.0, &old.1, &new.1));
    tokens.chain(layout).collect()
}
