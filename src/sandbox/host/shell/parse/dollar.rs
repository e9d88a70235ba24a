//! What `$` and backquotes begin: parameters, commands, arithmetic.

use super::word::flush;
use super::{Parser, Result, parse};
use crate::sandbox::host::shell::ast::{Part, Word};

impl Parser {
    pub(super) fn dollar(&mut self, parts: &mut Word, quoted: bool) -> Result<()> {
        if self.eat("`") {
            let close = self.chars[self.at..].iter().position(|c| *c == '`').ok_or("EOF in backquote substitution")?;
            let inner: String = self.chars[self.at..self.at + close].iter().collect();
            self.at += close + 1;
            parts.push(Part::Output { list: parse(&inner.replace("\\`", "`"))?, quoted });
            return Ok(());
        }
        if self.eat("$((") {
            let start = self.at;
            let mut depth = 0;
            loop {
                match self.peek() {
                    None => return Err("Missing '))'".to_owned()),
                    Some('(') => depth += 1,
                    Some(')') if depth == 0 => break,
                    Some(')') => depth -= 1,
                    Some(_) => {}
                }
                self.at += 1;
            }
            let inner: Vec<char> = self.chars[start..self.at].to_vec();
            if !self.eat("))") {
                return Err("Missing '))'".to_owned());
            }
            let mut inner = Self { chars: inner, at: 0 };
            let mut word = Vec::new();
            inner.quoted(&mut word, None)?;
            parts.push(Part::Arithmetic { word, quoted });
            return Ok(());
        }
        if self.eat("$(") {
            let list = self.list(&[")"])?;
            self.expect(")")?;
            parts.push(Part::Output { list, quoted });
            return Ok(());
        }
        if self.eat("${") {
            return self.braced(parts, quoted);
        }
        self.at += 1;
        let rest = &self.chars[self.at..];
        let name: String = match rest.first() {
            Some(c @ ('?' | '$' | '!' | '#' | '@' | '*' | '-' | '0'..='9')) => c.to_string(),
            _ => rest.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect(),
        };
        if name.is_empty() {
            parts.push(Part::Text { text: "$".to_owned(), quoted });
        } else {
            self.at += name.len();
            parts.push(Part::Parameter { name, op: None, quoted });
        }
        Ok(())
    }

    fn braced(&mut self, parts: &mut Word, quoted: bool) -> Result<()> {
        let length = self.ahead("#") && !self.ahead("#}");
        if length {
            self.at += 1;
        }
        let rest = &self.chars[self.at..];
        let name: String = match rest.first() {
            Some(c @ ('?' | '$' | '!' | '#' | '@' | '*' | '-')) => c.to_string(),
            _ => rest.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect(),
        };
        self.at += name.len();
        if length {
            let _ = self.eat("}");
            parts.push(Part::Parameter { name, op: Some(("length".to_owned(), Vec::new())), quoted });
            return Ok(());
        }
        let op =
            [":-", ":=", ":+", ":?", "%%", "##", "-", "=", "+", "?", "%", "#"].into_iter().find(|op| self.ahead(op));
        let Some(op) = op else {
            return if self.eat("}") {
                parts.push(Part::Parameter { name, op: None, quoted });
                Ok(())
            } else {
                Err("Bad substitution".to_owned())
            };
        };
        self.at += op.len();
        let mut word = Vec::new();
        let mut plain = String::new();
        loop {
            match self.peek() {
                None => return Err("Missing '}'".to_owned()),
                Some('}') => break,
                Some('$' | '`') => {
                    flush(&mut word, &mut plain, quoted);
                    self.dollar(&mut word, quoted)?;
                }
                Some('"') => {
                    flush(&mut word, &mut plain, quoted);
                    self.at += 1;
                    self.quoted(&mut word, Some('"'))?;
                }
                Some('\'') if !quoted => {
                    flush(&mut word, &mut plain, quoted);
                    self.at += 1;
                    let close =
                        self.chars[self.at..].iter().position(|c| *c == '\'').ok_or("Unterminated quoted string")?;
                    word.push(Part::Text { text: self.chars[self.at..self.at + close].iter().collect(), quoted: true });
                    self.at += close + 1;
                }
                Some('\\') => {
                    self.at += 1;
                    plain.extend(self.peek());
                    self.at += 1;
                }
                Some(c) => {
                    plain.push(c);
                    self.at += 1;
                }
            }
        }
        flush(&mut word, &mut plain, quoted);
        self.at += 1;
        parts.push(Part::Parameter { name, op: Some((op.to_owned(), word)), quoted });
        Ok(())
    }
}
