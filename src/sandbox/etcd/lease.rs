//! The service Lease.

use etcd_client::proto::{
    PbLeaseGrantRequest, PbLeaseGrantResponse, PbLeaseKeepAliveRequest, PbLeaseKeepAliveResponse, PbLeaseLeasesRequest,
    PbLeaseLeasesResponse, PbLeaseRevokeRequest, PbLeaseRevokeResponse, PbLeaseService, PbLeaseStatus,
    PbLeaseTimeToLiveRequest, PbLeaseTimeToLiveResponse,
};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use super::{Etcd, header, status};

#[tonic::async_trait]
impl PbLeaseService for Etcd {
    async fn lease_grant(
        &self,
        request: Request<PbLeaseGrantRequest>,
    ) -> Result<Response<PbLeaseGrantResponse>, Status> {
        let request = request.get_ref();
        self.answer(|world| {
            let (id, ttl) = world.grant_lease(request.ttl, request.id).map_err(status)?;
            Ok(PbLeaseGrantResponse { header: header(&world.store), id, ttl, error: String::new() })
        })
    }

    async fn lease_revoke(
        &self,
        request: Request<PbLeaseRevokeRequest>,
    ) -> Result<Response<PbLeaseRevokeResponse>, Status> {
        self.answer(|world| {
            world.revoke_lease(request.get_ref().id).map_err(status)?;
            Ok(PbLeaseRevokeResponse { header: header(&world.store) })
        })
    }

    type LeaseKeepAliveStream = BoxStream<'static, Result<PbLeaseKeepAliveResponse, Status>>;

    async fn lease_keep_alive(
        &self,
        request: Request<Streaming<PbLeaseKeepAliveRequest>>,
    ) -> Result<Response<Self::LeaseKeepAliveStream>, Status> {
        let etcd = self.clone();
        let answers = request.into_inner().map(move |request| {
            let id = request?.id;
            // A lease that is gone has no time left.
            let answer = etcd.answer(|world| {
                let ttl = world.keep_lease_alive(id).unwrap_or_default();
                Ok(PbLeaseKeepAliveResponse { header: header(&world.store), id, ttl })
            })?;
            Ok(answer.into_inner())
        });
        Ok(Response::new(answers.boxed()))
    }

    async fn lease_time_to_live(
        &self,
        request: Request<PbLeaseTimeToLiveRequest>,
    ) -> Result<Response<PbLeaseTimeToLiveResponse>, Status> {
        let request = request.get_ref();
        self.answer(|world| {
            let gone = PbLeaseTimeToLiveResponse {
                header: header(&world.store),
                id: request.id,
                ttl: -1,
                granted_ttl: 0,
                keys: Vec::new(),
            };
            let Ok(left) = world.lease(request.id) else { return Ok(gone) };
            let keys = left.keys.iter().filter(|_| request.keys).map(|key| key.to_vec()).collect();
            Ok(PbLeaseTimeToLiveResponse { ttl: left.ttl, granted_ttl: left.granted, keys, ..gone })
        })
    }

    async fn lease_leases(&self, _: Request<PbLeaseLeasesRequest>) -> Result<Response<PbLeaseLeasesResponse>, Status> {
        self.answer(|world| {
            let leases = world.store.leases().into_iter().map(|id| PbLeaseStatus { id }).collect();
            Ok(PbLeaseLeasesResponse { header: header(&world.store), leases })
        })
    }
}
