//! sort.

use std::cmp::Ordering;

use super::{Filtered, bare, flags, lines, number};
use crate::bindings::flags::Flag;
use crate::client::Failure;

const FLAGS: &[Flag] = &[
    Flag::switch("numeric-sort", Some('n')),
    Flag::switch("reverse", Some('r')),
    Flag::switch("unique", Some('u')),
    Flag::switch("ignore-case", Some('f')),
    Flag::switch("ignore-leading-blanks", Some('b')),
    Flag::switch("stable", Some('s')),
    Flag::value("key", Some('k')),
    Flag::value("field-separator", Some('t')),
];

/// How two pieces of lines are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Order {
    numeric: bool,
    reverse: bool,
    fold: bool,
    skip_blanks: bool,
}

/// `-k FIELD[.CHAR][FLAGS][,FIELD[.CHAR][FLAGS]]`
#[derive(Debug, Clone, Copy)]
struct Key {
    from: (usize, usize),
    /// Field, and its last character; 0: all of it.
    to: Option<(usize, usize)>,
    order: Order,
}

#[derive(Debug, Clone)]
pub(crate) struct Sort {
    keys: Vec<Key>,
    order: Order,
    unique: bool,
    stable: bool,
    separator: Option<char>,
}

impl Sort {
    pub(super) fn parse(words: &[String]) -> Result<Self, Failure> {
        let flags = flags("sort", words, FLAGS, 0)?;
        let on = |flag: &str| flags.switch(flag, false);
        let order = Order {
            numeric: on("numeric-sort")?,
            reverse: on("reverse")?,
            fold: on("ignore-case")?,
            skip_blanks: on("ignore-leading-blanks")?,
        };
        let separator = flags.get("field-separator").map(|text| {
            let mut chars = if text == "\\t" { "\t".chars() } else { text.chars() };
            match (chars.next(), chars.next()) {
                (Some(c), None) => Ok(c),
                _ => Err(Failure::usage(format!("sort: {text:?} is no single character"))),
            }
        });
        Ok(Self {
            keys: flags.all("key").iter().map(|text| Key::parse(text, order)).collect::<Result<_, _>>()?,
            order,
            unique: on("unique")?,
            stable: on("stable")?,
            separator: separator.transpose()?,
        })
    }

    pub(super) fn apply(&self, input: &str) -> Filtered {
        let mut sorted: Vec<&str> = lines(input).into_iter().map(bare).collect();
        sorted.sort_by(|a, b| {
            let by_keys = self.by_keys(a, b);
            if by_keys != Ordering::Equal || self.unique || self.stable {
                return by_keys;
            }
            // Lines that are equal in their keys are ordered as a whole.
            if self.order.reverse { b.cmp(a) } else { a.cmp(b) }
        });
        if self.unique {
            sorted.dedup_by(|b, a| self.by_keys(a, b) == Ordering::Equal);
        }
        Filtered::ok(sorted.iter().map(|line| format!("{line}\n")).collect())
    }

    fn by_keys(&self, a: &str, b: &str) -> Ordering {
        if self.keys.is_empty() {
            return self.order.compare(a, b);
        }
        self.keys
            .iter()
            .map(|key| key.order.compare(key.of(a, self.separator), key.of(b, self.separator)))
            .find(|ordering| *ordering != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    }
}

impl Order {
    fn compare(self, a: &str, b: &str) -> Ordering {
        let (a, b) = if self.skip_blanks { (a.trim_start(), b.trim_start()) } else { (a, b) };
        let ordering = if self.numeric {
            value(a).total_cmp(&value(b))
        } else if self.fold {
            a.to_uppercase().cmp(&b.to_uppercase())
        } else {
            a.cmp(b)
        };
        if self.reverse { ordering.reverse() } else { ordering }
    }
}

/// The number at the start of a text; what is none counts as zero.
fn value(text: &str) -> f64 {
    let text = text.trim_start();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    let number: f64 = digits[..end].trim_end_matches('.').parse().unwrap_or(0.0);
    // No negative zero: it would come before zero.
    if text.starts_with('-') && number != 0.0 { -number } else { number }
}

impl Key {
    fn parse(text: &str, global: Order) -> Result<Self, Failure> {
        let (from, to) = match text.split_once(',') {
            Some((from, to)) => (from, Some(to)),
            None => (text, None),
        };
        let mut order = Order::default();
        let mut place = |text: &str| -> Result<(usize, usize), Failure> {
            let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
            for c in text[end..].chars() {
                match c {
                    'n' => order.numeric = true,
                    'r' => order.reverse = true,
                    'f' => order.fold = true,
                    'b' => order.skip_blanks = true,
                    _ => return Err(Failure::usage(format!("sort: {c:?}: a key's flags are n, r, f and b"))),
                }
            }
            match text[..end].split_once('.') {
                Some((field, char)) => Ok((number("sort", field)?, number("sort", char)?)),
                None => Ok((number("sort", &text[..end])?, 0)),
            }
        };
        let from = place(from)?;
        let to = to.map(place).transpose()?;
        if from.0 == 0 || to.is_some_and(|to| to.0 == 0) {
            return Err(Failure::usage("sort: fields are counted from 1"));
        }
        // A key's own flags take the place of the global ones.
        Ok(Self { from, to, order: if order == Order::default() { global } else { order } })
    }

    /// The part of a line that the key names.
    fn of<'a>(&self, line: &'a str, separator: Option<char>) -> &'a str {
        let fields = fields(line, separator);
        let char = |start: usize, count: usize| {
            line[start..].char_indices().nth(count).map_or(line.len(), |(at, _)| start + at)
        };
        let start = match fields.get(self.from.0 - 1) {
            Some(field) => char(field.0, self.from.1.saturating_sub(1)),
            None => line.len(),
        };
        let end = match self.to {
            None => line.len(),
            Some((field, last)) => match fields.get(field - 1) {
                None => line.len(),
                Some(field) if last == 0 => field.1,
                Some(field) => char(field.0, last),
            },
        };
        if start < end { &line[start..end] } else { "" }
    }
}

/// Where each field starts and ends. Without a separator a field begins with the blanks before it.
fn fields(line: &str, separator: Option<char>) -> Vec<(usize, usize)> {
    let mut fields = Vec::new();
    let mut start = 0;
    if let Some(separator) = separator {
        for (at, found) in line.match_indices(separator) {
            fields.push((start, at));
            start = at + found.len();
        }
    } else {
        let mut in_word = false;
        for (at, c) in line.char_indices() {
            let blank = c == ' ' || c == '\t';
            if blank && in_word {
                fields.push((start, at));
                start = at;
            }
            in_word = !blank;
        }
    }
    fields.push((start, line.len()));
    fields
}
