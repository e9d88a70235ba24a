//! Notebooks: markdown in, markdown out. Pure: no IO.
//!
//! [`parse`] finds a notebook's cells, front matter and recorded outputs, all with their byte ranges. What a run
//! brought comes back as a [`Run`] of [`CellOutput`]s, which [`update`] writes in: byte for byte around what a person
//! wrote, and only where an output says something else than the recorded one. [`merge`] does so in a text that has
//! changed meanwhile. [`check`] says what differs, and writes nothing. [`clean`] takes outputs out again, [`lint`] says what is wrong or out of date.

mod attributes;
mod canonical;
mod cell;
mod check;
mod diagnostic;
mod duration;
mod front_matter;
mod judge;
mod lint;
mod marker;
mod merge;
mod output;
mod owners;
mod parse;
mod splice;
mod suggest;
#[cfg(test)]
mod tests;
mod update;
mod walk;

pub use attributes::{Attributes, Check};
pub use canonical::{MaskedClass, TokenClass};
pub use cell::Cell;
pub use check::{Broken, Checked, CheckedCell, Drift, Masked, Sighting, check, count as count_masked};
pub use diagnostic::{Diagnostic, Places, Severity};
pub use duration::{format_duration, parse_duration};
pub use front_matter::{FrontMatter, Layer, Mark, Nodes, Requires, Timeouts};
pub use lint::lint;
pub use marker::{CellRef, Marker, Status};
pub use merge::{Conflict, Merged, Why, merge};
pub use output::{CellOutput, OutputPiece, tidy};
pub use parse::{Notebook, Recorded, parse};
pub use splice::{clean, splice};
pub use suggest::closest;
pub use update::{Change, Run, Update, update};
