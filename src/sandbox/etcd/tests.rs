//! etcd-client against the server, in memory and through TLS.
#![allow(clippy::unwrap_used)]
