//! Redirections and here-documents.

use super::{Parser, Result};
use crate::sandbox::host::shell::ast::{Part, Redirect, RedirectKind, Word};

impl Parser {
    pub(super) fn redirect(&mut self) -> Result<Option<Redirect>> {
        let start = self.at;
        let mut fd = None;
        if self.ahead("&>") {
            self.at += 2;
            let word = self.target()?;
            // Both streams: written as `>FILE 2>&1` would need two; the second follows in `simple` as its own.
            self.chars.splice(self.at..self.at, " 2>&1".chars());
            return Ok(Some(Redirect { fd: 1, kind: RedirectKind::Write, word }));
        }
        if self.peek().is_some_and(|c| c.is_ascii_digit()) && matches!(self.chars.get(self.at + 1), Some('<' | '>')) {
            fd = self.peek().and_then(|c| c.to_digit(10)).and_then(|digit| u8::try_from(digit).ok());
            self.at += 1;
        }
        for (text, kind, default) in [
            ("<<<", RedirectKind::Here, 0),
            ("<<", RedirectKind::Here, 0),
            ("<&", RedirectKind::Duplicate, 0),
            ("<", RedirectKind::Read, 0),
            (">>", RedirectKind::Append, 1),
            (">&", RedirectKind::Duplicate, 1),
            (">|", RedirectKind::Write, 1),
            (">", RedirectKind::Write, 1),
        ] {
            if !self.eat(text) {
                continue;
            }
            let fd = fd.unwrap_or(default);
            if text == "<<" {
                return Ok(Some(Redirect { fd, kind, word: self.here()? }));
            }
            let mut word = self.target()?;
            if text == "<<<" {
                word.push(Part::Text { text: "\n".to_owned(), quoted: true });
            }
            return Ok(Some(Redirect { fd, kind, word }));
        }
        self.at = start;
        Ok(None)
    }

    fn target(&mut self) -> Result<Word> {
        self.blanks();
        self.word()?.ok_or_else(|| "word unexpected".to_owned())
    }

    /// A here-document: its text is cut out of the lines that follow.
    fn here(&mut self) -> Result<Word> {
        let tabs = self.eat("-");
        let word = self.target()?;
        let quoted = word.iter().any(|part| matches!(part, Part::Text { quoted: true, .. }));
        let end: String = word
            .iter()
            .map(|part| match part {
                Part::Text { text, .. } => text.as_str(),
                _ => "",
            })
            .collect();
        let line = self.chars[self.at..].iter().position(|c| *c == '\n').ok_or("end of file unexpected")? + self.at + 1;
        let (mut at, mut body) = (line, String::new());
        while at < self.chars.len() {
            let stop = self.chars[at..].iter().position(|c| *c == '\n').map_or(self.chars.len(), |n| at + n);
            let text: String = self.chars[at..stop].iter().collect();
            let text = if tabs { text.trim_start_matches('\t').to_owned() } else { text };
            at = (stop + 1).min(self.chars.len());
            if text == end {
                break;
            }
            body += &text;
            body.push('\n');
        }
        self.chars.drain(line..at);
        if quoted {
            return Ok(vec![Part::Text { text: body, quoted: true }]);
        }
        let mut inner = Parser { chars: body.chars().collect(), at: 0 };
        let mut parts = Vec::new();
        inner.quoted(&mut parts, None)?;
        Ok(parts)
    }
}
