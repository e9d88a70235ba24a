//! etcd-client against the server, in memory.
#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use etcd_client::{Client, Compare, CompareOp, EventType, GetOptions, PutOptions, Txn, TxnOp, WatchOptions};
use hyper_util::rt::TokioIo;
use tonic::transport::{Channel, Endpoint, Uri};

use super::*;

fn shared() -> Shared {
    Shared::new(World::new(1, jiff::Timestamp::UNIX_EPOCH))
}

/// A client whose connection never leaves the process.
async fn client(shared: &Shared) -> Client {
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(serve(far, shared.clone()));
    let near = Mutex::new(Some(near));
    let connector = tower::service_fn(move |_: Uri| {
        let near = near.lock().unwrap().take();
        async move { near.map(TokioIo::new).ok_or_else(|| std::io::Error::other("used up")) }
    });
    let channel: Channel = Endpoint::from_static("http://sandbox").connect_with_connector(connector).await.unwrap();
    Client::from_channel(etcd_client::Channel::Tonic(channel), None).await.unwrap()
}

#[tokio::test]
async fn keys_are_written_read_and_deleted() {
    let mut client = client(&shared()).await;
    client.put("a", "1", None).await.unwrap();
    let put = client.put("a", "2", Some(PutOptions::new().with_prev_key())).await.unwrap();
    assert_eq!(put.prev_key().unwrap().value(), b"1");
    let at = |revision| Some(GetOptions::new().with_revision(revision));
    assert_eq!(client.get("a", at(2)).await.unwrap().kvs()[0].value(), b"1");
    let future = client.get("a", at(9)).await.unwrap_err().to_string();
    assert!(future.contains("etcdserver: mvcc: required revision is a future revision"), "{future}");
    assert_eq!(client.delete("a", None).await.unwrap().deleted(), 1);
    assert_eq!(client.get("a", None).await.unwrap().header().unwrap().revision(), 4);
}

#[tokio::test]
async fn a_transaction_does_one_thing_or_the_other() {
    let mut client = client(&shared()).await;
    let create = || {
        Txn::new()
            .when([Compare::version("a", CompareOp::Equal, 0)])
            .and_then([TxnOp::put("a", "1", None)])
            .or_else([TxnOp::get("a", None)])
    };
    assert!(client.txn(create()).await.unwrap().succeeded());
    let again = client.txn(create()).await.unwrap();
    assert!(!again.succeeded() && again.op_responses().len() == 1);
    assert_eq!(again.header().unwrap().revision(), 2);
}

#[tokio::test]
async fn watches_see_history_then_what_happens_and_say_what_is_compacted() {
    let shared = shared();
    let mut client = client(&shared).await;
    client.put("a/1", "1", None).await.unwrap();
    let from = |revision| Some(WatchOptions::new().with_prefix().with_start_revision(revision).with_prev_key());
    let mut watch = client.watch("a/", from(2)).await.unwrap();
    let mut seen = Vec::new();
    shared.with(|world| world.store.put("b", "", 0));
    shared.with(|world| world.store.delete(b"a/1"));
    while seen.len() < 2 {
        let answer = watch.message().await.unwrap().unwrap();
        seen.extend(answer.events().iter().map(|event| (event.event_type(), event.prev_kv().is_some())));
    }
    assert_eq!(seen, [(EventType::Put, false), (EventType::Delete, true)]);
    client.compact(4, None).await.unwrap();
    let mut late = client.watch("a/", from(2)).await.unwrap();
    let mut answer = late.message().await.unwrap().unwrap();
    while answer.created() {
        answer = late.message().await.unwrap().unwrap();
    }
    assert!(answer.canceled() && answer.compact_revision() == 4);
}

#[tokio::test]
async fn a_lease_ends_in_virtual_time() {
    let shared = shared();
    let mut client = client(&shared).await;
    let lease = client.lease_grant(60, None).await.unwrap().id();
    client.put("a", "1", Some(PutOptions::new().with_lease(lease))).await.unwrap();
    shared.with(|world| {
        let later = world.now() + std::time::Duration::from_secs(50);
        world.run_until(later);
    });
    let (mut keeper, mut answers) = client.lease_keep_alive(lease).await.unwrap();
    keeper.keep_alive().await.unwrap();
    assert_eq!(answers.message().await.unwrap().unwrap().ttl(), 60);
    shared.with(|world| {
        let later = world.now() + std::time::Duration::from_secs(61);
        world.run_until(later);
    });
    assert!(client.get("a", None).await.unwrap().kvs().is_empty());
    assert_eq!(client.lease_time_to_live(lease, None).await.unwrap().ttl(), -1);
}

#[tokio::test]
async fn users_there_are_none() {
    let mut client = client(&shared()).await;
    assert!(client.user_list().await.unwrap().users().is_empty());
    assert!(client.auth_enable().await.unwrap_err().to_string().contains("root user does not exist"));
}
