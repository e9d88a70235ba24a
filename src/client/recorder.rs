//! Who is told of each change before it is made, whatever way it came.

use std::fmt::Debug;

use futures::future::BoxFuture;
use http::Method;

use super::Failure;
use super::docker::Container;

/// A change that is about to be made to one of the layers.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// A request to the API server that is no read.
    K8s {
        /// POST, PUT, PATCH or DELETE.
        method: &'a Method,
        /// Path and query.
        path: &'a str,
        /// The request's body, as text.
        body: &'a str,
    },
    /// Keys of etcd that are written and deleted at once.
    Etcd(&'a [KeyChange]),
    /// A container that is stopped, frozen, taken off a network, or in which something is run or written.
    Container(&'a Container),
}

/// What happens to keys of etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange {
    /// A key is written.
    Put(Vec<u8>),
    /// A key, or the keys up to the end of a range, are deleted.
    Delete(Vec<u8>, Vec<u8>),
}

/// How a change ended.
#[derive(Debug, Clone, Copy)]
pub enum End<'a> {
    /// The layer refused it: all is as before.
    Refused,
    /// It was made. What the layer answered, where that is text.
    Made(&'a str),
}

/// What was written down about a change: numbers that only the recorder knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticket(pub Vec<u64>);

/// Writes changes down, so that they can be undone.
pub trait Recorder: Debug + Send + Sync {
    /// Called before a change; it is made only when this has returned.
    ///
    /// # Errors
    /// Why the change must not be made: it could not be written down, or it cannot be undone.
    fn before<'a>(&'a self, change: Change<'a>) -> BoxFuture<'a, Result<Ticket, Failure>>;

    /// Called when the layer has answered. Not called when nobody knows how it ended: the connection broke, or the
    /// caller was cancelled.
    fn after<'a>(&'a self, ticket: Ticket, end: End<'a>) -> BoxFuture<'a, ()>;
}

impl End<'_> {
    /// How a call ended that answers nothing of interest; none where nobody knows.
    pub(super) fn of<T>(result: &Result<T, Failure>) -> Option<Self> {
        match result {
            Ok(_) => Some(Self::Made("")),
            Err(failure) if failure.is_transient() => None,
            Err(_) => Some(Self::Refused),
        }
    }
}
