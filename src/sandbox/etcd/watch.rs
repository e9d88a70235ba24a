//! The service Watch: many watches on one stream.

use std::collections::BTreeMap;

use etcd_client::proto::{PbWatchRequest, PbWatchRequestUnion, PbWatchResponse, PbWatchService};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::mpsc;
use tonic::{Request, Response, Status, Streaming};

use super::{Etcd, convert, header};
use crate::sandbox::Shared;
use crate::sandbox::store::{Keys, Store, TooOld, Watch};

/// How many changes one answer covers at most (etcd 3.4 `mvcc/watcher_group.go`, `watchBatchMaxRevs`).
const BATCH: usize = 1_000;
/// How many answers wait for a slow client before its watches do.
const WAITING: usize = 16;
/// The ID of what is of no watch.
const NO_WATCH: i64 = -1;

#[tonic::async_trait]
impl PbWatchService for Etcd {
    type WatchStream = BoxStream<'static, Result<PbWatchResponse, Status>>;

    async fn watch(&self, request: Request<Streaming<PbWatchRequest>>) -> Result<Response<Self::WatchStream>, Status> {
        let (answers, mut answered) = mpsc::channel(WAITING);
        tokio::spawn(follow(self.shared.clone(), request.into_inner(), answers));
        let stream = futures::stream::poll_fn(move |cx| answered.poll_recv(cx));
        Ok(Response::new(stream.map(Ok).boxed()))
    }
}

/// Watches until the client closes its side, or the connection breaks.
async fn follow(shared: Shared, mut requests: Streaming<PbWatchRequest>, answers: mpsc::Sender<PbWatchResponse>) {
    let mut changed = shared.changed();
    let mut watches = Watches::default();
    loop {
        let asked = tokio::select! {
            // Not by tokio's chance: one seed gives the same bytes.
            biased;
            request = requests.message() => match request {
                Ok(Some(request)) => request.request_union,
                _ => return,
            },
            // The sender lives as long as `shared`.
            _ = changed.changed() => None,
            () = answers.closed() => return,
        };
        let _request = shared.request();
        let mut batch = shared.with(|world| match asked {
            Some(request) => watches.ask(&world.store, request),
            None => Vec::new(),
        });
        loop {
            batch.extend(shared.with(|world| watches.look(&world.store)));
            if batch.is_empty() {
                break;
            }
            for answer in batch.drain(..) {
                if answers.send(answer).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The watches of one stream.
#[derive(Debug, Default)]
struct Watches {
    watches: BTreeMap<i64, (Watch, WithBefore)>,
    next_id: i64,
}

/// Whether the client wants to know what the key was.
type WithBefore = bool;

impl Watches {
    fn ask(&mut self, store: &Store, request: PbWatchRequestUnion) -> Vec<PbWatchResponse> {
        match request {
            PbWatchRequestUnion::CreateRequest(request) => {
                // No key means the first there can be.
                let key = if request.key.is_empty() { vec![0] } else { request.key };
                let empty = !matches!(&request.range_end[..], [] | [0]) && key >= request.range_end;
                let refused = if empty {
                    Some("mvcc: watcher range is empty")
                } else if request.watch_id != 0 && self.watches.contains_key(&request.watch_id) {
                    Some("mvcc: duplicate watch ID provided on the WatchStream")
                } else {
                    None
                };
                let answer = PbWatchResponse { header: header(store), created: true, ..PbWatchResponse::default() };
                if let Some(reason) = refused {
                    let cancel_reason = reason.to_owned();
                    return vec![PbWatchResponse { watch_id: NO_WATCH, canceled: true, cancel_reason, ..answer }];
                }
                let id = if request.watch_id == 0 { self.new_id() } else { request.watch_id };
                let mut watch = Watch::new(store, Keys::between(key, request.range_end), request.start_revision);
                watch.no_put = request.filters.contains(&0);
                watch.no_delete = request.filters.contains(&1);
                self.watches.insert(id, (watch, request.prev_kv));
                vec![PbWatchResponse { watch_id: id, ..answer }]
            }
            PbWatchRequestUnion::CancelRequest(request) => {
                let answer = PbWatchResponse {
                    header: header(store),
                    watch_id: request.watch_id,
                    canceled: true,
                    ..PbWatchResponse::default()
                };
                self.watches.remove(&request.watch_id).map(|_| answer).into_iter().collect()
            }
            PbWatchRequestUnion::ProgressRequest(_) => {
                vec![PbWatchResponse { header: header(store), watch_id: NO_WATCH, ..PbWatchResponse::default() }]
            }
        }
    }

    fn new_id(&mut self) -> i64 {
        while self.watches.contains_key(&self.next_id) {
            self.next_id += 1;
        }
        self.next_id += 1;
        self.next_id - 1
    }

    /// What the watches have to tell; at most a batch of each.
    fn look(&mut self, store: &Store) -> Vec<PbWatchResponse> {
        let mut answers = Vec::new();
        self.watches.retain(|id, (watch, with_before)| {
            let answer = PbWatchResponse { header: header(store), watch_id: *id, ..PbWatchResponse::default() };
            loop {
                match watch.look(store, BATCH) {
                    Ok(changes) if changes.is_empty() && watch.next <= store.revision() => {}
                    Ok(changes) if changes.is_empty() => return true,
                    Ok(changes) => {
                        let events = changes.iter().map(|change| convert::event(change, *with_before)).collect();
                        answers.push(PbWatchResponse { events, ..answer });
                        return true;
                    }
                    Err(TooOld { compacted }) => {
                        answers.push(PbWatchResponse { canceled: true, compact_revision: compacted, ..answer });
                        return false;
                    }
                }
            }
        });
        answers
    }
}
