//! Rhai: one session whose variables, functions and imports last from cell to cell; cancellation; diagnostics.
//!
//! Knows nothing of Kubernetes. What a script can call is put into a [`Session`] by [`crate::bindings`].

mod claim;
mod error;
mod explain;
mod host;
pub(crate) mod lexer;
mod limits;
mod memory;
mod modules;
mod panic;
mod piece;
mod printed;
mod session;
mod source;
mod stop;
mod thrown;
mod traps;
mod value;

pub use claim::{Claim, FailedClaim};
pub use error::{CallSite, ScriptError, ScriptErrorKind, unlabelled};
pub use explain::shown_duration;
pub use host::{Deadline, Host, Limit, Waiting};
pub use limits::with_stack;
pub use modules::{Embedded, ModuleFunction, Modules, functions_in};
pub use panic::{Panic, caught, quiet_panics};
pub use piece::{Block, Piece};
pub use printed::Printed;
pub use session::{Parts, Session};
pub use source::{Place, Sources};
pub use stop::Stop;
pub use thrown::{Misuse, Thrown};
pub(crate) use value::is_known;
pub use value::{debug_of, from_json, text_of, to_json, type_of};
