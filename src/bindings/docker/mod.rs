//! The docker bindings.
