//! What may differ, and did.

use std::collections::BTreeMap;

use crate::notebook::MaskedClass;

/// Something that differs between a recorded output and a new one, and may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// What it is.
    pub class: MaskedClass,
    /// As recorded.
    pub recorded: String,
    /// As the run brought it.
    pub now: String,
    /// The line in the file where it is recorded, from 1.
    pub line: usize,
}

/// How much was masked, by class; for `3 durations, 2 names`.
pub fn count<'m>(masked: impl IntoIterator<Item = &'m Masked>) -> BTreeMap<MaskedClass, usize> {
    let mut counts = BTreeMap::new();
    for one in masked {
        *counts.entry(one.class).or_default() += 1;
    }
    counts
}
