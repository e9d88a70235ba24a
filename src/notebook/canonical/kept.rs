//! Which hand-written patterns a new output keeps.

use super::align::{Row, Sides};
use super::known::Known;
use super::renaming::Renaming;
use super::template::cut;
use super::{layout, pattern};

/// A new output with each pattern line of the recorded one that still matches in place of what it stands for.
pub(in crate::notebook) fn with_patterns_kept(old: &str, new: &str, known: &Known, elapsed: f64) -> String {
    let (old_lines, new_lines) = (layout::lines(old), layout::lines(new));
    if !old_lines.iter().any(|line| pattern::is_pattern(&line.text)) {
        return new.to_owned();
    }
    let cut: Vec<_> = new_lines.iter().map(|line| cut(&line.text, known)).collect();
    let sides = Sides { old: &old_lines, new: &new_lines, cut: &cut, unordered: false, pattern: true, elapsed };
    let (old_raw, new_raw): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut kept: Vec<&str> = Vec::new();
    for row in sides.align(&Renaming::default()) {
        match row {
            Row::Equal(line, _) if pattern::is_pattern(&old_lines[line].text) => {
                kept.extend(&old_raw[old_lines[line].raw.clone()]);
            }
            Row::Equal(_, new) => kept.extend(new.flat_map(|line| &new_raw[new_lines[line].raw.clone()])),
            Row::Come(line, _) => kept.extend(&new_raw[new_lines[line].raw.clone()]),
            Row::Gone(_) => {}
        }
    }
    kept.into_iter().flat_map(|line| [line, "\n"]).collect()
}
