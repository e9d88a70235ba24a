//! Between the messages of the protocol and what the store takes and gives.

use etcd_client::proto::{
    PbCompare, PbDeleteRequest, PbDeleteResponse, PbEvent, PbKeyValue, PbPutRequest, PbPutResponse, PbRangeRequest,
    PbRangeResponse, PbResponseHeader, PbResponseOp, PbTargetUnion, PbTxnOpRequest, PbTxnOpResponse, PbTxnRequest,
    PbTxnRequestOp, PbTxnResponse,
};

use crate::sandbox::store::{
    Change, Compare, Comparison, Done, Found, KeyValue, Keys, Op, Put, Query, SortBy, SortOrder, Target, Txn, TxnDone,
};

pub(super) fn key_value(kv: &KeyValue) -> PbKeyValue {
    PbKeyValue {
        key: kv.key.to_vec(),
        create_revision: kv.create_revision,
        mod_revision: kv.mod_revision,
        version: kv.version,
        value: kv.value.to_vec(),
        lease: kv.lease,
    }
}

pub(super) fn event(change: &Change, with_before: bool) -> PbEvent {
    let kv = match &change.now {
        Some(kv) => key_value(kv),
        None => PbKeyValue { key: change.key.to_vec(), mod_revision: change.revision, ..PbKeyValue::default() },
    };
    let prev_kv = change.before.as_ref().filter(|_| with_before).map(key_value);
    PbEvent { r#type: i32::from(change.now.is_none()), kv: Some(kv), prev_kv }
}

pub(super) fn range(request: &PbRangeRequest) -> Op {
    // As etcd 3.4: sorted by something else than the key means ascending, if nothing is said.
    let by = match request.sort_target {
        1 => SortBy::Version,
        2 => SortBy::CreateRevision,
        3 => SortBy::ModRevision,
        4 => SortBy::Value,
        _ => SortBy::Key,
    };
    let sort = match request.sort_order {
        0 if by == SortBy::Key => None,
        2 => Some((by, SortOrder::Descending)),
        _ => Some((by, SortOrder::Ascending)),
    };
    let query = Query {
        revision: request.revision,
        limit: usize::try_from(request.limit).unwrap_or_default(),
        sort,
        keys_only: request.keys_only,
        count_only: request.count_only,
        mod_revision: (request.min_mod_revision, request.max_mod_revision),
        create_revision: (request.min_create_revision, request.max_create_revision),
    };
    Op::Range(Keys::between(request.key.clone(), request.range_end.clone()), query)
}

pub(super) fn put(request: &PbPutRequest) -> Op {
    Op::Put(Put {
        key: request.key.clone().into(),
        value: request.value.clone().into(),
        lease: request.lease,
        ignore_value: request.ignore_value,
        ignore_lease: request.ignore_lease,
    })
}

pub(super) fn delete(request: &PbDeleteRequest) -> Op {
    Op::Delete(Keys::between(request.key.clone(), request.range_end.clone()))
}

pub(super) fn txn(request: &PbTxnRequest) -> Txn {
    Txn {
        compare: request.compare.iter().map(compare).collect(),
        then: ops(&request.success),
        or_else: ops(&request.failure),
    }
}

fn ops(requests: &[PbTxnRequestOp]) -> Vec<Op> {
    let op = |request: &PbTxnRequestOp| {
        Some(match request.request.as_ref()? {
            PbTxnOpRequest::RequestRange(request) => range(request),
            PbTxnOpRequest::RequestPut(request) => put(request),
            PbTxnOpRequest::RequestDeleteRange(request) => delete(request),
            PbTxnOpRequest::RequestTxn(request) => Op::Txn(txn(request)),
        })
    };
    requests.iter().filter_map(op).collect()
}

fn compare(request: &PbCompare) -> Compare {
    let result = match request.result {
        1 => Comparison::Greater,
        2 => Comparison::Less,
        3 => Comparison::NotEqual,
        _ => Comparison::Equal,
    };
    // What is compared is `target`; a value of another kind counts as zero.
    let number = match request.target_union {
        Some(
            PbTargetUnion::Version(n)
            | PbTargetUnion::CreateRevision(n)
            | PbTargetUnion::ModRevision(n)
            | PbTargetUnion::Lease(n),
        ) => n,
        _ => 0,
    };
    let target = match (request.target, &request.target_union) {
        (1, _) => Target::CreateRevision(number),
        (2, _) => Target::ModRevision(number),
        (3, Some(PbTargetUnion::Value(value))) => Target::Value(value.clone().into()),
        (3, _) => Target::Value(bytes::Bytes::new()),
        (4, _) => Target::Lease(number),
        _ => Target::Version(number),
    };
    Compare { keys: Keys::between(request.key.clone(), request.range_end.clone()), result, target }
}

pub(super) fn ranged(found: &Found, header: Option<PbResponseHeader>) -> PbRangeResponse {
    PbRangeResponse {
        header,
        kvs: found.kvs.iter().map(key_value).collect(),
        more: found.more,
        count: i64::try_from(found.count).unwrap_or(i64::MAX),
    }
}

pub(super) fn written(
    request: &PbPutRequest,
    before: Option<&KeyValue>,
    header: Option<PbResponseHeader>,
) -> PbPutResponse {
    PbPutResponse { header, prev_kv: before.filter(|_| request.prev_kv).map(key_value) }
}

pub(super) fn deleted(
    request: &PbDeleteRequest,
    before: &[KeyValue],
    header: Option<PbResponseHeader>,
) -> PbDeleteResponse {
    PbDeleteResponse {
        header,
        deleted: i64::try_from(before.len()).unwrap_or(i64::MAX),
        prev_kvs: before.iter().filter(|_| request.prev_kv).map(key_value).collect(),
    }
}

pub(super) fn txn_done(request: &PbTxnRequest, done: &TxnDone, header: Option<PbResponseHeader>) -> PbTxnResponse {
    let branch = if done.succeeded { &request.success } else { &request.failure };
    let requests = branch.iter().filter_map(|op| op.request.as_ref());
    let responses = requests.zip(&done.done).map(|(request, (revision, done))| {
        // Within a transaction a header has only the revision, and an inner transaction's not even that.
        let header = Some(PbResponseHeader { revision: *revision, ..PbResponseHeader::default() });
        let response = match (request, done) {
            (PbTxnOpRequest::RequestPut(request), Done::Put(before)) => {
                Some(PbTxnOpResponse::ResponsePut(written(request, before.as_ref(), header)))
            }
            (PbTxnOpRequest::RequestDeleteRange(request), Done::Delete(before)) => {
                Some(PbTxnOpResponse::ResponseDeleteRange(deleted(request, before, header)))
            }
            (PbTxnOpRequest::RequestTxn(request), Done::Txn(done)) => {
                let header = Some(PbResponseHeader::default());
                Some(PbTxnOpResponse::ResponseTxn(txn_done(request, done, header)))
            }
            (_, Done::Range(found)) => Some(PbTxnOpResponse::ResponseRange(ranged(found, header))),
            // The store answers each operation by its like.
            _ => None,
        };
        PbResponseOp { response }
    });
    PbTxnResponse { header, succeeded: done.succeeded, responses: responses.collect() }
}
