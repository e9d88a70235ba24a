//! wc.

use super::{Filtered, flags};
use crate::bindings::flags::Flag;
use crate::client::Failure;

const FLAGS: &[Flag] = &[
    Flag::switch("lines", Some('l')),
    Flag::switch("words", Some('w')),
    Flag::switch("chars", Some('m')),
    Flag::switch("bytes", Some('c')),
];

#[derive(Debug, Clone)]
pub(crate) struct Wc {
    /// Lines, words, characters, bytes: printed in this order, whatever the order of the flags.
    counts: [bool; 4],
}

impl Wc {
    pub(super) fn parse(words: &[String]) -> Result<Self, Failure> {
        let flags = flags("wc", words, FLAGS, 0)?;
        let on = |flag: &str| flags.switch(flag, false);
        let counts = [on("lines")?, on("words")?, on("chars")?, on("bytes")?];
        Ok(Self { counts: if counts == [false; 4] { [true, true, false, true] } else { counts } })
    }

    pub(super) fn apply(&self, input: &str) -> Filtered {
        let counted =
            [input.matches('\n').count(), input.split_whitespace().count(), input.chars().count(), input.len()];
        let shown: Vec<usize> = counted.into_iter().zip(self.counts).filter(|(_, on)| *on).map(|(n, _)| n).collect();
        // What comes from a pipe has no size to tell the width from: 7, but a number alone has none.
        let width = if shown.len() == 1 { 1 } else { 7 };
        let fields: Vec<String> = shown.iter().map(|number| format!("{number:>width$}")).collect();
        Filtered::ok(format!("{}\n", fields.join(" ")))
    }
}
