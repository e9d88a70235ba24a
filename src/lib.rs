//! kpnb runs explorations of Kubernetes behaviour that are written as markdown notebooks.
//!
//! The map, in reading order. A module imports only from those below it
//! (ARCHITECTURE.md has the list, `tests/architecture.rs` checks it):
//!
//! - [`cli`]: one file per subcommand; the only place that reads and writes notebooks
//! - [`repl`]: the interactive session
//! - [`report`]: summary, exit codes, and the one place that prints an error
//! - [`bindings`]: what a script can call; one registry
//! - [`journal`]: what undoes a run's changes
//! - [`script`]: Rhai: session, cancellation, diagnostics
//! - [`cluster`]: which cluster: discovery and guard
//! - [`sandbox`]: the embedded cluster
//! - [`client`]: async clients for the three layers; knows nothing of Rhai
//! - [`notebook`]: markdown in, markdown out; pure
//! - [`render`]: tables, YAML, JSON, diff; pure
//! - [`clock`]: the cluster's clock

#![warn(unreachable_pub)]

pub mod bindings;
pub mod cli;
pub mod client;
pub mod clock;
pub mod cluster;
pub mod journal;
pub mod notebook;
pub mod render;
pub mod repl;
pub mod report;
pub mod sandbox;
pub mod script;
