//! Async clients for the three layers: the Kubernetes API ([`k8s`]), Docker Engine ([`docker`])
//! and etcd ([`etcd`]). They know nothing of scripts or notebooks.
//!
//! All three report what they answered in one type, [`Failure`], and record two things as they go:
//! what was read ([`Reads`], so that a wait can watch just that) and which tokens were
//! seen ([`Seen`], so that an output can be compared with a recorded one, and with its [`Secrets`] so that none of them is
//! shown). Before they change anything they tell a [`Recorder`], where there is one.

mod dial;
pub mod docker;
pub mod etcd;
mod failure;
pub mod k8s;
mod reads;
mod recorder;
mod secrets;
mod seen;

pub use dial::{Dial, Stream};
pub use failure::{Cause, Failure, FailureKind};
pub use reads::{Collection, Read, Reads};
pub use recorder::{Change, End, KeyChange, Recorder, Ticket};
pub use secrets::Secrets;
pub use seen::{Seen, TokenClass};
