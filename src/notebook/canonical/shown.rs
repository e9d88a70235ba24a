//! A diff in which only what really differs does: what may differ reads as recorded.

use similar::udiff::UnifiedHunkHeader;
use similar::{DiffOp, group_diff_ops};

use super::align::{Row, Sides};
use super::known::Known;
use super::layout::GAP;
use super::renaming::Renaming;
use super::template::{Segment, Token, cut, matches_whole};

/// Lines of context around a difference.
const CONTEXT: usize = 3;

/// Two outputs and what they are shown by.
pub(super) struct Shown<'s> {
    pub(super) sides: Sides<'s>,
    pub(super) old_raw: &'s [&'s str],
    pub(super) new_raw: &'s [&'s str],
    pub(super) renaming: &'s mut Renaming,
    pub(super) known: &'s Known,
}

/// The unified diff; `offset` lines stand above the recorded output in its file. Empty where nothing differs.
pub(super) fn unified(shown: &mut Shown<'_>, rows: &[Row], offset: usize) -> String {
    let (mut old, mut new): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    let mut ops = Vec::new();
    for row in rows {
        let (old_index, new_index) = (old.len(), new.len());
        match row {
            Row::Equal(line, _) => {
                let raw = &shown.old_raw[shown.sides.old[*line].raw.clone()];
                old.extend(raw);
                new.extend(raw.iter().map(|line| (*line).to_owned()));
                ops.push(DiffOp::Equal {
                    old_index: old_index + offset,
                    new_index: new_index + offset,
                    len: raw.len(),
                });
            }
            Row::Gone(line) => {
                let raw = &shown.old_raw[shown.sides.old[*line].raw.clone()];
                old.extend(raw);
                let (old_index, new_index) = (old_index + offset, new_index + offset);
                ops.push(DiffOp::Delete { old_index, old_len: raw.len(), new_index });
            }
            Row::Come(line, instead) => {
                new.extend(shown.line(*line, *instead));
                let new_len = new.len() - new_index;
                ops.push(DiffOp::Insert { old_index: old_index + offset, new_index: new_index + offset, new_len });
            }
        }
    }
    if ops.iter().all(|op| matches!(op, DiffOp::Equal { .. })) {
        return String::new();
    }
    let mut text = String::new();
    for group in group_diff_ops(joined(ops), CONTEXT) {
        text += &format!("{}\n", UnifiedHunkHeader::new(&group));
        for op in group {
            let lines = |sign: char, lines: &[&str]| -> String {
                lines.iter().map(|line| format!("{sign}{line}").trim_end().to_owned() + "\n").collect()
            };
            let (from, to) = (op.old_range(), op.new_range());
            let old = &old[from.start - offset..from.end - offset];
            let new: Vec<&str> = new[to.start - offset..to.end - offset].iter().map(String::as_str).collect();
            text += &match op {
                DiffOp::Equal { .. } => lines(' ', old),
                _ => lines('-', old) + lines('+', &new).as_str(),
            };
        }
    }
    text
}

/// Joins operations of a kind that follow each other, so that context is counted right.
fn joined(ops: Vec<DiffOp>) -> Vec<DiffOp> {
    let mut joined: Vec<DiffOp> = Vec::new();
    for op in ops {
        match (joined.last_mut(), op) {
            (Some(DiffOp::Equal { len, .. }), DiffOp::Equal { len: more, .. }) => *len += more,
            (Some(DiffOp::Delete { old_len, .. }), DiffOp::Delete { old_len: more, .. }) => *old_len += more,
            (Some(DiffOp::Insert { new_len, .. }), DiffOp::Insert { new_len: more, .. }) => *new_len += more,
            (_, op) => joined.push(op),
        }
    }
    joined
}

impl Shown<'_> {
    /// A new line with what may differ as recorded, as far as that is known.
    fn line(&mut self, new: usize, instead: Option<usize>) -> Vec<String> {
        let raw = &self.new_raw[self.sides.new[new].raw.clone()];
        if let ([raw], Some(old)) = (raw, instead)
            && let Some(line) = self.part_by_part(raw, old, new)
        {
            return vec![line];
        }
        raw.iter().map(|line| self.translated(line)).collect()
    }

    /// The line with the recorded columns, or words, where they say the same.
    fn part_by_part(&mut self, raw: &str, old: usize, new: usize) -> Option<String> {
        let (recorded, now) = (&self.sides.old[old], &self.sides.new[new]);
        let columns = recorded.text.contains(GAP);
        let apart = if columns { GAP } else { ' ' };
        let (olds, news): (Vec<&str>, Vec<&str>) =
            (recorded.text.split(apart).collect(), now.text.split(apart).collect());
        if olds.len() != news.len() || !recorded.masked.is_empty() || !now.masked.is_empty() {
            return None;
        }
        let old_raw = self.old_raw[recorded.raw.start];
        let mut parts = Vec::with_capacity(news.len());
        let mut at = (0, 0);
        for (old, new) in olds.iter().zip(&news) {
            // Where they stand in the lines as printed.
            let old_start = at.0 + old_raw.get(at.0..)?.find(old)?;
            let new_start = at.1 + raw.get(at.1..)?.find(new)?;
            at = (old_start + old.len(), new_start + new.len());
            parts.push((old_start, self.part(old, new)));
        }
        if !columns {
            return Some(parts.into_iter().map(|(_, part)| part).collect::<Vec<_>>().join(" "));
        }
        let mut line = String::new();
        for (start, part) in parts {
            let width = line.chars().count();
            let start = old_raw[..start].chars().count();
            let gap = if line.is_empty() { start } else { start.saturating_sub(width).max(1) };
            line.extend(std::iter::repeat_n(' ', gap));
            line += &part;
        }
        Some(line.trim_end().to_owned())
    }

    fn part(&mut self, old: &str, new: &str) -> String {
        let segments = cut(new, self.known);
        let pairs = matches_whole(&segments, old, self.sides.elapsed);
        if pairs.is_some_and(|pairs| self.renaming.extend(&pairs)) { old.to_owned() } else { self.translated(new) }
    }

    /// A text with recorded tokens in place of those that stand for them.
    fn translated(&self, text: &str) -> String {
        let segments = cut(text, self.known);
        let each = segments.iter().map(|segment| match segment {
            Segment::Token(Token::Same(identity), new) => {
                // Of a container's id the renaming knows the beginning.
                self.renaming.old_of(*identity, new).filter(|old| old.len() == new.len()).unwrap_or(new)
            }
            Segment::Literal(text) | Segment::Token(_, text) => text,
        });
        each.collect()
    }
}
