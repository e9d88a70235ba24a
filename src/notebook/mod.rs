//! Notebooks: markdown in, markdown out. Pure: no IO.
//!
//! [`parse`] finds a notebook's cells, front matter and recorded outputs, all with their byte ranges. What a run
//! brought comes back as [`CellOutput`]s, which [`splice`] writes in, byte for byte around what a person wrote, and
//! [`clean`] takes out again.

mod attributes;
mod cell;
mod diagnostic;
mod duration;
mod front_matter;
mod marker;
mod output;
mod owners;
mod parse;
mod splice;
mod suggest;
mod walk;

pub use attributes::{Attributes, Check};
pub use cell::Cell;
pub use diagnostic::{Diagnostic, Places, Severity};
pub use duration::parse_duration;
pub use front_matter::{FrontMatter, Layer, Nodes, Requires};
pub use marker::{CellRef, Marker, Status};
pub use output::{CellOutput, OutputPiece, tidy};
pub use parse::{Notebook, Recorded, parse};
pub use splice::{clean, splice};
