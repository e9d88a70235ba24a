//! The etcd bindings.
