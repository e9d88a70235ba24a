//! Brings an output's lines into a form in which only content differs: columns realigned, and what says nothing
//! about the behaviour masked.

use std::ops::Range;

use super::MaskedClass;
use super::mask::{EVENT_KEY, mask};
use super::pattern::is_any_lines;
use super::process::{self, ProcessTable};
use super::table::Table;

/// Between two columns.
pub(super) const GAP: char = '\u{1f}';

/// A line of an output in canonical form.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Its text; columns are parted by [`GAP`].
    pub(super) text: String,
    /// Whether it is a row of a process list: such rows are ordered by their PIDs.
    pub(super) is_process: bool,
    /// Which lines of the output it stands for, from 0.
    pub(super) raw: Range<usize>,
    /// What was masked in it, in order.
    pub(super) masked: Vec<(MaskedClass, String)>,
}

impl Line {
    /// A line whose place is not known yet.
    pub(super) fn new(text: String, masked: Vec<(MaskedClass, String)>) -> Self {
        Self { text, is_process: false, raw: 0..0, masked }
    }
}

/// The lines of an output in canonical form.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let raw: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut lines: Vec<Line> = Vec::with_capacity(raw.len());
    let mut inside = Inside::default();
    for (number, line) in raw.iter().enumerate() {
        let mut canonical = inside.line(line, raw.get(number + 1).copied());
        canonical.raw = number..number + 1;
        // How many events there are is no more telling than how often each was counted.
        if canonical.text.starts_with(EVENT_KEY)
            && let Some(last) = lines.last_mut()
            && last.text == canonical.text
        {
            last.raw.end = number + 1;
            continue;
        }
        lines.push(canonical);
    }
    lines
}

/// What the lines above a line make of it.
#[derive(Debug, Default)]
struct Inside {
    table: Option<Table>,
    processes: Option<ProcessTable>,
    /// Whether the command above prints nothing but PIDs.
    pids: bool,
}

impl Inside {
    fn line(&mut self, line: &str, below: Option<&str>) -> Line {
        // It may stand for rows: then it is none itself, and what follows goes on being a table.
        if is_any_lines(line) {
            return Line::new(line.trim().to_owned(), Vec::new());
        }
        let command = line.starts_with("$ ");
        if command || line.is_empty() {
            *self = Self { pids: command && process::prints_pids(line), ..Self::default() };
        } else if self.table.as_ref().is_some_and(|table| table.is_over(line)) {
            self.table = None;
        }
        if let Some(row) = self.processes.as_ref().and_then(|table| table.row(line)) {
            return row;
        }
        if let Some(header) = ProcessTable::begin(line) {
            let text = header.header();
            *self = Self { processes: Some(header), ..Self::default() };
            return Line::new(text, Vec::new());
        }
        if let Some(row) = process::row(line).or_else(|| self.pids.then(|| process::pid(line)).flatten()) {
            return row;
        }
        if let Some(header) = Table::begin(line, below) {
            let text = header.header(line).unwrap_or_else(|| collapse(line));
            self.table = Some(header);
            return Line::new(text, Vec::new());
        }
        let row = self.table.as_ref().and_then(|table| table.row(line));
        let (text, mut masked) = row.unwrap_or_else(|| (collapse(line), Vec::new()));
        let text = mask(text, &mut masked);
        Line::new(text, masked)
    }
}

/// Columns: two or more spaces inside a line. Indentation stays.
fn collapse(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    let mut text = line[..indent].to_owned();
    let mut spaces = 0;
    for letter in line[indent..].chars() {
        match letter {
            ' ' => spaces += 1,
            _ => {
                match spaces {
                    0 => {}
                    1 => text.push(' '),
                    _ => text.push(GAP),
                }
                spaces = 0;
                text.push(letter);
            }
        }
    }
    text
}
