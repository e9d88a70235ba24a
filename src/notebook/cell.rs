//! A cell: a fenced code block that runs.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::{Attributes, CellRef, Marker, Status};

/// A fenced code block that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What its braces say.
    pub attributes: Attributes,
    /// Its code: lines end in LF, without the prefix of the list or quote that it stands in.
    pub source: String,
    /// Line of its opening fence in the file, from 1.
    pub fence_line: usize,
    /// Line of the first line of code in the file, from 1.
    pub first_line: usize,
    /// From the first backtick of the opening fence to the end of the closing fence, without its line end.
    pub range: Range<usize>,
    /// The bytes between the two fences.
    pub body: Range<usize>,
    /// What stands before its lines: list indentation and quote marks; empty at the top level.
    pub prefix: String,
    /// Whether it stands in a list item or quote.
    pub contained: bool,
    /// `\n` or `\r\n`, as its opening fence's line ends.
    pub line_end: &'static str,
    /// Its place among the notebook's cells, from 1.
    pub place: usize,
}

impl Cell {
    /// How a marker names it.
    pub fn reference(&self) -> CellRef {
        match &self.attributes.name {
            Some(name) => CellRef::Name(name.clone()),
            None => CellRef::Place(self.place),
        }
    }

    /// The hash of its source that its outputs carry.
    pub fn src(&self) -> String {
        src_hash(&self.source)
    }

    /// The marker of an output that it makes now.
    pub(super) fn marker(&self, status: Status, on: &str) -> Marker {
        Marker { cell: self.reference(), src: self.src(), status, on: on.to_owned() }
    }
}

/// The first 8 hexadecimal digits of a source's SHA-256.
pub(super) fn src_hash(source: &str) -> String {
    Sha256::digest(source).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
