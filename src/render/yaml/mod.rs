//! YAML as kubectl prints it: that of go-yaml v2, which is YAML 1.1 with its own mind.

mod emit;
mod key_order;
mod scalar;

pub use emit::yaml;
