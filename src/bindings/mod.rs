//! What a script can call: one file per function or verb, one registry.
//!
//! - [`general`]: `print`, `expect`, `wait_until`, …
//! - [`k8s`], [`docker`], [`etcd`]: structured functions, for logic
//! - [`kubectl`], and the `cli` parts of [`docker`] and [`etcd`]: the verbatim commands
//! - [`manifest`], [`changes`]: what both share when they write objects
//! - `capture`: what a person would look at after a failure
//! - [`command`]: a command line with its filters, run by whoever asks: `show`, `background`, `undo`

mod argv;
mod call;
mod capture;
pub mod changes;
pub mod command;
pub mod docker;
mod docs;
pub mod etcd;
pub mod files;
pub mod flags;
pub mod general;
pub mod k8s;
pub mod kubectl;
pub mod manifest;
mod options;
mod registry;
mod reverted;
mod session;
mod stdlib;
mod workspace;

pub use argv::argv;
pub use call::{Binding, Call, CallError, RangeInclusiveConst, duration, wrong_type};
pub use capture::{Captured, capture};
pub use docs::{Doc, docs, find};
pub use general::undo;
pub use options::Options;
pub use registry::registry;
pub use session::{compiler, session};
pub use stdlib::STDLIB;
pub use workspace::Workspace;
