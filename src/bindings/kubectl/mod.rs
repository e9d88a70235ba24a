//! The kubectl bindings.
