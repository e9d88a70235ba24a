//! A command line as a person would type it, with its filters; run by whoever asks: `kubectl(…)`, `show`, `background`,
//! `undo`.
//!
//! - `words`: quotes and operators, as sh reads them
//! - [`Line`]: a program, its words, its filters
//! - `reach`: flags that choose another cluster or identity
//! - `filters`: grep, wc, head, tail, sort, uniq, cut

mod filters;
mod here;
mod line;
mod reach;
mod run;
mod streams;
mod words;

pub use line::{Line, Program};
pub use run::Ran;
pub use streams::{Output, Streams};
