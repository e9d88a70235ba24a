//! Commands: simple ones, functions, and what is between the words of a compound one.

use std::sync::Arc;

use super::{Parser, Result};
use crate::sandbox::host::shell::ast::{Command, Compound, List, Part, Word};

impl Parser {
    pub(super) fn command(&mut self) -> Result<Command> {
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
}
