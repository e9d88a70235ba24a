//! The YAML between `---` lines at the head of a notebook.

mod requires;

use std::ops::Range;
use std::time::Duration;

use serde_yaml::{Mapping, Value};

pub use requires::{Layer, Mark, Nodes, Requires};

use super::diagnostic::Findings;
use super::{parse_duration, suggest};

/// What a notebook says of itself. Keys that other tools read are left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrontMatter {
    /// `title`.
    pub title: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `requires`: what the cluster must have.
    pub requires: Requires,
    /// `timeout`.
    pub timeouts: Timeouts,
    /// `manifests`: folders in which files are looked up after the notebook's own.
    pub manifests: Vec<String>,
    /// `tags`.
    pub tags: Vec<String>,
}

/// How long a notebook and its cells may take: `timeout: 5m` for each cell, or
/// `timeout: {cell: 5m, cleanup: 2m, notebook: 30m}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// Of each cell that states none.
    pub cell: Option<Duration>,
    /// Of each cell that cleans up and states none.
    pub cleanup: Option<Duration>,
    /// Of all cells together but those that clean up.
    pub notebook: Option<Duration>,
}

const KNOWN: [&str; 6] = ["title", "description", "requires", "timeout", "manifests", "tags"];

/// Where a text's front matter is: the YAML, and where the markdown begins. As pandoc has it, `---` followed by a
/// blank line is a rule and not front matter.
pub(super) fn locate(text: &str) -> Option<(Range<usize>, usize)> {
    let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lines = text[bom..].split_inclusive('\n');
    let opening = lines.next().filter(|line| line.trim_end() == "---")?;
    let start = bom + opening.len();
    let mut end = start;
    for (number, line) in lines.enumerate() {
        // No YAML begins a line so: the `---` further down may be an output's.
        let is_markdown = ["```", "~~~", "<!--"].iter().any(|start| line.starts_with(start));
        if is_markdown || (number == 0 && line.trim().is_empty()) {
            return None;
        }
        if matches!(line.trim_end(), "---" | "...") && !line.starts_with([' ', '\t']) {
            return Some((start..end, end + line.len()));
        }
        end += line.len();
    }
    None
}

/// Reads front matter. None: the YAML is no mapping, so it is markdown between two rules.
pub(super) fn parse(text: &str, yaml: Range<usize>, findings: &mut Findings<'_>) -> Option<FrontMatter> {
    let source = &text[yaml.clone()];
    let map = match serde_yaml::from_str::<Value>(source) {
        Ok(Value::Mapping(map)) => map,
        Ok(Value::Null) => Mapping::new(),
        Ok(_) => return None,
        Err(error) => {
            // Without its own location: the file's is given in line and column.
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
            let at = error.location().map_or(0, |location| location.index().min(source.len()));
            let at = yaml.start + source.floor_char_boundary(at);
            let letter = text[at..yaml.end].chars().next().map_or(0, char::len_utf8);
            findings.error(at..at + letter, format!("front matter: {message}"), None);
            return Some(FrontMatter::default());
        }
    };
    let mut reader = Reader { source, at: yaml.start, findings };
    let mut front = FrontMatter::default();
    for (key, value) in &map {
        let Some(key) = key.as_str() else { continue };
        match key {
            "title" => front.title = reader.text(key, value),
            "description" => front.description = reader.text(key, value),
            "timeout" => front.timeouts = reader.timeouts(value),
            "manifests" => front.manifests = reader.texts(key, value),
            "tags" => front.tags = reader.texts(key, value),
            "requires" => front.requires = reader.requires(value),
            other => {
                if let Some(near) = suggest::closest(other, &KNOWN) {
                    let span = reader.place(other);
                    let message = format!("front matter: unknown key `{other}`");
                    reader.findings.warning(span, message, format!("did you mean `{near}`?"));
                }
            }
        }
    }
    Some(front)
}

struct Reader<'s, 'f, 't> {
    source: &'s str,
    at: usize,
    findings: &'f mut Findings<'t>,
}

impl Reader<'_, '_, '_> {
    /// Where a key stands; the YAML parser does not say.
    fn place(&self, key: &str) -> Range<usize> {
        let is_key = |start: usize| {
            let before = self.source[..start].chars().next_back();
            before.is_none_or(|letter| matches!(letter, '\n' | ' ' | '{' | ',' | '"' | '\''))
                && self.source[start + key.len()..].trim_start_matches(['"', '\'', ' ']).starts_with(':')
        };
        let found = self.source.match_indices(key).map(|(start, _)| start).find(|start| is_key(*start));
        let start = self.at + found.unwrap_or(0);
        start..start + found.map_or(0, |_| key.len())
    }

    fn wrong(&mut self, key: &str, wanted: &str) {
        let span = self.place(key);
        self.findings.error(span, format!("front matter: `{key}` must be {wanted}"), None);
    }

    fn text(&mut self, key: &str, value: &Value) -> Option<String> {
        let text = scalar(value);
        if text.is_none() {
            self.wrong(key, "a text");
        }
        text
    }

    fn texts(&mut self, key: &str, value: &Value) -> Vec<String> {
        let texts = match value {
            Value::Sequence(items) => items.iter().map(scalar).collect(),
            Value::Null => Some(Vec::new()),
            single => scalar(single).map(|text| vec![text]),
        };
        texts.unwrap_or_else(|| {
            self.wrong(key, "a text or a list of texts");
            Vec::new()
        })
    }

    fn timeouts(&mut self, value: &Value) -> Timeouts {
        let Value::Mapping(map) = value else {
            let each = self.duration("timeout", value);
            return Timeouts { cell: each, cleanup: each, notebook: None };
        };
        let mut timeouts = Timeouts::default();
        for (key, value) in map {
            match key.as_str() {
                Some(key @ "cell") => timeouts.cell = self.duration(key, value),
                Some(key @ "cleanup") => timeouts.cleanup = self.duration(key, value),
                Some(key @ "notebook") => timeouts.notebook = self.duration(key, value),
                _ => self.wrong("timeout", "a duration, or a mapping of `cell`, `cleanup` and `notebook` to durations"),
            }
        }
        timeouts
    }

    fn duration(&mut self, key: &str, value: &Value) -> Option<Duration> {
        let duration = match value {
            Value::Number(seconds) => seconds.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            other => other.as_str().and_then(parse_duration),
        };
        if duration.is_none() {
            self.wrong(key, "a duration, as 90s, 5m or 1m30s");
        }
        duration
    }
}

/// A text, number or bool as it would be written.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        _ => None,
    }
}
