//! Kubelets without hosts.
