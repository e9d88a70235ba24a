//! A fence's info string: `rhai {name=delete-namespace timeout=90s}`.

use std::ops::Range;
use std::time::Duration;

use super::diagnostic::Findings;
use super::{parse_duration, suggest};

/// What a cell's braces say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `name`: `[a-z0-9]+(-[a-z0-9]+)*`, once in a notebook.
    pub name: Option<String>,
    /// `timeout`; none: the notebook's, then the command line's.
    pub timeout: Option<Duration>,
    /// `skip`: it does not run and keeps the output it has.
    pub skip: bool,
    /// `expect=error`: it is ok when it throws, and failed when it does not.
    pub expect_error: bool,
    /// `check`: how its output is compared.
    pub check: Check,
    /// `match`: hand-written `...` and `[..]` in its output are patterns.
    pub pattern: bool,
    /// `cleanup`: it always runs, also after a failure, a timeout or Ctrl-C.
    pub cleanup: bool,
    /// `hide`: it has no output.
    pub hide: bool,
}

/// How an output is compared with the recorded one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Check {
    /// Byte for byte.
    Exact,
    /// What differs from run to run may differ.
    #[default]
    Norm,
    /// As [`Check::Norm`], lines in any order.
    Unordered,
    /// How the cell ended, and nothing else.
    Status,
    /// Not at all.
    Off,
}

const KNOWN: [&str; 8] = ["name", "timeout", "skip", "expect", "check", "match", "cleanup", "hide"];
const CHECKS: [(&str, Check); 5] = [
    ("exact", Check::Exact),
    ("norm", Check::Norm),
    ("unordered", Check::Unordered),
    ("status", Check::Status),
    ("off", Check::Off),
];

/// Whether a word may name a cell: `[a-z0-9]+(-[a-z0-9]+)*`.
pub(super) fn is_name(word: &str) -> bool {
    word.split('-').all(|part| {
        !part.is_empty() && part.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    })
}

/// Whether a fence with this info string is a cell.
pub(super) fn is_cell(info: &str) -> bool {
    info.trim_start()
        .strip_prefix("rhai")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(|next: char| next.is_whitespace() || next == '{'))
}

/// Reads a cell's info string, which begins at byte `at` of the file.
pub(super) fn parse(info: &str, at: usize, findings: &mut Findings<'_>) -> (Attributes, Option<Range<usize>>) {
    let mut reader = Reader { info, at, findings, attributes: Attributes::default(), name: None, seen: Vec::new() };
    reader.read();
    (reader.attributes, reader.name)
}

struct Reader<'i, 'f, 't> {
    info: &'i str,
    at: usize,
    findings: &'f mut Findings<'t>,
    attributes: Attributes,
    name: Option<Range<usize>>,
    seen: Vec<&'i str>,
}

impl<'i> Reader<'i, '_, '_> {
    fn error(&mut self, span: Range<usize>, message: String, hint: impl Into<Option<String>>) {
        self.findings.error(self.at + span.start..self.at + span.end, message, hint);
    }

    fn read(&mut self) {
        let info = self.info;
        let end = info.trim_end().len();
        let open = info.len() - info.trim_start().len() + "rhai".len();
        let start = open + (info[open..end].len() - info[open..end].trim_start().len());
        if start == end {
            return;
        }
        if !info[start..end].starts_with('{') {
            let hint = "attributes stand in braces: ```rhai {name=delete-namespace timeout=90s}";
            return self.error(start..end, format!("unexpected `{}` after `rhai`", &info[start..end]), hint.to_owned());
        }
        if start == open {
            self.error(start..start + 1, "no space before `{`".into(), "write ```rhai {…}".to_owned());
        }
        let mut position = start + 1;
        loop {
            position += info[position..end].len() - info[position..end].trim_start().len();
            match info[position..end].chars().next() {
                None => {
                    return self.error(start..end, "unclosed `{`".into(), "close the attributes with `}`".to_owned());
                }
                Some('}') if position + 1 < end => {
                    let rest = info[position + 1..end].trim_start();
                    return self.error(end - rest.len()..end, format!("unexpected `{rest}` after `}}`"), None);
                }
                Some('}') => return,
                Some(_) => match self.attribute(position, end) {
                    Some(next) => position = next,
                    None => return,
                },
            }
        }
    }

    /// Reads one attribute from `start`, and says where it ends; none where nothing more can be understood.
    fn attribute(&mut self, start: usize, end: usize) -> Option<usize> {
        let info = self.info;
        let stop = |from: usize, marks: &[char]| {
            let found = info[from..end].find(|letter: char| letter.is_whitespace() || marks.contains(&letter));
            found.map_or(end, |length| from + length)
        };
        let key_end = stop(start, &['=', '}', '"']);
        let key = &info[start..key_end];
        if !info[key_end..end].starts_with('=') {
            self.set(key, start..key_end, None, start..key_end);
            return (key_end > start).then_some(key_end).or_else(|| {
                self.error(start..end, format!("unexpected `{}`", &info[start..end]), None);
                None
            });
        }
        let value_start = key_end + 1;
        let (value, value_end) = if info[value_start..end].starts_with('"') {
            match quoted(&info[value_start..end]) {
                Some((value, length)) => (value, value_start + length),
                None => {
                    self.error(value_start..end, "unclosed `\"`".into(), None);
                    return None;
                }
            }
        } else {
            let value_end = stop(value_start, &['}']);
            (info[value_start..value_end].to_owned(), value_end)
        };
        self.set(key, start..value_end, Some(&value), value_start..value_end);
        Some(value_end)
    }

    fn set(&mut self, key: &'i str, span: Range<usize>, value: Option<&str>, value_span: Range<usize>) {
        if key.is_empty() && value.is_none() {
            return; // the caller says what is unexpected
        }
        if !KNOWN.contains(&key) {
            return self.error(span, format!("unknown attribute `{key}`"), suggest::hint(key, &KNOWN));
        }
        if self.seen.contains(&key) {
            return self.error(span, format!("attribute `{key}` stands twice"), None);
        }
        self.seen.push(key);
        let flag = match key {
            "skip" => Some(&mut self.attributes.skip),
            "match" => Some(&mut self.attributes.pattern),
            "cleanup" => Some(&mut self.attributes.cleanup),
            "hide" => Some(&mut self.attributes.hide),
            _ => None,
        };
        if let Some(flag) = flag {
            *flag = true;
            if value.is_some() {
                self.error(value_span, format!("`{key}` takes no value"), format!("write {{{key}}}"));
            }
            return;
        }
        let Some(value) = value else {
            let example = match key {
                "name" => "name=delete-namespace",
                "timeout" => "timeout=90s",
                "expect" => "expect=error",
                _ => "check=exact",
            };
            return self.error(span, format!("`{key}` needs a value"), format!("as in {{{example}}}"));
        };
        match key {
            "name" if is_name(value) => {
                self.attributes.name = Some(value.to_owned());
                self.name = Some(self.at + value_span.start..self.at + value_span.end);
            }
            "name" => {
                let hint = "lower-case letters and digits, joined by single hyphens: delete-namespace";
                self.error(value_span, format!("`{value}` is no name for a cell"), hint.to_owned());
            }
            "timeout" => match parse_duration(value) {
                Some(timeout) => self.attributes.timeout = Some(timeout),
                None => {
                    let hint = "write 90s, 5m, 1m30s or 250ms".to_owned();
                    self.error(value_span, format!("`{value}` is no duration"), hint);
                }
            },
            "expect" if value == "error" => self.attributes.expect_error = true,
            "expect" => {
                let hint = "`expect=error` is the only one".to_owned();
                self.error(value_span, format!("`expect` cannot be `{value}`"), hint);
            }
            _ => match CHECKS.iter().find(|(name, _)| *name == value) {
                Some((_, check)) => self.attributes.check = *check,
                None => {
                    let hint = suggest::hint(value, &CHECKS.map(|(name, _)| name));
                    self.error(value_span, format!("`check` cannot be `{value}`"), hint);
                }
            },
        }
    }
}

/// The value of a text in double quotes (`\"` and `\\` stand for themselves), and its length with the quotes.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, place + 1)),
            '\\' => match letters.next()? {
                (_, escaped @ ('"' | '\\')) => value.push(escaped),
                (_, other) => value.extend(['\\', other]),
            },
            _ => value.push(letter),
        }
    }
    None
}
