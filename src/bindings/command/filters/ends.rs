//! head and tail.

use super::{Filtered, flags, lines, number};
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;

const FLAGS: &[Flag] = &[Flag::value("lines", Some('n')), Flag::value("bytes", Some('c'))];

/// How many, counted in lines or bytes, and from which end.
#[derive(Debug, Clone, Copy)]
struct Part {
    bytes: bool,
    /// head: all but the last so many; tail: from this one on, counted from 1.
    other_end: bool,
    many: usize,
}

impl Part {
    fn parse(name: &str, words: &[String], sign: char) -> Result<Self, Failure> {
        // `-5` is `-n 5`, where it is the first word; later it may be a flag's value.
        let mut words = words.to_vec();
        if let Some(first) = words.first_mut()
            && let Some(digits) = first.strip_prefix('-')
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_ascii_digit())
        {
            *first = format!("-n{digits}");
        }
        let flags: Flags = flags(name, &words, FLAGS, 0)?;
        let (bytes, text) = match (flags.get("bytes"), flags.get("lines")) {
            (Some(text), _) => (true, text),
            (None, text) => (false, text.unwrap_or("10")),
        };
        let (other_end, digits) = match text.strip_prefix(sign) {
            Some(digits) => (true, digits),
            None => (false, text.trim_start_matches(['+', '-'])),
        };
        Ok(Self { bytes, other_end, many: number(name, digits)? })
    }

    fn pieces<'a>(&self, input: &'a str) -> Vec<&'a str> {
        if self.bytes {
            // Bytes would cut characters in two; what kubectl prints and is cut by bytes is ASCII.
            input.char_indices().map(|(at, c)| &input[at..at + c.len_utf8()]).collect()
        } else {
            lines(input)
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Head(Part);

impl Head {
    pub(super) fn parse(words: &[String]) -> Result<Self, Failure> {
        Part::parse("head", words, '-').map(Self)
    }

    pub(super) fn apply(&self, input: &str) -> Filtered {
        let pieces = self.0.pieces(input);
        let end =
            if self.0.other_end { pieces.len().saturating_sub(self.0.many) } else { self.0.many.min(pieces.len()) };
        Filtered::ok(pieces[..end].concat())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Tail(Part);

impl Tail {
    pub(super) fn parse(words: &[String]) -> Result<Self, Failure> {
        Part::parse("tail", words, '+').map(Self)
    }

    pub(super) fn apply(&self, input: &str) -> Filtered {
        let pieces = self.0.pieces(input);
        let start = if self.0.other_end {
            self.0.many.saturating_sub(1).min(pieces.len())
        } else {
            pieces.len().saturating_sub(self.0.many)
        };
        Filtered::ok(pieces[start..].concat())
    }
}
