//! Reads scripts in the shell command language (POSIX.1-2017, XCU 2), with a few of bash's words.

use std::sync::Arc;

use super::ast::{Command, Compound, Item, List, Part, Pipeline, Redirect, RedirectKind, Word};

type Result<T> = std::result::Result<T, String>;

/// Reads a whole script.
///
/// # Errors
/// What is wrong, as dash says it after `Syntax error: `.
pub(super) fn parse(script: &str) -> Result<List> {
    let mut parser = Parser { chars: script.chars().collect(), at: 0 };
    let list = parser.list(&[])?;
    match parser.peek() {
        None => Ok(list),
        Some(c) => Err(format!("\"{c}\" unexpected")),
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

const KEYWORDS: [&str; 10] = ["then", "else", "elif", "fi", "do", "done", "esac", "}", ")", ";;"];

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn ahead(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(n, c)| self.chars.get(self.at + n) == Some(&c))
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.ahead(text);
        if found {
            self.at += text.chars().count();
        }
        found
    }

    /// Skips blanks, comments and continued lines.
    fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.ahead("\\\n") => self.at += 2,
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn newlines(&mut self) {
        loop {
            self.blanks();
            if !self.eat("\n") {
                return;
            }
        }
    }

    /// The plain word ahead, without reading it.
    fn keyword(&self) -> String {
        let rest = self.chars[self.at..].iter();
        if self.ahead(";;") {
            return ";;".to_owned();
        }
        if matches!(self.peek(), Some(')' | '(')) {
            return self.peek().map(String::from).unwrap_or_default();
        }
        rest.take_while(|c| !" \t\r\n;&|()<>".contains(**c)).collect()
    }

    fn expect(&mut self, word: &str) -> Result<()> {
        self.newlines();
        if self.keyword() == word && self.eat(word) {
            return Ok(());
        }
        let found = self.keyword();
        let what = if self.peek().is_none() { "end of file".to_owned() } else { format!("\"{found}\"") };
        Err(format!("{what} unexpected (expecting \"{word}\")"))
    }

    /// Commands up to one of the words that end such a list.
    fn list(&mut self, ends: &[&str]) -> Result<List> {
        let mut items = Vec::new();
        loop {
            self.newlines();
            let word = self.keyword();
            if self.peek().is_none() || ends.contains(&word.as_str()) {
                return Ok(Arc::new(items));
            }
            if KEYWORDS.contains(&word.as_str()) {
                return Err(format!("\"{word}\" unexpected"));
            }
            let mut item = self.and_or()?;
            self.blanks();
            if self.ahead("&") && !self.ahead("&&") {
                self.at += 1;
                item.background = true;
            } else if self.ahead(";") && !self.ahead(";;") {
                self.at += 1;
            } else if !self.ahead("\n") && !self.ahead(";;") && !self.ahead(")") && self.peek().is_some() {
                return Err(format!("\"{}\" unexpected", self.keyword()));
            }
            items.push(item);
        }
    }

    fn and_or(&mut self) -> Result<Item> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.blanks();
            let and = self.ahead("&&");
            if !and && !self.ahead("||") {
                return Ok(Item { first, rest, background: false });
            }
            self.at += 2;
            self.newlines();
            rest.push((and, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline> {
        self.blanks();
        let not = self.keyword() == "!";
        if not {
            self.at += 1;
        }
        let mut commands = vec![Arc::new(self.command()?)];
        loop {
            self.blanks();
            if !self.ahead("|") || self.ahead("||") {
                return Ok(Pipeline { not, commands });
            }
            self.at += 1;
            if self.eat("&")
                && let Some(Command::Simple { redirects, .. }) = commands.last_mut().and_then(Arc::get_mut)
            {
                redirects.push(Redirect { fd: 2, kind: RedirectKind::Duplicate, word: text("1") });
            }
            self.newlines();
            commands.push(Arc::new(self.command()?));
        }
    }

    fn command(&mut self) -> Result<Command> {
        self.blanks();
        let word = self.keyword();
        let compound = match word.as_str() {
            "(" => {
                self.at += 1;
                let list = self.list(&[")"])?;
                self.expect(")")?;
                Compound::Subshell(list)
            }
            "{" => {
                self.at += 1;
                let list = self.list(&["}"])?;
                self.expect("}")?;
                Compound::Brace(list)
            }
            "if" => self.conditional()?,
            "while" | "until" => {
                self.at += 5;
                let condition = self.list(&["do"])?;
                Compound::Loop { condition, until: word == "until", body: self.body()? }
            }
            "for" => {
                self.at += 3;
                self.blanks();
                let name = self.keyword();
                self.at += name.chars().count();
                self.newlines();
                let words = if self.keyword() == "in" {
                    self.at += 2;
                    Some(self.words()?)
                } else {
                    None
                };
                self.blanks();
                self.eat(";");
                Compound::For(name, words, self.body()?)
            }
            "case" => self.case()?,
            _ => return self.simple(),
        };
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => redirects.push(redirect),
                None => return Ok(Command::Compound(compound, redirects)),
            }
        }
    }

    fn body(&mut self) -> Result<List> {
        self.expect("do")?;
        let list = self.list(&["done"])?;
        self.expect("done")?;
        Ok(list)
    }

    fn conditional(&mut self) -> Result<Compound> {
        self.at += 2;
        let mut branches = Vec::new();
        loop {
            let condition = self.list(&["then"])?;
            self.expect("then")?;
            branches.push((condition, self.list(&["elif", "else", "fi"])?));
            self.newlines();
            match self.keyword().as_str() {
                "elif" => self.at += 4,
                "else" => {
                    self.at += 4;
                    let otherwise = self.list(&["fi"])?;
                    self.expect("fi")?;
                    return Ok(Compound::If(branches, Some(otherwise)));
                }
                _ => {
                    self.expect("fi")?;
                    return Ok(Compound::If(branches, None));
                }
            }
        }
    }

    fn case(&mut self) -> Result<Compound> {
        self.at += 4;
        self.blanks();
        let subject = self.word()?.ok_or("word unexpected")?;
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines();
            if self.keyword() == "esac" {
                self.at += 4;
                return Ok(Compound::Case(subject, arms));
            }
            self.eat("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.word()?.ok_or("end of file unexpected (expecting \")\")")?);
                self.blanks();
                if !self.eat("|") {
                    break;
                }
            }
            self.expect(")")?;
            arms.push((patterns, self.list(&[";;", "esac"])?));
            self.eat(";;");
        }
    }

    fn words(&mut self) -> Result<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.blanks();
            match self.word()? {
                Some(word) => words.push(word),
                None => return Ok(words),
            }
        }
    }

    fn simple(&mut self) -> Result<Command> {
        let (mut assigns, mut words, mut redirects) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            if words.is_empty()
                && let Some(name) = self.assignment()
            {
                assigns.push((name, self.word()?.unwrap_or_default()));
                continue;
            }
            let Some(word) = self.word()? else { break };
            words.push(word);
            if words.len() == 1 && assigns.is_empty() && self.ahead("(") {
                self.at += 1;
                self.expect(")")?;
                self.newlines();
                let Some(Part::Text { text, .. }) = words[0].first() else {
                    return Err("Bad function name".to_owned());
                };
                return Ok(Command::Function(text.clone(), Arc::new(self.command()?)));
            }
        }
        if assigns.is_empty() && words.is_empty() && redirects.is_empty() {
            let what = if self.peek().is_none() { "end of file".to_owned() } else { format!("\"{}\"", self.keyword()) };
            return Err(format!("{what} unexpected"));
        }
        Ok(Command::Simple { assigns, words, redirects })
    }

    /// `NAME=`, when that is ahead.
    fn assignment(&mut self) -> Option<String> {
        let rest = &self.chars[self.at..];
        let name: String = rest.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
        let ok =
            !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && rest.get(name.len()) == Some(&'=');
        if !ok {
            return None;
        }
        self.at += name.len() + 1;
        Some(name)
    }

    fn redirect(&mut self) -> Result<Option<Redirect>> {
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

    /// A word; none where there is none.
    fn word(&mut self) -> Result<Option<Word>> {
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
    fn quoted(&mut self, parts: &mut Word, end: Option<char>) -> Result<()> {
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

    fn dollar(&mut self, parts: &mut Word, quoted: bool) -> Result<()> {
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

fn flush(parts: &mut Word, plain: &mut String, quoted: bool) {
    if !plain.is_empty() {
        parts.push(Part::Text { text: std::mem::take(plain), quoted });
    }
}

fn text(text: &str) -> Word {
    vec![Part::Text { text: text.to_owned(), quoted: false }]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn scripts_are_read_and_mistakes_are_found() {
        for script in [
            "while :; do sleep 1; done",
            "trap 'echo got TERM; exit 7' TERM; echo up; while :; do sleep 1; done",
            "f() { echo $1; }; f \"a b\" > /tmp/x 2>&1 && ! cat /tmp/x | wc -l || exit 3",
            "for i in $(seq 1 3); do echo $((i * 2)); done & wait",
            "if [ -e /x ]; then echo a; elif true; then echo b; else echo c; fi",
            "case $x in a|b) echo 1;; *) echo 2;; esac",
            "cat <<EOF\nhello $x\nEOF\necho done",
            "(trap - TERM; while true; do \"$@\"; sleep 1; done) &",
            "x=${y:-$(date)} z='a b' env",
        ] {
            parse(script).unwrap();
        }
        for (script, why) in [
            ("if true", "end of file unexpected (expecting \"then\")"),
            ("echo 'a", "Unterminated quoted string"),
            ("done", "\"done\" unexpected"),
            ("| x", "\"\" unexpected"),
        ] {
            assert_eq!(parse(script).unwrap_err(), why, "{script}");
        }
    }
}
