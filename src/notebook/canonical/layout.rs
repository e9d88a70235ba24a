//! Brings an output's lines into a form in which only content differs: columns realigned, and what says nothing
//! about the behaviour (PIDs, CPU and memory, database sizes, raft's counters, event ages and counts) masked.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::shape::regex;

/// Between two columns.
pub(super) const GAP: char = '\u{1f}';

/// A line of an output in canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its text; columns are parted by [`GAP`].
    pub(super) text: String,
    /// The PID of a process list's row, by which such rows are ordered.
    pub(super) pid: Option<u64>,
}

/// The lines of an output in canonical form.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let raw: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut lines: Vec<Line> = Vec::with_capacity(raw.len());
    let mut table: Option<Table> = None;
    for (number, line) in raw.iter().enumerate() {
        if line.is_empty() || line.starts_with("$ ") || table.as_ref().is_some_and(|table| table.is_over(line)) {
            table = None;
        }
        let canonical = if let Some(row) = process(line) {
            row
        } else if let Some(header) = Table::begin(line, raw.get(number + 1).copied()) {
            let text = header.row(line).unwrap_or_else(|| collapse(line));
            table = Some(header);
            Line { text, pid: None }
        } else {
            let row = table.as_ref().and_then(|table| table.row(line));
            Line { text: mask(&row.unwrap_or_else(|| collapse(line))), pid: None }
        };
        // How many events there are is no more telling than how often each was counted.
        if canonical.text.starts_with(EVENT_KEY) && lines.last() == Some(&canonical) {
            continue;
        }
        lines.push(canonical);
    }
    lines
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

/// A table as kubectl and docker print it: where its columns begin.
#[derive(Debug)]
struct Table {
    starts: Vec<usize>,
    /// Columns that say nothing: ages and counts of events.
    masked: Vec<usize>,
    indent: usize,
}

static HEADER: LazyLock<Regex> = LazyLock::new(|| regex(r"^[A-Z][A-Z0-9%()/_.-]*(?: +[A-Z0-9%()/_.-]+)*$"));
static RULE: LazyLock<Regex> = LazyLock::new(|| regex(r"^ *-{2,}(?: {2,}-{2,})+$"));

impl Table {
    /// A header in capitals, or the header of one of `describe`'s tables with its rule below.
    fn begin(line: &str, below: Option<&str>) -> Option<Self> {
        let ruled = below.filter(|below| RULE.is_match(below) && !line.is_empty());
        if ruled.is_none() && (!line.contains("  ") || !HEADER.is_match(line)) {
            return None;
        }
        let starts = columns(ruled.unwrap_or(line));
        let names: Vec<&str> = cells(line, &starts)?;
        let events = names.contains(&"LAST SEEN") || (names.contains(&"Reason") && names.contains(&"From"));
        let is_masked = |name: &str| matches!(name, "LAST SEEN" | "FIRST SEEN" | "COUNT" | "Age");
        let masked = (0..names.len()).filter(|column| events && is_masked(names[*column])).collect();
        Some(Self { indent: starts.first().copied().unwrap_or(0), starts, masked })
    }

    fn is_over(&self, line: &str) -> bool {
        line.len() - line.trim_start().len() < self.indent
    }

    /// A row with its columns apart; none where it does not keep to them.
    fn row(&self, line: &str) -> Option<String> {
        let cells = cells(line, &self.starts)?;
        let header = cells.iter().any(|cell| matches!(*cell, "LAST SEEN" | "Age"));
        let rule = cells.iter().all(|cell| cell.chars().all(|letter| letter == '-'));
        let mut text = String::with_capacity(line.len());
        for (column, cell) in cells.iter().enumerate() {
            if column > 0 {
                text.push(GAP);
            }
            text.push_str(match () {
                () if rule => "-",
                () if self.masked.contains(&column) && !header => "<masked>",
                () => cell,
            });
        }
        Some(text)
    }
}

/// Where columns begin: after two or more spaces.
fn columns(line: &str) -> Vec<usize> {
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

static PS_AUX: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?P<user>\S+) +(?P<pid>\d+) +\d+(?:\.\d+)? +\d+\.\d +\d+ +\d+ +(?P<tty>\S+) +(?P<stat>\S+) +(?:\d\d:\d\d|[A-Z][a-z]{2} ?\d\d|\d{4}) +\d+:\d\d (?P<command>.*)$",
    )
});
static PS_EF: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?P<user>\S+) +(?P<pid>\d+) +\d+ +\d+ +(?:\d\d:\d\d|[A-Z][a-z]{2} ?\d\d|\d{4}) +(?P<tty>\S+) +\d\d:\d\d:\d\d (?P<command>.*)$",
    )
});
static PGREP: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^ *(?P<pid>\d+) (?P<command>/(?:usr|bin|sbin|opt|pause)\b.*)$"));

/// A row of `ps aux`, `ps -ef`, `docker top` or `pgrep -a`: whose process it is and what it runs. States change
/// from moment to moment between running and sleeping; a zombie's or a stopped process's is telling.
fn process(line: &str) -> Option<Line> {
    let found = PS_AUX.captures(line).or_else(|| PS_EF.captures(line)).or_else(|| PGREP.captures(line))?;
    let part = |name| found.name(name).map_or("", |part| part.as_str());
    let state = part("stat").trim_start_matches(['R', 'S', 'D', 'I']);
    let text = ["<process>", part("user"), part("tty"), state, part("command").trim()].join(&GAP.to_string());
    Some(Line { text, pid: part("pid").parse().ok() })
}

const EVENT_KEY: &str = "/registry/events/";
static EVENT_NAME: LazyLock<Regex> = LazyLock::new(|| regex(r"/registry/events/([a-z0-9-]+)/\S+"));
static EVENT_SUFFIX: LazyLock<Regex> = LazyLock::new(|| regex(r"([a-z0-9])\.[0-9a-f]{16}\b"));
static RAFT: LazyLock<Regex> = LazyLock::new(|| {
    regex(r#"(?i)("?\b(?:raft_?term|raft_?index|raft_?applied_?index|db_?size|db_?size_?in_?use)"? ?[:=] ?"?)\d+"#)
});
static SIZE: LazyLock<Regex> = LazyLock::new(|| regex(r"\b\d+(?:\.\d+)? ?(?:B|kB|MB|GB)\b"));
static STATUS: LazyLock<Regex> = LazyLock::new(|| regex(r"((?:true|false), (?:true|false)), \d+, \d+, \d+,"));
static COUNTED: LazyLock<Regex> = LazyLock::new(|| regex(r"[0-9a-z]+ \(x\d+ over [0-9a-z]+\)"));

/// Masks what says nothing inside a line.
fn mask(line: &str) -> String {
    let mut text = line.to_owned();
    let mut replace = |needed: &[&str], pattern: &Regex, with: &dyn Fn(&Captures<'_>) -> String| {
        if needed.iter().any(|needed| text.contains(needed))
            && let std::borrow::Cow::Owned(changed) = pattern.replace_all(&text, with)
        {
            text = changed;
        }
    };
    replace(&[EVENT_KEY], &EVENT_NAME, &|found| format!("{EVENT_KEY}{}/<event>", &found[1]));
    replace(&["."], &EVENT_SUFFIX, &|found| format!("{}.<event>", &found[1]));
    replace(&["raft", "Raft", "RAFT", "db", "DB"], &RAFT, &|found| format!("{}<number>", &found[1]));
    replace(&["true, ", "false, "], &STATUS, &|found| format!("{}, <raft>,", &found[1]));
    replace(&[" over "], &COUNTED, &|_| "<masked>".to_owned());
    if line.contains(", true, ") || line.contains(", false, ") || line.contains("etcd") {
        replace(&["B"], &SIZE, &|_| "<size>".to_owned());
    }
    text
}
