//! What Go's decoders say of text that is no JSON or no YAML: `encoding/json/scanner.go` of Go 1.15, and go-yaml v2's
//! `parser.fail`.

use serde_json::Value;

/// Where in a value the next byte is.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// A value begins; in an array that is new, it may end as well.
    Value {
        closes: bool,
    },
    /// A key begins; in an object that is new, it may end as well.
    Key {
        closes: bool,
    },
    Colon,
    /// A value has ended.
    After,
}

/// Reads one value as Go's scanner does.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The open objects (`true`) and arrays.
    open: Vec<bool>,
}

/// Why a scan ended: the complaint, or nothing more to read.
enum Stop {
    Wrong(String),
    End,
}

type Scanned = Result<(), Stop>;

impl Scanner<'_> {
    fn peek(&self) -> Result<u8, Stop> {
        self.bytes.get(self.at).copied().ok_or(Stop::End)
    }

    fn wrong(&self, byte: u8, place: &str) -> Scanned {
        Err(Stop::Wrong(format!("invalid character {} {place}", quoted(byte))))
    }

    fn blank(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Up to the end of the outermost value.
    fn value(&mut self) -> Scanned {
        let mut state = State::Value { closes: false };
        loop {
            if state == State::After && self.open.is_empty() {
                return Ok(());
            }
            self.blank();
            let byte = self.peek()?;
            state = match (state, byte) {
                (State::Value { closes: true }, b']') | (State::Key { closes: true }, b'}') => {
                    self.at += 1;
                    self.open.pop();
                    State::After
                }
                (State::Value { .. }, b'{') => {
                    self.at += 1;
                    self.open.push(true);
                    State::Key { closes: true }
                }
                (State::Value { .. }, b'[') => {
                    self.at += 1;
                    self.open.push(false);
                    State::Value { closes: true }
                }
                (State::Value { .. }, _) => {
                    self.plain(byte)?;
                    State::After
                }
                (State::Key { .. }, b'"') => {
                    self.string()?;
                    State::Colon
                }
                (State::Key { .. }, _) => {
                    self.wrong(byte, "looking for beginning of object key string")?;
                    State::After
                }
                (State::Colon, b':') => {
                    self.at += 1;
                    State::Value { closes: false }
                }
                (State::Colon, _) => {
                    self.wrong(byte, "after object key")?;
                    State::After
                }
                (State::After, _) => {
                    let object = self.open.last() == Some(&true);
                    match byte {
                        b',' => {
                            self.at += 1;
                            if object { State::Key { closes: false } } else { State::Value { closes: false } }
                        }
                        b'}' if object => self.closed(),
                        b']' if !object => self.closed(),
                        _ if object => return self.wrong(byte, "after object key:value pair"),
                        _ => return self.wrong(byte, "after array element"),
                    }
                }
            };
        }
    }

    fn closed(&mut self) -> State {
        self.at += 1;
        self.open.pop();
        State::After
    }

    fn plain(&mut self, first: u8) -> Scanned {
        match first {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            _ => self.wrong(first, "looking for beginning of value"),
        }
    }

    fn literal(&mut self, word: &str) -> Scanned {
        for expected in word.bytes() {
            let byte = self.peek()?;
            if byte != expected {
                let place = format!("in literal {word} (expecting {})", quoted(expected));
                return self.wrong(byte, &place);
            }
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Scanned {
        self.at += 1;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => return Ok(()),
                b'\\' => match self.peek()? {
                    b'u' => {
                        self.at += 1;
                        for _ in 0..4 {
                            let digit = self.peek()?;
                            if !digit.is_ascii_hexdigit() {
                                return self.wrong(digit, "in \\u hexadecimal character escape");
                            }
                            self.at += 1;
                        }
                    }
                    b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => self.at += 1,
                    other => return self.wrong(other, "in string escape code"),
                },
                0..0x20 => return self.wrong(byte, "in string literal"),
                _ => {}
            }
        }
    }

    fn digits(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    /// At least one digit.
    fn some_digits(&mut self, place: &str) -> Scanned {
        let byte = self.peek()?;
        if !byte.is_ascii_digit() {
            return self.wrong(byte, place);
        }
        self.digits();
        Ok(())
    }

    fn number(&mut self) -> Scanned {
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        // Nothing comes behind a zero.
        match self.peek()? {
            b'0' => self.at += 1,
            _ => self.some_digits("in numeric literal")?,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.some_digits("after decimal point in numeric literal")?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek()?, b'+' | b'-') {
                self.at += 1;
            }
            self.some_digits("in exponent of numeric literal")?;
        }
        Ok(())
    }
}

/// A byte as Go quotes it.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        7 => r"'\a'".to_owned(),
        8 => r"'\b'".to_owned(),
        9 => r"'\t'".to_owned(),
        10 => r"'\n'".to_owned(),
        11 => r"'\v'".to_owned(),
        12 => r"'\f'".to_owned(),
        13 => r"'\r'".to_owned(),
        0..32 | 127 => format!("'\\x{byte:02x}'"),
        128..160 | 173 => format!("'\\u{byte:04x}'"),
        _ => format!("'{}'", char::from(byte)),
    }
}

/// What `json.Unmarshal` says of a text before it looks at its values; none: it is JSON.
pub(super) fn unmarshalled(text: &[u8]) -> Option<String> {
    // At the end Go tries whether a blank would end it.
    let scan = |text: &[u8]| {
        let mut scanner = Scanner { bytes: text, at: 0, open: Vec::new() };
        scanner.value()?;
        scanner.blank();
        match scanner.peek() {
            Ok(byte) => scanner.wrong(byte, "after top-level value"),
            Err(_) => Ok(()),
        }
    };
    let at_end = || match scan(&[text, b" "].concat()) {
        Err(Stop::Wrong(why)) => why,
        _ => "unexpected end of JSON input".to_owned(),
    };
    match scan(text) {
        Ok(()) => None,
        Err(Stop::Wrong(why)) => Some(why),
        Err(Stop::End) => Some(at_end()),
    }
}

/// What a `json.Decoder` says of the first value of a text; none: that is JSON, whatever comes after it.
pub(super) fn decoded(text: &[u8]) -> Option<String> {
    match (Scanner { bytes: text, at: 0, open: Vec::new() }).value() {
        Ok(()) => None,
        Err(Stop::Wrong(why)) => Some(why),
        Err(Stop::End) if text.iter().all(u8::is_ascii_whitespace) => Some("EOF".to_owned()),
        Err(Stop::End) => Some("unexpected EOF".to_owned()),
    }
}

/// The first document of a YAML text; or what go-yaml says of it.
pub(super) fn yaml(text: &[u8]) -> Result<Value, String> {
    use serde::Deserialize as _;
    let first = serde_yaml::Deserializer::from_slice(text).next();
    let read = first.map_or(Ok(Value::Null), Value::deserialize);
    read.map_err(|error| format!("yaml: {}", of_yaml(&error.to_string(), text)))
}

/// A complaint in go-yaml's form: lines are counted from 0 up to where a parser noticed, one further where a scanner did;
/// the first is not told.
fn of_yaml(error: &str, text: &[u8]) -> String {
    let (problem, line, column) = place(error);
    let problem = if line == 0 { error.split(", while ").next().unwrap_or(error) } else { problem };
    if problem == "unknown anchor" {
        let text = String::from_utf8_lossy(text);
        let rest = text.lines().nth(line.saturating_sub(1)).and_then(|text| text.get(column..)).unwrap_or_default();
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).collect();
        return format!("unknown anchor '{name}' referenced");
    }
    let parser = problem.starts_with("did not find expected");
    let line = if parser { line.saturating_sub(1) } else { line };
    let told = if parser { line >= 1 } else { line >= 2 };
    if told { format!("line {line}: {problem}") } else { problem.to_owned() }
}

/// A complaint with its first place: `… at line 2 column 1`.
fn place(text: &str) -> (&str, usize, usize) {
    let Some((problem, rest)) = text.split_once(" at line ") else { return (text, 0, 0) };
    let number = |word: Option<&str>| {
        let digits: String = word.unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    };
    let mut words = rest.split(' ');
    (problem, number(words.next()), number(words.nth(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_no_json_are_refused_in_gos_words() {
        // As a v1.20.2 API server answered.
        for (text, why) in [
            ("{", "unexpected end of JSON input"),
            ("x", "invalid character 'x' looking for beginning of value"),
            ("{\"a\":1}}", "invalid character '}' after top-level value"),
            ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
            ("{'a':1}", "invalid character '\\'' looking for beginning of object key string"),
            ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
            ("{\"a\":tru}", "invalid character '}' in literal true (expecting 'e')"),
            ("{\"a\":\"\\q\"}", "invalid character 'q' in string escape code"),
            ("{\"a\":\"\t\"}", "invalid character '\\t' in string literal"),
            ("{\"a\":1e}", "invalid character '}' in exponent of numeric literal"),
            ("{\"a\":01}", "invalid character '1' after object key:value pair"),
            ("{\"a\":-}", "invalid character '}' in numeric literal"),
            ("nul", "invalid character ' ' in literal null (expecting 'l')"),
            ("{\"a\":\"b\" \"c\":1}", "invalid character '\"' after object key:value pair"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{\"a\":\"\\u12\"}", "invalid character '\"' in \\u hexadecimal character escape"),
        ] {
            assert_eq!(unmarshalled(text.as_bytes()).as_deref(), Some(why), "{text}");
        }
        assert_eq!(unmarshalled(b" {\"a\": [1, -0.5e+3, true, {}, []]} "), None);
        assert_eq!(decoded(b"{\"spec\":").as_deref(), Some("unexpected EOF"));
        assert_eq!((decoded(b"").as_deref(), decoded(b"{} x")), (Some("EOF"), None));
    }

    #[test]
    fn texts_that_are_no_yaml_are_refused_in_go_yamls_words() {
        for (text, why) in [
            ("a: b: c", "yaml: mapping values are not allowed in this context"),
            ("a: [1", "yaml: line 1: did not find expected ',' or ']'"),
            ("kind: x\n  apiVersion: v1", "yaml: line 2: mapping values are not allowed in this context"),
            ("\tkind: x", "yaml: found character that cannot start any token"),
            ("%", "yaml: could not find expected directive name"),
            ("\"x", "yaml: found unexpected end of stream"),
            ("a: *b", "yaml: unknown anchor 'b' referenced"),
        ] {
            assert_eq!(yaml(text.as_bytes()).unwrap_err(), why, "{text}");
        }
        assert_eq!(yaml(b"a: 1\n---\nb: 2").ok(), Some(serde_json::json!({"a": 1})));
    }
}
