//! etcd's v3 gRPC server, on the store of a world.
//!
//! - [`serve`]: one connection, of any kind
//! - `kv`, `watch`, `lease`, `maintenance`, `cluster`, `auth`: the services; `convert` is between their messages and the store's

mod auth;
mod bolt;
mod cluster;
mod convert;
mod hash;
mod kv;
mod lease;
mod maintenance;
mod snapshot;
#[cfg(test)]
mod tests;
mod watch;

use etcd_client::proto::{
    PbClusterServer, PbKvServer, PbLeaseServer, PbMaintenanceServer, PbResponseHeader, PbWatchServer,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::Status;
use tonic::service::Routes;

use super::store::{Error, Store};
use super::{Shared, World};

/// What etcd says it is: that of kind's nodes of Kubernetes 1.20.
const VERSION: &str = "3.4.23";
/// A cluster of one member that was bootstrapped with etcd's defaults: its token, and `http://localhost:2380` as its peer.
const CLUSTER_ID: u64 = 0xcdf8_1819_4e3a_8c32;
const MEMBER_ID: u64 = 0x8e9e_05c5_2164_694d;
/// The leader was elected once.
const RAFT_TERM: u64 = 2;
/// The longest request (etcd's `--max-request-bytes`, and what its server adds for gRPC).
const MAX_REQUEST: usize = 1_572_864 + 524_288;

/// The services, on the world that they share.
#[derive(Debug, Clone)]
struct Etcd {
    shared: Shared,
}

impl Etcd {
    /// Answers one request: what `f` does to the world, alone.
    fn answer<T>(&self, f: impl FnOnce(&mut World) -> Result<T, Status>) -> Result<tonic::Response<T>, Status> {
        let _request = self.shared.request();
        if self.shared.with(|world| super::host::met_at_etcd(world)) != super::host::Met::Answers {
            return Err(Status::unavailable("etcdserver: server stopped"));
        }
        self.shared.with(f).map(tonic::Response::new)
    }
}

/// Serves one connection, until the client closes it.
pub async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, shared: Shared) {
    let service = TowerToHyperService::new(routes(shared));
    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    // That a connection breaks is the client's affair.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

fn routes(shared: Shared) -> Routes {
    let etcd = Etcd { shared };
    Routes::new(PbKvServer::new(etcd.clone()).max_decoding_message_size(MAX_REQUEST))
        .add_service(PbWatchServer::new(etcd.clone()))
        .add_service(PbLeaseServer::new(etcd.clone()))
        .add_service(PbClusterServer::new(etcd.clone()))
        .add_service(PbMaintenanceServer::new(etcd))
        .add_service(auth::Auth)
        .prepare()
}

fn header(store: &Store) -> Option<PbResponseHeader> {
    Some(PbResponseHeader {
        cluster_id: CLUSTER_ID,
        member_id: MEMBER_ID,
        revision: store.revision(),
        raft_term: RAFT_TERM,
    })
}

/// With the codes of etcd 3.4 `etcdserver/api/v3rpc/rpctypes/error.go`.
fn status(error: Error) -> Status {
    let code = match error {
        Error::Compacted | Error::FutureRevision | Error::LeaseTtlTooLarge => tonic::Code::OutOfRange,
        Error::LeaseNotFound => tonic::Code::NotFound,
        Error::LeaseExists => tonic::Code::FailedPrecondition,
        Error::EmptyKey
        | Error::KeyNotFound
        | Error::ValueProvided
        | Error::LeaseProvided
        | Error::TooManyOperations
        | Error::DuplicateKey => tonic::Code::InvalidArgument,
    };
    Status::new(code, error.to_string())
}

/// Of what the sandbox does not model.
fn not_modelled(what: &str) -> Status {
    Status::unimplemented(format!("the sandbox's etcd does not model {what}"))
}
