//! Words, with what is quoted in them.

use super::{Parser, Result};
use crate::sandbox::host::shell::ast::{Part, Word};

impl Parser {
    /// A word; none where there is none.
    pub(super) fn word(&mut self) -> Result<Option<Word>> {
        let mut parts: Word = Vec::new();
        let mut plain = String::new();
        let start = self.at;
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\n' | '\r' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\'' => {
                    flush(&mut parts, &mut plain, false);
                    self.at += 1;
                    let close =
                        self.chars[self.at..].iter().position(|c| *c == '\'').ok_or("Unterminated quoted string")?;
                    let text = self.chars[self.at..self.at + close].iter().collect();
                    parts.push(Part::Text { text, quoted: true });
                    self.at += close + 1;
                }
                '"' => {
                    flush(&mut parts, &mut plain, false);
                    self.at += 1;
                    let before = parts.len();
                    self.quoted(&mut parts, Some('"'))?;
                    if parts.len() == before {
                        parts.push(Part::Text { text: String::new(), quoted: true });
                    }
                }
                '\\' => {
                    self.at += 1;
                    if self.eat("\n") {
                        continue;
                    }
                    flush(&mut parts, &mut plain, false);
                    let text = self.peek().map(String::from).unwrap_or_else(|| "\\".to_owned());
                    self.at += 1;
                    parts.push(Part::Text { text, quoted: true });
                }
                '$' | '`' => {
                    flush(&mut parts, &mut plain, false);
                    self.dollar(&mut parts, false)?;
                }
                c => {
                    plain.push(c);
                    self.at += 1;
                }
            }
        }
        flush(&mut parts, &mut plain, false);
        Ok((self.at > start).then_some(parts))
    }

    /// What stands in double quotes, up to their end; none: all.
    pub(super) fn quoted(&mut self, parts: &mut Word, end: Option<char>) -> Result<()> {
        let mut plain = String::new();
        loop {
            match self.peek() {
                None if end.is_none() => break,
                None => return Err("Unterminated quoted string".to_owned()),
                c if c == end => {
                    self.at += 1;
                    break;
                }
                Some('\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some('\n') => {}
                        Some(c @ ('$' | '`' | '"' | '\\')) => plain.push(c),
                        Some(c) => plain.extend(['\\', c]),
                        None => plain.push('\\'),
                    }
                    self.at += 1;
                }
                Some('$' | '`') => {
                    flush(parts, &mut plain, true);
                    self.dollar(parts, true)?;
                }
                Some(c) => {
                    plain.push(c);
                    self.at += 1;
                }
            }
        }
        flush(parts, &mut plain, true);
        Ok(())
    }
}

pub(super) fn flush(parts: &mut Word, plain: &mut String, quoted: bool) {
    if !plain.is_empty() {
        parts.push(Part::Text { text: std::mem::take(plain), quoted });
    }
}
