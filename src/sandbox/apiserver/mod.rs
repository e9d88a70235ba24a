//! The API server's wire: HTTP/1.1 and HTTP/2, on any stream. In reading order:
//!
//! - [`serve`], [`User`]: a connection, and who is at its other end
//! - `request`: what is asked for
//! - `answer`: who answers it; `access`: who may ask for what
//! - `discovery`, `health`, `metrics`: what there is and how it is; `read`, `write`: objects; `watch`: what happens to them,
//!   `cacher`: what is remembered of that
//! - `select`: selectors of labels and fields; `page`: lists in pages; `present`: versions, tables, JSON;
//!   `media`: what is accepted; `deprecated`: what is warned of; `flow`: what it is counted by; `autoscaler`, `definition`: kinds in their versions
//! - `logs`, `remote`: what a Pod's containers wrote, and commands in them; `spdy`: one of its wires;
//!   `proxy`: what they answer to HTTP, and `kubelet` what kubelets do
//! - [`openapi`]: the document of all kinds
//! - [`compact`], [`restore`]: what it does with etcd, and makes again, by itself; `patience`: how long it waits

mod access;
mod answer;
mod autoscaler;
mod cacher;
mod compaction;
mod components;
mod connection;
mod definition;
mod deprecated;
mod discovery;
mod flow;
mod health;
mod kubelet;
mod logs;
mod media;
mod metrics;
pub mod openapi;
mod page;
mod patches;
mod patience;
mod present;
mod proxy;
mod read;
mod remote;
mod request;
mod restoring;
mod select;
mod spdy;
mod syntax;
mod user;
mod watch;
mod write;

pub use cacher::Cacher;
pub use compaction::compact;
pub use connection::serve;
pub use restoring::{leave, restore};
pub use user::User;

#[cfg(test)]
mod tests;
