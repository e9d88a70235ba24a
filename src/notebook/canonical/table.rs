//! Tables as kubectl and docker print them.

use std::sync::LazyLock;

use regex::Regex;

use super::MaskedClass;
use super::layout::GAP;
use super::shape::regex;

/// A table: where its columns begin.
#[derive(Debug)]
pub(super) struct Table {
    starts: Vec<usize>,
    /// Columns that say nothing: ages and counts of events, CPU and memory.
    masked: Vec<(usize, MaskedClass)>,
    indent: usize,
}

static HEADER: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^[A-Z][A-Z0-9%()/_.-]*(?:\([a-z]+\))?(?: +[A-Z0-9%()/_.-]+(?:\([a-z]+\))?)*$"));
static RULE: LazyLock<Regex> = LazyLock::new(|| regex(r"^ *-{2,}(?: {2,}-{2,})+$"));

impl Table {
    /// A header in capitals, or the header of one of `describe`'s tables with its rule below.
    pub(super) fn begin(line: &str, below: Option<&str>) -> Option<Self> {
        let ruled = below.filter(|below| RULE.is_match(below) && !line.is_empty());
        if ruled.is_none() && (!line.contains("  ") || !HEADER.is_match(line)) {
            return None;
        }
        let starts = columns(ruled.unwrap_or(line));
        let names: Vec<&str> = cells(line, &starts)?;
        let events = names.contains(&"LAST SEEN") || (names.contains(&"Reason") && names.contains(&"From"));
        let class = |name: &str| match name {
            "LAST SEEN" | "FIRST SEEN" | "COUNT" | "Age" if events => Some(MaskedClass::Event),
            "CPU(cores)" | "CPU%" | "MEMORY(bytes)" | "MEMORY%" => Some(MaskedClass::Usage),
            _ => None,
        };
        let masked = names.iter().enumerate().filter_map(|(column, name)| Some((column, class(name)?))).collect();
        Some(Self { indent: starts.first().copied().unwrap_or(0), starts, masked })
    }

    pub(super) fn is_over(&self, line: &str) -> bool {
        line.len() - line.trim_start().len() < self.indent
    }

    /// The header with its columns apart.
    pub(super) fn header(&self, line: &str) -> Option<String> {
        Some(cells(line, &self.starts)?.join(&GAP.to_string()))
    }

    /// A row with its columns apart, and what was masked in it; none where it does not keep to them.
    pub(super) fn row(&self, line: &str) -> Option<(String, Vec<(MaskedClass, String)>)> {
        let cells = cells(line, &self.starts)?;
        let rule = cells.iter().all(|cell| cell.chars().all(|letter| letter == '-'));
        let mut text = String::with_capacity(line.len());
        let mut masked = Vec::new();
        for (column, cell) in cells.iter().enumerate() {
            if column > 0 {
                text.push(GAP);
            }
            let class = self.masked.iter().find(|(number, _)| *number == column).filter(|_| !rule);
            text.push_str(match class {
                Some((_, class)) => {
                    masked.push((*class, (*cell).to_owned()));
                    "<masked>"
                }
                None if rule => "-",
                None => cell,
            });
        }
        Some((text, masked))
    }
}

/// Where columns begin: after two or more spaces.
pub(super) fn columns(line: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut spaces = 2;
    for (place, letter) in line.char_indices() {
        if letter == ' ' {
            spaces += 1;
        } else {
            if spaces >= 2 {
                starts.push(place);
            }
            spaces = 0;
        }
    }
    starts
}

/// A row's cells; none where a column does not begin after a space.
fn cells<'l>(line: &'l str, starts: &[usize]) -> Option<Vec<&'l str>> {
    let mut cells = Vec::with_capacity(starts.len());
    for (column, start) in starts.iter().enumerate() {
        if *start > 0 && line.len() > *start && !line.get(..*start)?.ends_with(' ') {
            return None;
        }
        let end = starts.get(column + 1).copied().unwrap_or(line.len()).min(line.len());
        cells.push(line.get((*start).min(end)..end)?.trim());
    }
    Some(cells)
}
