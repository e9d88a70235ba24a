//! The k8s bindings.
