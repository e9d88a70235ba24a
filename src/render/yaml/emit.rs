//! From values to text.
//!
//! Source: gopkg.in/yaml.v2 `encode.go` and `emitterc.go` (a port of libyaml's emitter).

use serde_json::Value;

use super::key_order;
use super::scalar::{is_base_60, is_text};
use crate::render::go_number;

/// Plain and quoted text is folded at the first space behind this column.
const WIDTH: usize = 80;

/// A longer key stands on a line of its own behind `?`.
const SIMPLE_KEY: usize = 128;

/// A value as `kubectl get -o yaml` prints it: keys sorted, strings quoted only where they must be.
pub fn yaml(value: &Value) -> String {
    let mut emitter = Emitter { out: String::new(), column: 0 };
    emitter.node(value, 0, Place::Root);
    emitter.end_line();
    emitter.out
}

/// Where a node stands: decides what comes before its first line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// Behind `key:`.
    MapValue,
    /// Behind `-`.
    Item,
}

struct Emitter {
    out: String,
    column: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

impl Emitter {
    /// Writes a node whose own lines are indented by `indent`.
    fn node(&mut self, value: &Value, indent: usize, place: Place) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_by(|(a, _), (b, _)| key_order::compare(a, b));
                for (at, (key, value)) in entries.into_iter().enumerate() {
                    self.start_line(indent, at == 0 && place == Place::Item);
                    self.entry(key, value, indent);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (at, item) in items.iter().enumerate() {
                    self.start_line(indent, at == 0 && place == Place::Item);
                    self.write("-");
                    self.node(item, indent + 2, Place::Item);
                }
            }
            _ => {
                if place != Place::Root {
                    self.write(" ");
                }
                match value {
                    Value::Object(_) => self.write("{}"),
                    Value::Array(_) => self.write("[]"),
                    Value::Null => self.write("null"),
                    Value::Bool(bool) => self.write(if *bool { "true" } else { "false" }),
                    Value::Number(number) => self.write(&go_number(number)),
                    Value::String(text) => self.text(text, indent, false),
                }
            }
        }
    }

    fn entry(&mut self, key: &str, value: &Value, indent: usize) {
        if key.len() > SIMPLE_KEY || key.contains('\n') {
            self.write("? ");
            self.text(key, indent + 2, false);
            self.start_line(indent, false);
            self.write(":");
        } else {
            self.text(key, indent, true);
            self.write(":");
        }
        // A list in a map is not indented.
        let inner = if value.is_array() { indent } else { indent + 2 };
        self.node(value, inner, Place::MapValue);
    }

    /// Begins a line with its indentation; the first line of a map or list in a list stands behind its `-`.
    fn start_line(&mut self, indent: usize, behind_dash: bool) {
        if behind_dash {
            self.write(" ");
            return;
        }
        self.end_line();
        self.write(&" ".repeat(indent));
    }

    fn end_line(&mut self) {
        if self.column > 0 {
            self.out.push('\n');
            self.column = 0;
        }
    }

    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    /// Breaks the line within a text.
    fn fold(&mut self, indent: usize) {
        self.out.push('\n');
        self.column = 0;
        self.write(&" ".repeat(indent));
    }

    fn text(&mut self, text: &str, indent: usize, is_key: bool) {
        match style(text, is_key) {
            Style::Plain => self.flow(text, indent, is_key, |c| if c == '\'' { "'".into() } else { c.into() }, false),
            Style::Single => {
                self.write("'");
                self.flow(text, indent, is_key, |c| if c == '\'' { "''".into() } else { c.into() }, true);
                self.write("'");
            }
            Style::Double => self.double(text, indent, is_key),
            Style::Literal => self.literal(text, indent),
        }
    }

    /// Plain or single-quoted text, which has no line breaks.
    fn flow(&mut self, text: &str, indent: usize, is_key: bool, escape: fn(char) -> String, quoted: bool) {
        let chars: Vec<char> = text.chars().collect();
        let mut behind_space = false;
        for (at, c) in chars.iter().enumerate() {
            let inside = !quoted || (at > 0 && at + 1 < chars.len());
            if *c == ' ' {
                let next_is_space = chars.get(at + 1) == Some(&' ');
                if !is_key && !behind_space && self.column > WIDTH && inside && !next_is_space {
                    self.fold(indent);
                } else {
                    self.write(" ");
                }
            } else {
                self.write(&escape(*c));
            }
            behind_space = *c == ' ';
        }
    }

    fn double(&mut self, text: &str, indent: usize, is_key: bool) {
        self.write("\"");
        let chars: Vec<char> = text.chars().collect();
        let mut behind_space = false;
        for (at, c) in chars.iter().enumerate() {
            if *c == ' ' {
                let inside = at > 0 && at + 1 < chars.len();
                if !is_key && !behind_space && self.column > WIDTH && inside {
                    self.fold(indent);
                    if chars.get(at + 1) == Some(&' ') {
                        self.write("\\");
                    }
                } else {
                    self.write(" ");
                }
                behind_space = true;
            } else {
                self.write(&double_quoted(*c));
                behind_space = false;
            }
        }
        self.write("\"");
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.write("|");
        if text.starts_with([' ', '\n']) {
            self.write("2");
        }
        if !text.ends_with('\n') {
            self.write("-");
        } else if text == "\n" || text.ends_with("\n\n") {
            self.write("+");
        }
        self.out.push('\n');
        self.column = 0;
        let body = text.strip_suffix('\n').unwrap_or(text);
        for (at, line) in body.split('\n').enumerate() {
            if at > 0 {
                self.out.push('\n');
                self.column = 0;
            }
            if !line.is_empty() {
                self.write(&" ".repeat(indent));
                self.write(line);
            }
        }
        if text.ends_with('\n') && self.column == 0 {
            // The last line is empty and must be kept: end_line would not see it.
            self.out.push('\n');
        }
    }
}

/// How a string is written.
fn style(text: &str, is_key: bool) -> Style {
    let facts = Facts::of(text);
    let wanted = if text.contains('\n') {
        Style::Literal
    } else if is_text(text) && !is_base_60(text) {
        Style::Plain
    } else {
        Style::Double
    };
    match wanted {
        Style::Plain if facts.plain => Style::Plain,
        Style::Plain if facts.single => Style::Single,
        Style::Literal if facts.block && !is_key => Style::Literal,
        _ => Style::Double,
    }
}

/// Which styles can hold a text.
struct Facts {
    plain: bool,
    single: bool,
    block: bool,
}

impl Facts {
    fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let last = chars.len().saturating_sub(1);
        let is_break = |c: char| matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}');
        let is_blank = |c: Option<&char>| c.is_none_or(|c| matches!(c, ' ' | '\t' | '\0') || is_break(*c));
        let mut indicator = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut breaks, mut space_break, mut break_space) = (false, false, false, false);
        let (mut edge, mut trailing_space) = (false, false);
        let mut previous = None;
        for (at, c) in chars.iter().copied().enumerate() {
            let blank_behind = is_blank(chars.get(at + 1));
            indicator |= match c {
                '#' => at == 0 || is_blank(previous.as_ref()),
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => at == 0,
                '?' | '-' => at == 0 && blank_behind,
                ':' => blank_behind,
                _ => false,
            };
            special |= !is_printable(c);
            if c == ' ' {
                edge |= at == 0 || at == last;
                trailing_space |= at == last;
                break_space |= previous.is_some_and(is_break);
            } else if is_break(c) {
                breaks = true;
                edge |= at == 0 || at == last;
                space_break |= previous == Some(' ');
            }
            previous = Some(c);
        }
        let unsafe_flow = break_space || space_break || special;
        Self {
            plain: !(indicator || breaks || edge || unsafe_flow),
            single: !unsafe_flow,
            block: !(trailing_space || space_break || special || text.is_empty()),
        }
    }
}

/// What libyaml takes for printable; a tab is not.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

/// A character within double quotes.
fn double_quoted(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ if is_printable(c) => return c.into(),
        _ => {
            let code = u32::from(c);
            return match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_in_maps_are_not_indented() {
        let value = json!({"b": [{"x": 1, "a": []}, [1, 2], {}], "a": {"c": null, "d": 1.5}});
        assert_eq!(yaml(&value), "a:\n  c: null\n  d: 1.5\nb:\n- a: []\n  x: 1\n- - 1\n  - 2\n- {}\n");
    }

    #[test]
    fn quotes_only_what_would_be_read_as_something_else() {
        for (text, written) in [
            ("plain text", "plain text"),
            ("", "\"\""),
            ("true", "\"true\""),
            ("yes", "\"yes\""),
            ("12", "\"12\""),
            ("2026-11-24T15:46:10Z", "\"2026-11-24T15:46:10Z\""),
            ("12:30", "\"12:30\""),
            ("100m", "100m"),
            ("busybox:1.31", "busybox:1.31"),
            ("a: b", "'a: b'"),
            ("- a", "'- a'"),
            ("-a", "-a"),
            ("*", "'*'"),
            ("it's", "it's"),
            ("'", "''''"),
            ("a #b", "'a #b'"),
            (" a", "' a'"),
            ("a\tb", "\"a\\tb\""),
            ("ü", "ü"),
            ("{\"a\":1}", "'{\"a\":1}'"),
            ("---", "'---'"),
            ("0x1f", "\"0x1f\""),
            ("😀", "\"\\U0001F600\""),
        ] {
            assert_eq!(yaml(&json!(text)), format!("{written}\n"), "{text:?}");
        }
    }

    #[test]
    fn text_of_several_lines_is_a_literal_block() {
        assert_eq!(yaml(&json!({"a": "x\ny\n", "b": 1})), "a: |\n  x\n  y\nb: 1\n");
        assert_eq!(yaml(&json!({"a": "x\n\ny"})), "a: |-\n  x\n\n  y\n");
        assert_eq!(yaml(&json!({"a": "x\n\n", "b": 1})), "a: |+\n  x\n\nb: 1\n");
        assert_eq!(yaml(&json!({"a": "  x\ny"})), "a: |2-\n    x\n  y\n");
        assert_eq!(yaml(&json!({"a": "x \ny"})), "a: \"x \\ny\"\n");
        assert_eq!(yaml(&json!(["x\ny"])), "- |-\n  x\n  y\n");
    }

    #[test]
    fn long_text_is_folded_behind_column_80() {
        let words = "word ".repeat(20).trim_end().to_owned();
        assert_eq!(
            yaml(&json!({"message": words})),
            "message: word word word word word word word word word word word word word word word\n  word word word word word\n"
        );
        let colon = format!("a: {words}");
        assert_eq!(
            yaml(&json!({"message": colon})),
            "message: 'a: word word word word word word word word word word word word word word\n  word word word word word word'\n"
        );
    }

    #[test]
    fn a_long_key_stands_alone() {
        let key = "k".repeat(129);
        assert_eq!(yaml(&json!({ key.clone(): 1 })), format!("? {key}\n: 1\n"));
    }
}
