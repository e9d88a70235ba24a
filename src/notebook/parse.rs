//! Finds a notebook's cells, front matter and recorded outputs.

use std::collections::HashMap;
use std::ops::Range;

use super::diagnostic::Findings;
use super::walk::{Fence, Found, walk};
use super::{Cell, Diagnostic, FrontMatter, Marker, Places, Severity, attributes, front_matter, owners};

/// A notebook's text and what was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notebook {
    /// The file's name, for diagnostics.
    pub name: String,
    /// The whole file.
    pub text: String,
    /// What it says of itself.
    pub front_matter: FrontMatter,
    /// What runs, in the file's order.
    pub cells: Vec<Cell>,
    /// The outputs that the file holds, in the file's order.
    pub outputs: Vec<Recorded>,
    /// What is wrong with it, in the file's order.
    pub diagnostics: Vec<Diagnostic>,
    /// Where its lines begin.
    pub places: Places,
}

/// An output that a notebook holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// What its marker says.
    pub marker: Marker,
    /// Index of its cell; none where the cell is gone.
    pub cell: Option<usize>,
    /// The marker's comment.
    pub marker_range: Range<usize>,
    /// The fence, from its first backtick to the end of the closing fence, without its line end.
    pub fence_range: Range<usize>,
    /// The fence's info string.
    pub language: String,
    /// What stands inside: LF, without prefix.
    pub text: String,
    /// What stands before its lines.
    pub prefix: String,
    /// Whether it stands in a list item or quote.
    pub contained: bool,
    /// The end of the cell or output that it follows with nothing but blank lines between.
    pub(super) follows: Option<usize>,
    /// Whether its marker opens an HTML block of its own, and does not end one such as `<details>`.
    pub(super) opens_block: bool,
}

impl Recorded {
    /// Marker and fence.
    pub fn range(&self) -> Range<usize> {
        self.marker_range.start..self.fence_range.end
    }
}

impl Notebook {
    /// Whether anything is wrong that keeps it from running.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The recorded outputs of a cell, in the file's order.
    pub fn outputs_of(&self, cell: usize) -> impl Iterator<Item = &Recorded> {
        self.outputs.iter().filter(move |output| output.cell == Some(cell))
    }

    /// The index of the cell with a name, or at a place written `#3`.
    pub fn find(&self, reference: &str) -> Option<usize> {
        self.cells.iter().position(|cell| cell.reference().to_string() == reference)
    }
}

/// Reads a notebook. What is wrong with it is among its [`Notebook::diagnostics`].
pub fn parse(name: impl Into<String>, text: impl Into<String>) -> Notebook {
    let text = text.into();
    let places = Places::new(&text);
    let mut findings = Findings::new(&text, &places);

    let front = front_matter::locate(&text)
        .and_then(|(yaml, body)| Some((front_matter::parse(&text, yaml, &mut findings)?, body)));
    let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (front_matter, body) = front.unwrap_or((FrontMatter::default(), bom));

    let mut cells: Vec<Cell> = Vec::new();
    let mut outputs: Vec<Recorded> = Vec::new();
    let mut names: HashMap<String, usize> = HashMap::new();
    // The end of the cell or output before, and its prefix: what is attached to it follows after blank lines only.
    let mut before: Option<(usize, String)> = None;
    for found in walk(&text, body, &places, &mut findings) {
        match found {
            Found::Cell(fence) => {
                let cell = cell(&text, fence, &places, cells.len() + 1, &mut names, &mut findings);
                before = Some((cell.range.end, cell.prefix.clone()));
                cells.push(cell);
            }
            Found::Output { marker, at, opens_block, fence } => {
                let (prefix, _) = prefix(&text, at.start, &places);
                let follows = before.filter(|(end, prefix_before)| {
                    let between = &text[*end..at.start];
                    *prefix_before == prefix && between.chars().all(|c| c.is_ascii_whitespace() || c == '>')
                });
                let follows = follows.map(|(end, _)| end);
                before = Some((fence.range.end, prefix.clone()));
                outputs.push(Recorded {
                    marker,
                    cell: None,
                    marker_range: at,
                    language: text[fence.info].trim().to_owned(),
                    fence_range: fence.range,
                    text: fence.text,
                    prefix,
                    contained: fence.contained,
                    follows,
                    opens_block,
                });
            }
        }
    }
    owners::assign(&cells, &mut outputs, &mut findings);
    let diagnostics = findings.finish();
    Notebook { name: name.into(), front_matter, cells, outputs, diagnostics, places, text }
}

fn cell(
    text: &str,
    fence: Fence,
    places: &Places,
    place: usize,
    names: &mut HashMap<String, usize>,
    findings: &mut Findings<'_>,
) -> Cell {
    let (attributes, name) = attributes::parse(&text[fence.info.clone()], fence.info.start, findings);
    let fence_line = places.line(fence.range.start);
    if let (Some(name), Some(span)) = (&attributes.name, name) {
        if let Some(first) = names.get(name) {
            let hint = format!("the first one is on line {first}; names are unique in a notebook");
            findings.error(span, format!("duplicate name `{name}`"), hint);
        } else {
            names.insert(name.clone(), fence_line);
        }
    }
    let (prefix, line_end) = prefix(text, fence.range.start, places);
    Cell {
        attributes,
        source: fence.text,
        fence_line,
        first_line: fence_line + 1,
        range: fence.range,
        body: fence.body,
        prefix,
        contained: fence.contained,
        line_end,
        place,
    }
}

/// What continues the containers of a block that begins at `start`: quote marks stay, list markers become spaces.
/// And how its line ends.
fn prefix(text: &str, start: usize, places: &Places) -> (String, &'static str) {
    // To CommonMark a carriage return alone ends a line too.
    let line = text[places.line_start(start)..start].rsplit('\r').next().unwrap_or_default();
    let prefix = line
        .trim_start_matches('\u{feff}')
        .chars()
        .map(|letter| if matches!(letter, '>' | ' ' | '\t') { letter } else { ' ' })
        .collect();
    let crlf = text[start..].find('\n').is_some_and(|end| text[start..start + end].ends_with('\r'));
    (prefix, if crlf { "\r\n" } else { "\n" })
}
