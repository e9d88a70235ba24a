//! Rhai: one session whose variables, functions and imports last from cell to cell; cancellation; diagnostics.
//!
//! Knows nothing of Kubernetes. What a script can call is put into a session by [`crate::bindings`].

mod host;
mod piece;
mod thrown;

pub use host::{Claim, Deadline, Host, Waiting};
pub use piece::{Block, Piece};
pub use thrown::Thrown;
