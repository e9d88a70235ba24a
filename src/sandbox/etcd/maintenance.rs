//! The service Maintenance.

use etcd_client::proto::{
    PbAlarmRequest, PbAlarmResponse, PbDefragmentRequest, PbDefragmentResponse, PbDowngradeRequest,
    PbDowngradeResponse, PbHashKvRequest, PbHashKvResponse, PbHashRequest, PbHashResponse, PbMaintenanceService,
    PbMoveLeaderRequest, PbMoveLeaderResponse, PbSnapshotRequest, PbSnapshotResponse, PbStatusRequest,
    PbStatusResponse,
};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tonic::{Request, Response, Status};

use super::{Etcd, MEMBER_ID, RAFT_TERM, VERSION, hash, header, not_modelled, snapshot, status};
use crate::sandbox::store::{Keys, Query};

/// How many bytes of a snapshot one message has (etcd 3.4 `etcdserver/api/v3rpc/maintenance.go`).
const CHUNK: usize = 32 * 1024;

#[tonic::async_trait]
impl PbMaintenanceService for Etcd {
    async fn status(&self, _: Request<PbStatusRequest>) -> Result<Response<PbStatusResponse>, Status> {
        self.answer(|world| {
            let (file, used) = world.store.size();
            let signed = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
            Ok(PbStatusResponse {
                header: header(&world.store),
                version: VERSION.to_owned(),
                db_size: signed(file),
                leader: MEMBER_ID,
                raft_index: world.store.raft_index(),
                raft_term: RAFT_TERM,
                raft_applied_index: world.store.raft_index(),
                db_size_in_use: signed(used),
                ..PbStatusResponse::default()
            })
        })
    }

    async fn alarm(&self, request: Request<PbAlarmRequest>) -> Result<Response<PbAlarmResponse>, Status> {
        const ACTIVATE: i32 = 1;
        if request.get_ref().action == ACTIVATE {
            return Err(not_modelled("alarms"));
        }
        self.answer(|world| Ok(PbAlarmResponse { header: header(&world.store), alarms: Vec::new() }))
    }

    async fn defragment(&self, _: Request<PbDefragmentRequest>) -> Result<Response<PbDefragmentResponse>, Status> {
        self.answer(|world| {
            world.store.defragment();
            // As etcd 3.4, which says nothing.
            Ok(PbDefragmentResponse { header: None })
        })
    }

    async fn hash(&self, _: Request<PbHashRequest>) -> Result<Response<PbHashResponse>, Status> {
        self.answer(|world| Ok(PbHashResponse { header: header(&world.store), hash: hash::keys(&world.store, 0) }))
    }

    async fn hash_kv(&self, request: Request<PbHashKvRequest>) -> Result<Response<PbHashKvResponse>, Status> {
        let revision = request.get_ref().revision;
        self.answer(|world| {
            // Whether the revision can be read at all.
            let query = Query { revision, count_only: true, ..Query::default() };
            world.store.range(&Keys::one("\0"), &query).map_err(status)?;
            let compacted = world.store.compacted();
            let (head, hash) = (header(&world.store), hash::keys(&world.store, revision));
            let compact_revision = if compacted == 0 { -1 } else { compacted };
            Ok(PbHashKvResponse { header: head, hash, compact_revision, hash_revision: 0 })
        })
    }

    type SnapshotStream = BoxStream<'static, Result<PbSnapshotResponse, Status>>;

    async fn snapshot(&self, _: Request<PbSnapshotRequest>) -> Result<Response<Self::SnapshotStream>, Status> {
        let file = self.answer(|world| Ok(snapshot::file(&world.store, &world.etcd_url)))?.into_inner();
        let total = file.len();
        let chunks: Vec<_> = file
            .chunks(CHUNK)
            .enumerate()
            .map(|(at, blob)| {
                let remaining_bytes = (total - at * CHUNK - blob.len()) as u64;
                Ok(PbSnapshotResponse { remaining_bytes, blob: blob.to_vec(), ..PbSnapshotResponse::default() })
            })
            .collect();
        Ok(Response::new(futures::stream::iter(chunks).boxed()))
    }

    async fn move_leader(
        &self,
        request: Request<PbMoveLeaderRequest>,
    ) -> Result<Response<PbMoveLeaderResponse>, Status> {
        if request.get_ref().target_id != MEMBER_ID {
            return Err(Status::failed_precondition("etcdserver: bad leader transferee"));
        }
        self.answer(|world| Ok(PbMoveLeaderResponse { header: header(&world.store) }))
    }

    async fn downgrade(&self, _: Request<PbDowngradeRequest>) -> Result<Response<PbDowngradeResponse>, Status> {
        Err(not_modelled("Downgrade, which etcd 3.4 does not have"))
    }
}
