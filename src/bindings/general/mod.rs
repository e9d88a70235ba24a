//! The general bindings.
