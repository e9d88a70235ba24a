//! Whether two outputs say the same.
//!
//! A recorded output is matched against the new one as a template: where the new one has a token that differs from run
//! to run, the recorded one must have one of its class. Old and new tokens must form a one-to-one map over the whole
//! notebook: a Pod that was replaced must be replaced again, one that stayed must stay. In reading order:
//!
//! - [`class`]: what may differ at all
//! - [`layout`]: brings outputs into a form in which only content differs: [`table`], [`process`] lists, what is to
//!   [`mask`] inside a line
//! - [`shape`], [`age`], [`context`]: what tokens look like, and what the words around them make of them
//! - [`known`]: the tokens that the new run has fetched
//! - [`template`]: cuts a new line into literals and tokens, and matches a recorded line against it
//! - [`pattern`]: the same with hand-written `...` and `[..]`
//! - [`renaming`]: the one-to-one map
//! - [`rows`]: lines that are ordered by nothing but such tokens
//! - [`solve`], [`search`]: find a map under which outputs are equal
//! - [`explain`], [`align`], [`shown`]: where they are not, what differs; and what was masked
//! - [`kept`]: which hand-written patterns a new output keeps

mod age;
mod align;
mod class;
mod context;
mod explain;
mod kept;
mod known;
mod layout;
mod mask;
mod pattern;
mod process;
mod renaming;
mod rows;
mod search;
mod shape;
mod shown;
mod solve;
mod table;
mod template;
#[cfg(test)]
mod tests;

pub use class::MaskedClass;
pub(super) use explain::{Explained, Sighted};
pub(super) use kept::with_patterns_kept;
pub(super) use known::Known;
pub use known::TokenClass;
pub(super) use renaming::Identity;
pub(super) use solve::{Comparison, Solver};
pub(super) use template::identities;
