//! The library that notebooks import: `stdlib/*.rhai`, embedded.

use crate::script::Embedded;

/// All modules of the library.
pub const STDLIB: &[Embedded] = &[
    ("finalizer", include_str!("../../stdlib/finalizer.rhai")),
    ("node", include_str!("../../stdlib/node.rhai")),
    ("workload", include_str!("../../stdlib/workload.rhai")),
];
