//! What Go's decoder says of a text that is no JSON: kubectl prints these words.
//!
//! Source: Go 1.15 `encoding/json/scanner.go`.

/// Why and where Go stops.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum JsonError {
    /// The text ends too early.
    End,
    /// A byte that cannot stand there: what is said of it, and its offset.
    Byte(String, usize),
}

/// What is wrong with the first value of `text`; none where Go would take it.
pub(super) fn first_error(text: &str) -> Option<JsonError> {
    let mut scanner = Scanner { bytes: text.as_bytes(), place: 0 };
    scanner.value().err()
}

struct Scanner<'a> {
    bytes: &'a [u8],
    place: usize,
}

/// What an open bracket is closed by, on the way through nested values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Object,
    Array,
}

impl Scanner<'_> {
    /// One value with all that it holds. Brackets are kept on a stack of their own: a text may nest them as it likes.
    fn value(&mut self) -> Result<(), JsonError> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            // Here a value begins, or an object or array that has just been opened ends.
            match self.after_space()? {
                b'{' => {
                    self.place += 1;
                    if self.after_space()? != b'}' {
                        open.push(Open::Object);
                        self.key()?;
                        continue;
                    }
                    self.place += 1;
                }
                b'[' => {
                    self.place += 1;
                    if self.after_space()? != b']' {
                        open.push(Open::Array);
                        continue;
                    }
                    self.place += 1;
                }
                b'"' => self.string()?,
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.literal("true")?,
                b'f' => self.literal("false")?,
                b'n' => self.literal("null")?,
                _ => return self.wrong("looking for beginning of value"),
            }
            // Here a value has ended, and perhaps those around it.
            loop {
                let Some(innermost) = open.last() else { return Ok(()) };
                match (self.after_space()?, innermost) {
                    (b',', Open::Object) => {
                        self.place += 1;
                        self.key()?;
                        break;
                    }
                    (b',', Open::Array) => {
                        self.place += 1;
                        break;
                    }
                    (b'}', Open::Object) | (b']', Open::Array) => {
                        self.place += 1;
                        open.pop();
                    }
                    (_, Open::Object) => return self.wrong("after object key:value pair"),
                    (_, Open::Array) => return self.wrong("after array element"),
                }
            }
        }
    }

    /// `"key":`
    fn key(&mut self) -> Result<(), JsonError> {
        if self.after_space()? != b'"' {
            return self.wrong("looking for beginning of object key string");
        }
        self.string()?;
        if self.after_space()? != b':' {
            return self.wrong("after object key");
        }
        self.place += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), JsonError> {
        self.place += 1;
        loop {
            match self.byte()? {
                b'"' => break,
                b'\\' => {
                    self.place += 1;
                    match self.byte()? {
                        b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
                        b'u' => {
                            for _ in 0..4 {
                                self.place += 1;
                                if !self.byte()?.is_ascii_hexdigit() {
                                    return self.wrong("in \\u hexadecimal character escape");
                                }
                            }
                        }
                        _ => return self.wrong("in string escape code"),
                    }
                }
                0..0x20 => return self.wrong("in string literal"),
                _ => {}
            }
            self.place += 1;
        }
        self.place += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonError> {
        if self.byte()? == b'-' {
            self.place += 1;
        }
        match self.byte()? {
            b'0' => self.place += 1,
            b'1'..=b'9' => self.digits(),
            _ => return self.wrong("in numeric literal"),
        }
        if self.peek() == Some(b'.') {
            self.place += 1;
            if !self.byte()?.is_ascii_digit() {
                return self.wrong("after decimal point in numeric literal");
            }
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.place += 1;
            if matches!(self.byte()?, b'+' | b'-') {
                self.place += 1;
            }
            if !self.byte()?.is_ascii_digit() {
                return self.wrong("in exponent of numeric literal");
            }
            self.digits();
        }
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.place += 1;
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), JsonError> {
        for expected in word.bytes() {
            if self.byte()? != expected {
                return self.wrong(&format!("in literal {word} (expecting {})", quoted(expected)));
            }
            self.place += 1;
        }
        Ok(())
    }

    fn after_space(&mut self) -> Result<u8, JsonError> {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.place += 1;
        }
        self.byte()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.place).copied()
    }

    fn byte(&self) -> Result<u8, JsonError> {
        self.peek().ok_or(JsonError::End)
    }

    fn wrong(&self, wher: &str) -> Result<(), JsonError> {
        Err(JsonError::Byte(format!("invalid character {} {wher}", quoted(self.byte()?)), self.place))
    }
}

/// A byte as Go shows it.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        byte => format!("{:?}", char::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_as_go() {
        let said = |text: &str| match first_error(text) {
            Some(JsonError::Byte(words, place)) => format!("{place}: {words}"),
            Some(JsonError::End) => "end".to_owned(),
            None => String::new(),
        };
        for (text, words) in [
            ("{\"a\": [1, {}, [], -0.5e+3, \"\\u00e9\\n\", null, true]} rest", ""),
            ("{\"a\": 1,}", "8: invalid character '}' looking for beginning of object key string"),
            ("{\"a\": [1,]}", "9: invalid character ']' looking for beginning of value"),
            ("{\"a\" 1}", "5: invalid character '1' after object key"),
            ("{\"a\": 1 \"b\": 2}", "8: invalid character '\"' after object key:value pair"),
            ("[1 2]", "3: invalid character '2' after array element"),
            ("{'a': 1}", "1: invalid character '\\'' looking for beginning of object key string"),
            ("{\"a\": tru}", "9: invalid character '}' in literal true (expecting 'e')"),
            ("{\"a\": 01}", "7: invalid character '1' after object key:value pair"),
            ("{\"a\": -x}", "7: invalid character 'x' in numeric literal"),
            ("{\"a\": 1.}", "8: invalid character '}' after decimal point in numeric literal"),
            ("{\"a\": 1e}", "8: invalid character '}' in exponent of numeric literal"),
            ("{\"a\": \"b\n\"}", "8: invalid character '\\n' in string literal"),
            ("{\"a\": \"\\x\"}", "8: invalid character 'x' in string escape code"),
            ("{\"a\": \"\\u00g\"}", "11: invalid character 'g' in \\u hexadecimal character escape"),
            ("{\"a\": [{", "end"),
            ("{\"a\": \"", "end"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }
}
