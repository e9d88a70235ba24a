//! Lists, lists of `&&` and `||`, and pipelines.

use std::sync::Arc;

use super::{KEYWORDS, Parser, Result, text};
use crate::sandbox::host::shell::ast::{Command, Item, List, Pipeline, Redirect, RedirectKind};

impl Parser {
    /// Commands up to one of the words that end such a list.
    pub(super) fn list(&mut self, ends: &[&str]) -> Result<List> {
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
}
