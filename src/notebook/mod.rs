//! Notebooks: markdown in, markdown out. Pure: no IO.

mod duration;

pub use duration::parse_duration;
