//! grep.

use regex::Regex;

use super::pattern::{self, Syntax};
use super::{Filtered, bare, flags, lines, number};
use crate::bindings::flags::Flag;
use crate::client::Failure;

const FLAGS: &[Flag] = &[
    Flag::switch("invert-match", Some('v')),
    Flag::switch("ignore-case", Some('i')),
    Flag::switch("count", Some('c')),
    Flag::switch("word-regexp", Some('w')),
    Flag::switch("line-regexp", Some('x')),
    Flag::switch("extended-regexp", Some('E')),
    Flag::switch("fixed-strings", Some('F')),
    Flag::switch("only-matching", Some('o')),
    Flag::switch("line-number", Some('n')),
    Flag::switch("quiet", Some('q')),
    Flag::value("regexp", Some('e')),
    Flag::value("max-count", Some('m')),
    Flag::value("after-context", Some('A')),
    Flag::value("before-context", Some('B')),
    Flag::value("context", Some('C')),
];

#[derive(Debug, Clone)]
pub(crate) struct Grep {
    pattern: Regex,
    invert: bool,
    count: bool,
    only_matching: bool,
    numbers: bool,
    quiet: bool,
    most: usize,
    before: usize,
    after: usize,
}

impl Grep {
    pub(super) fn parse(name: &str, words: &[String], extended: bool) -> Result<Self, Failure> {
        let given = words.iter().any(|word| word.starts_with("-e") || word.starts_with("--regexp"));
        let mut flags = flags(name, words, FLAGS, usize::from(!given)).or_else(|failure| {
            // `-ve pattern`: the pattern is a flag's value after all.
            self::flags(name, words, FLAGS, 0).map_err(|_| failure)
        })?;
        let mut args = std::mem::take(&mut flags.args);
        args.append(&mut flags.after_dashes);
        let mut patterns: Vec<&str> = flags.all("regexp").iter().map(String::as_str).collect();
        patterns.extend(args.iter().map(String::as_str));
        if patterns.is_empty() {
            return Err(Failure::usage(format!("{name}: which pattern?")));
        }
        let on = |flag: &str| flags.switch(flag, false);
        let many = |flag: &str, default: usize| flags.get(flag).map_or(Ok(default), |text| number(name, text));
        let context = many("context", 0)?;
        let syntax = Syntax {
            extended: extended || on("extended-regexp")?,
            fixed: on("fixed-strings")?,
            ignore_case: on("ignore-case")?,
            words: on("word-regexp")?,
            lines: on("line-regexp")?,
        };
        Ok(Self {
            pattern: pattern::compile(&patterns, syntax)?,
            invert: on("invert-match")?,
            count: on("count")?,
            only_matching: on("only-matching")?,
            numbers: on("line-number")?,
            quiet: on("quiet")?,
            most: many("max-count", usize::MAX)?,
            before: many("before-context", context)?,
            after: many("after-context", context)?,
        })
    }

    pub(super) fn apply(&self, input: &str) -> Filtered {
        let lines = lines(input);
        let selected: Vec<usize> = (0..lines.len())
            .filter(|at| self.pattern.is_match(bare(lines[*at])) != self.invert)
            .take(self.most)
            .collect();
        let code = i32::from(selected.is_empty());
        let stdout = if self.quiet {
            String::new()
        } else if self.count {
            format!("{}\n", selected.len())
        } else if self.only_matching {
            self.matches(&lines, &selected)
        } else {
            self.with_context(&lines, &selected)
        };
        Filtered { stdout, stderr: String::new(), code }
    }

    fn matches(&self, lines: &[&str], selected: &[usize]) -> String {
        let mut text = String::new();
        for at in selected.iter().filter(|_| !self.invert) {
            for found in self.pattern.find_iter(bare(lines[*at])).filter(|found| !found.is_empty()) {
                self.put(&mut text, *at, ':', found.as_str());
            }
        }
        text
    }

    fn with_context(&self, lines: &[&str], selected: &[usize]) -> String {
        let mut text = String::new();
        let mut printed: Option<usize> = None;
        for (place, at) in selected.iter().enumerate() {
            let first = at.saturating_sub(self.before).max(printed.map_or(0, |printed| printed + 1));
            let gap = printed.is_some_and(|printed| first > printed + 1);
            if gap && (self.before > 0 || self.after > 0) {
                text.push_str("--\n");
            }
            for (line, content) in lines.iter().enumerate().take(*at).skip(first) {
                self.put(&mut text, line, '-', bare(content));
            }
            self.put(&mut text, *at, ':', bare(lines[*at]));
            // Context ends where the next selected line begins; after the last of -m it goes on to its length.
            let next = selected.get(place + 1).copied().unwrap_or(lines.len());
            let last = (at + self.after).min(next - 1).min(lines.len() - 1);
            for (line, content) in lines.iter().enumerate().take(last + 1).skip(at + 1) {
                self.put(&mut text, line, '-', bare(content));
            }
            printed = Some(last.max(*at));
        }
        text
    }

    fn put(&self, text: &mut String, line: usize, mark: char, content: &str) {
        if self.numbers {
            text.push_str(&format!("{}{mark}", line + 1));
        }
        text.push_str(content);
        text.push('\n');
    }
}
