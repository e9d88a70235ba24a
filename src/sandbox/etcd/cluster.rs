//! The service Cluster: one member, which stays.

use etcd_client::proto::{
    PbClusterService, PbMember, PbMemberAddRequest, PbMemberAddResponse, PbMemberListRequest, PbMemberListResponse,
    PbMemberPromoteRequest, PbMemberPromoteResponse, PbMemberRemoveRequest, PbMemberRemoveResponse,
    PbMemberUpdateRequest, PbMemberUpdateResponse, PbResponseHeader,
};
use tonic::{Request, Response, Status};

use super::{Etcd, MEMBER_ID, header, not_modelled};

/// The control plane's node, which its etcd is named after.
pub(super) const NAME: &str = "k8splayground-control-plane";
pub(super) const PEER: &str = "http://localhost:2380";

#[tonic::async_trait]
impl PbClusterService for Etcd {
    async fn member_list(&self, _: Request<PbMemberListRequest>) -> Result<Response<PbMemberListResponse>, Status> {
        self.answer(|world| {
            let member = PbMember {
                id: MEMBER_ID,
                name: NAME.to_owned(),
                peer_ur_ls: vec![PEER.to_owned()],
                client_ur_ls: vec![world.etcd_url.clone()],
                is_learner: false,
            };
            // As etcd's, which does not say the revision here.
            let header = header(&world.store).map(|header| PbResponseHeader { revision: 0, ..header });
            Ok(PbMemberListResponse { header, members: vec![member] })
        })
    }

    async fn member_add(&self, _: Request<PbMemberAddRequest>) -> Result<Response<PbMemberAddResponse>, Status> {
        Err(not_modelled("more than one member"))
    }

    async fn member_remove(
        &self,
        _: Request<PbMemberRemoveRequest>,
    ) -> Result<Response<PbMemberRemoveResponse>, Status> {
        Err(Status::unknown("etcdserver: re-configuration failed due to not enough started members"))
    }

    async fn member_update(
        &self,
        _: Request<PbMemberUpdateRequest>,
    ) -> Result<Response<PbMemberUpdateResponse>, Status> {
        Err(not_modelled("other addresses of its member"))
    }

    async fn member_promote(
        &self,
        _: Request<PbMemberPromoteRequest>,
    ) -> Result<Response<PbMemberPromoteResponse>, Status> {
        Err(Status::failed_precondition("etcdserver: can only promote a learner member"))
    }
}
