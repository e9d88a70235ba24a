//! cut.

use super::{Filtered, bare, flags, lines, number};
use crate::bindings::flags::Flag;
use crate::client::Failure;

const FLAGS: &[Flag] = &[
    Flag::value("fields", Some('f')),
    Flag::value("characters", Some('c')),
    Flag::value("bytes", Some('b')),
    Flag::value("delimiter", Some('d')),
    Flag::switch("only-delimited", Some('s')),
];

#[derive(Debug, Clone)]
pub(crate) struct Cut {
    /// From, to; both inclusive, from 1.
    ranges: Vec<(usize, usize)>,
    /// None: characters.
    delimiter: Option<char>,
    only_delimited: bool,
}

impl Cut {
    pub(super) fn parse(words: &[String]) -> Result<Self, Failure> {
        let flags = flags("cut", words, FLAGS, 0)?;
        let (list, fields) = match (flags.get("fields"), flags.get("characters").or(flags.get("bytes"))) {
            (Some(list), None) => (list, true),
            (None, Some(list)) => (list, false),
            _ => return Err(Failure::usage("cut: give one list, of fields (-f) or of characters (-c)")),
        };
        let mut delimiter = flags.get("delimiter").unwrap_or("\t").chars();
        let (Some(delimiter), None) = (delimiter.next(), delimiter.next()) else {
            return Err(Failure::usage("cut: the delimiter must be a single character"));
        };
        Ok(Self {
            ranges: list.split(',').map(range).collect::<Result<_, _>>()?,
            delimiter: fields.then_some(delimiter),
            only_delimited: flags.switch("only-delimited", false)?,
        })
    }

    pub(super) fn apply(&self, input: &str) -> Filtered {
        let mut text = String::new();
        for line in lines(input).into_iter().map(bare) {
            match self.delimiter {
                None => text.extend(line.chars().enumerate().filter(|(at, _)| self.has(*at)).map(|(_, c)| c)),
                Some(delimiter) if !line.contains(delimiter) => {
                    if self.only_delimited {
                        continue;
                    }
                    text.push_str(line);
                }
                Some(delimiter) => {
                    let fields = line.split(delimiter).enumerate().filter(|(at, _)| self.has(*at));
                    let fields: Vec<&str> = fields.map(|(_, field)| field).collect();
                    text.push_str(&fields.join(delimiter.encode_utf8(&mut [0; 4])));
                }
            }
            text.push('\n');
        }
        Filtered::ok(text)
    }

    fn has(&self, at: usize) -> bool {
        self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&(at + 1)))
    }
}

/// `3`, `1-3`, `-3`, `3-`
fn range(text: &str) -> Result<(usize, usize), Failure> {
    let (from, to) = match text.split_once('-') {
        None => (number("cut", text)?, number("cut", text)?),
        Some(("", "")) => return Err(Failure::usage("cut: - is no range")),
        Some((from, to)) => (
            if from.is_empty() { 1 } else { number("cut", from)? },
            if to.is_empty() { usize::MAX } else { number("cut", to)? },
        ),
    };
    if from == 0 || to < from {
        Err(Failure::usage(format!("cut: {text}: places are counted from 1")))
    } else {
        Ok((from, to))
    }
}
