//! The service KV.

use etcd_client::proto::{
    PbCompactionRequest, PbCompactionResponse, PbDeleteRequest, PbDeleteResponse, PbKvService, PbPutRequest,
    PbPutResponse, PbRangeRequest, PbRangeResponse, PbRangeStreamResponse, PbTxnRequest, PbTxnResponse,
};
use futures::stream::BoxStream;
use tonic::{Request, Response, Status};

use super::{Etcd, convert, header, not_modelled, status};
use crate::sandbox::store::{Done, Error, Op, Store};

#[tonic::async_trait]
impl PbKvService for Etcd {
    async fn range(&self, request: Request<PbRangeRequest>) -> Result<Response<PbRangeResponse>, Status> {
        let op = convert::range(request.get_ref());
        self.answer(|world| match world.store.apply(&op).map_err(status)? {
            Done::Range(found) => Ok(convert::ranged(&found, header(&world.store))),
            other => Err(unlike(&other)),
        })
    }

    type RangeStreamStream = BoxStream<'static, Result<PbRangeStreamResponse, Status>>;

    async fn range_stream(&self, _: Request<PbRangeRequest>) -> Result<Response<Self::RangeStreamStream>, Status> {
        Err(not_modelled("RangeStream, which etcd 3.4 does not have"))
    }

    async fn put(&self, request: Request<PbPutRequest>) -> Result<Response<PbPutResponse>, Status> {
        let (op, request) = (convert::put(request.get_ref()), request.get_ref());
        self.answer(|world| match order(&mut world.store, |store| store.apply(&op))? {
            Done::Put(before) => Ok(convert::written(request, before.as_ref(), header(&world.store))),
            other => Err(unlike(&other)),
        })
    }

    async fn delete_range(&self, request: Request<PbDeleteRequest>) -> Result<Response<PbDeleteResponse>, Status> {
        let (op, request) = (convert::delete(request.get_ref()), request.get_ref());
        self.answer(|world| match order(&mut world.store, |store| store.apply(&op))? {
            Done::Delete(before) => Ok(convert::deleted(request, &before, header(&world.store))),
            other => Err(unlike(&other)),
        })
    }

    async fn txn(&self, request: Request<PbTxnRequest>) -> Result<Response<PbTxnResponse>, Status> {
        let (op, request) = (Op::Txn(convert::txn(request.get_ref())), request.get_ref());
        self.answer(|world| match order(&mut world.store, |store| store.apply(&op))? {
            Done::Txn(done) => Ok(convert::txn_done(request, &done, header(&world.store))),
            other => Err(unlike(&other)),
        })
    }

    async fn compact(&self, request: Request<PbCompactionRequest>) -> Result<Response<PbCompactionResponse>, Status> {
        self.answer(|world| {
            order(&mut world.store, |store| store.compact(request.get_ref().revision))?;
            Ok(PbCompactionResponse { header: header(&world.store) })
        })
    }
}

/// A request that goes through consensus, unless it makes no sense at all.
fn order<T>(store: &mut Store, f: impl FnOnce(&mut Store) -> Result<T, Error>) -> Result<T, Status> {
    let before = store.revision();
    let done = f(store);
    let senseless =
        [Error::EmptyKey, Error::ValueProvided, Error::LeaseProvided, Error::DuplicateKey, Error::TooManyOperations];
    if store.revision() == before && !done.as_ref().is_err_and(|error| senseless.contains(error)) {
        store.ordered_nothing();
    }
    done.map_err(status)
}

/// The store answers each operation by its like, so this is never sent.
fn unlike(done: &Done) -> Status {
    Status::internal(format!("an answer to another request: {done:?}"))
}
