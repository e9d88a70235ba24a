//! Reads scripts in the shell command language (POSIX.1-2017, XCU 2), with a few of bash's words.
//!
//! - this file: the text that is read, and the words that end lists
//! - `list`: lists and pipelines; `command`: what they consist of
//! - `redirect`: redirections
//! - `word`: words; `dollar`: expansions in them

mod command;
mod dollar;
mod list;
mod redirect;
mod word;

use super::ast::{List, Part, Word};

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
