//! The embedded cluster: a control plane and two workers on a virtual clock, which speak the wire protocols of the three
//! layers.
//!
//! All of its state is one [`World`], which changes only by events in the order of its clock and by requests between
//! them. In reading order:
//!
//! - [`sim`]: the world, its clock and its queue of events
//! - [`profile`]: which cluster it is; [`version`]: the constants of the Kubernetes version that is modelled
//! - [`store`]: etcd's store: revisions, history, leases, watches
//! - [`codec`]: what is stored of an object
//! - [`api`]: what the API server does with a request, [`apiserver`]: its wire
//! - [`informers`]: what components know of the objects, [`object`]: reading one, [`recorder`]: events
//! - [`controllers`], [`scheduler`], [`kubelet`]: the components
//! - [`host`]: the simulated hosts, their processes and containers
//! - [`dockerd`]: the Docker Engine over them
//! - [`embed`]: the sandbox within this process, and what moves its clock; [`serve`]: as servers for other programs
//! - [`etcd`]: its server, [`pki`]: certificates
//! - [`boot`]: a cluster that has been up for a while; [`kind`]: what kind and kubeadm do of it

pub mod api;
pub mod apiserver;
pub mod boot;
pub mod codec;
pub mod controllers;
pub mod dockerd;
pub mod embed;
pub mod etcd;
pub mod host;
pub mod informers;
pub mod kind;
pub mod kubelet;
#[cfg(test)]
mod malformed;
pub mod object;
pub mod pki;
pub mod profile;
pub mod recorder;
pub mod scheduler;
pub mod serve;
mod shared;
pub mod sim;
pub mod store;
#[cfg(test)]
mod trials;
pub mod version;

pub use profile::Profile;
pub use shared::{InFlight, Shared};
pub use sim::World;
