//! What a person is told: errors, the summary of a run, and the exit code.

mod drift;
mod elapsed;
mod error;
mod exit;
mod json;
mod junit;
mod record;
mod style;
mod summary;
mod tell;

pub use drift::{describe_cell, describe_drift, describe_masked};
pub use elapsed::elapsed;
pub use error::{Error, describe};
pub use exit::Exit;
pub use json::json;
pub use junit::junit;
pub use record::{Captured, CellReport, Fault, FaultPlace, NotebookReport, Outcome, RunReport, Skipped};
pub use style::{ColorChoice, Style};
pub use summary::summarize;
pub use tell::{harmless, print, tell};
