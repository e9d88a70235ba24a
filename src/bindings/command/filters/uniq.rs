//! uniq.

use super::{Filtered, bare, flags, lines};
use crate::bindings::flags::Flag;
use crate::client::Failure;

const FLAGS: &[Flag] = &[
    Flag::switch("count", Some('c')),
    Flag::switch("repeated", Some('d')),
    Flag::switch("unique", Some('u')),
    Flag::switch("ignore-case", Some('i')),
];

#[derive(Debug, Clone)]
pub(crate) struct Uniq {
    count: bool,
    repeated: bool,
    unique: bool,
    ignore_case: bool,
}

impl Uniq {
    pub(super) fn parse(words: &[String]) -> Result<Self, Failure> {
        let flags = flags("uniq", words, FLAGS, 0)?;
        let on = |flag: &str| flags.switch(flag, false);
        Ok(Self {
            count: on("count")?,
            repeated: on("repeated")?,
            unique: on("unique")?,
            ignore_case: on("ignore-case")?,
        })
    }

    pub(super) fn apply(&self, input: &str) -> Filtered {
        let mut groups: Vec<(&str, usize)> = Vec::new();
        for line in lines(input).into_iter().map(bare) {
            match groups.last_mut() {
                Some((first, count)) if self.same(first, line) => *count += 1,
                _ => groups.push((line, 1)),
            }
        }
        let shown = groups.iter().filter(|(_, count)| (!self.repeated || *count > 1) && (!self.unique || *count == 1));
        let line = |(line, count): &(&str, usize)| {
            if self.count { format!("{count:>7} {line}\n") } else { format!("{line}\n") }
        };
        Filtered::ok(shown.map(line).collect())
    }

    fn same(&self, a: &str, b: &str) -> bool {
        a == b || (self.ignore_case && a.to_lowercase() == b.to_lowercase())
    }
}
