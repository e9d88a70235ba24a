//! Changes to objects as kubectl makes them, for its verbs and for the `k8s::` functions.
//!
//! - [`Item`]: an object of a manifest, with the resource and place it belongs to
//! - [`apply()`]: client-side with a three-way patch, or server-side
//! - [`create()`], [`replace()`], [`delete()`]
//! - [`patched_here()`]: a patch without the server
//! - [`drain()`]: evicts a node's Pods
//! - [`taint()`]: sets and removes a node's taints
//! - [`validate()`]: against the server's schema

mod apply;
mod create;
mod delete;
mod drain;
mod failures;
mod item;
mod last_applied;
mod merge_patch;
mod patch;
mod strategic_merge;
mod strategic_patch;
mod taint;
mod validate;

pub use apply::{Applied, ApplyOptions, Outcome, apply, send_difference};
pub use create::{CreateOptions, create, replace};
pub use delete::{delete, wait_deleted};
pub use drain::{DrainOptions, drain};
pub use failures::{all_of, on_one_line, with_source};
pub use item::{Item, Scope};
pub use last_applied::{LAST_APPLIED, last_applied, with_last_applied};
pub use patch::patched_here;
pub use taint::{Taint, Tainted, taint};
pub use validate::validate;

use crate::client::Failure;

/// How far a change goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DryRun {
    /// All the way.
    #[default]
    None,
    /// Nothing is sent but reads.
    Client,
    /// The server does all but store it.
    Server,
}

impl DryRun {
    /// `--dry-run`'s value.
    ///
    /// # Errors
    /// Another value, in kubectl's words.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        match text {
            "none" | "false" => Ok(Self::None),
            "client" | "unchanged" | "true" | "" => Ok(Self::Client),
            "server" => Ok(Self::Server),
            other => Err(Failure::usage(format!(
                "error: Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    /// What kubectl writes after its verb: ` (dry run)`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }

    /// The query of a request: `dryRun` and `fieldManager`.
    pub fn query(self, field_manager: &str) -> Vec<(String, String)> {
        let mut query = vec![("fieldManager".to_owned(), field_manager.to_owned())];
        if self == Self::Server {
            query.push(("dryRun".to_owned(), "All".to_owned()));
        }
        query
    }
}
