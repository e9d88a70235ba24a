//! etcd v3: keys with their revisions, watches, leases, transactions, and the members' upkeep.
//!
//! - [`connect`](Etcd::connect): endpoints and certificates to a client
//! - `kv`, `txn`, `watch`, `lease`, `maintenance`: one file a service
//! - [`decode()`]: what Kubernetes keeps in a value, as the API returns it

mod connect;
pub mod decode;
mod failure;
mod header;
mod kv;
mod lease;
mod maintenance;
mod txn;
mod watch;

use std::sync::Arc;

pub use connect::Credentials;
pub use decode::decode;
pub use header::Header;
pub use kv::{Deleted, KeyValue, Put, PutOptions, Range, RangeOptions, SortBy, SortOrder, prefix_range};
pub use lease::{Lease, LeaseTime};
pub use maintenance::{Alarm, HashKv, Member, Members, Status};
pub use txn::{Compare, CompareOp, CompareTarget, Txn, TxnAnswer, TxnOp, TxnResult};
pub use watch::{EventKind, Watch, WatchBatch, WatchEvent, WatchOptions};

use super::{Change, End, Failure, KeyChange, Reads, Recorder, Seen, Ticket};

/// A client of one etcd.
#[derive(Clone)]
pub struct Etcd {
    client: etcd_client::Client,
    /// One client each, for what a member answers about itself.
    endpoints: Arc<[Endpoint]>,
    reads: Arc<Reads>,
    seen: Arc<Seen>,
    recorder: Option<Arc<dyn Recorder>>,
}

/// One endpoint and a client that talks to no other.
struct Endpoint {
    url: String,
    client: etcd_client::Client,
}

impl std::fmt::Debug for Etcd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Etcd").field("endpoints", &self.endpoints().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

impl Etcd {
    /// The endpoints as they were given: `https://127.0.0.1:2379`.
    pub fn endpoints(&self) -> impl Iterator<Item = &str> {
        self.endpoints.iter().map(|endpoint| endpoint.url.as_str())
    }

    /// The same client, which tells `recorder` of each change before it makes it.
    #[must_use]
    pub fn recorded(&self, recorder: Arc<dyn Recorder>) -> Self {
        Self { recorder: Some(recorder), ..self.clone() }
    }

    /// The same client, whose calls nobody notes: no reads for waits, no tokens, no changes.
    #[must_use]
    pub fn unnoted(&self) -> Self {
        Self { reads: Arc::default(), seen: Arc::default(), recorder: None, ..self.clone() }
    }

    async fn before(&self, changes: &[KeyChange]) -> Result<Ticket, Failure> {
        match &self.recorder {
            Some(recorder) => recorder.before(Change::Etcd(changes)).await,
            None => Ok(Ticket::default()),
        }
    }

    async fn after<T>(&self, ticket: Ticket, result: &Result<T, Failure>) {
        if let (Some(recorder), Some(end)) = (&self.recorder, End::of(result)) {
            recorder.after(ticket, end).await;
        }
    }
}
