//! Whether two outputs say the same.
//!
//! A recorded output is matched against the new one as a template: where the new one has a token that differs from run
//! to run, the recorded one must have one of its class. Old and new tokens must form a one-to-one map over the whole
//! notebook: a Pod that was replaced must be replaced again, one that stayed must stay. In reading order:
//!
//! - [`layout`]: brings tables, process lists and such into a form in which only content differs
//! - [`shape`]: what tokens look like
//! - [`known`]: the tokens that the new run has fetched
//! - [`template`]: cuts a new line into literals and tokens, and matches a recorded line against it
//! - [`renaming`]: the one-to-one map
//! - [`rows`]: lines that are ordered by nothing but such tokens
//! - [`solve`]: finds a map under which two outputs are equal

mod known;
mod layout;
mod pattern;
mod renaming;
mod rows;
mod shape;
mod solve;
mod template;
#[cfg(test)]
mod tests;

pub(super) use known::Known;
pub use known::TokenClass;
pub(super) use renaming::Identity;
pub(super) use solve::{Comparison, Solver};
pub(super) use template::identities;
