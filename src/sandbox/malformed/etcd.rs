//! etcd's wire: gRPC.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use proptest::prelude::*;
use proptest::sample::select;

use super::{bytes_on, cases, cluster, patiently, runtime};
use crate::sandbox::Shared;
use crate::sandbox::etcd::serve;

const CALLS: &[&str] = &[
    "KV/Range",
    "KV/Range",
    "KV/Put",
    "KV/DeleteRange",
    "KV/Txn",
    "KV/Txn",
    "KV/Compact",
    "Watch/Watch",
    "Lease/LeaseGrant",
    "Lease/LeaseRevoke",
    "Lease/LeaseKeepAlive",
    "Lease/LeaseTimeToLive",
    "Lease/LeaseLeases",
    "Cluster/MemberList",
    "Cluster/MemberAdd",
    "Maintenance/Status",
    "Maintenance/Alarm",
    "Maintenance/Defragment",
    "Maintenance/Hash",
    "Maintenance/HashKV",
    "Maintenance/Snapshot",
    "Maintenance/MoveLeader",
    "Auth/Authenticate",
    "Auth/AuthEnable",
    "No/Such",
];

/// Any protobuf message: fields of small numbers, with keys of etcd among their bytes.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        6 => 0_u64..5,
        1 => any::<u64>(),
        1 => select(vec![u64::MAX, i64::MAX.cast_unsigned(), i64::MIN.cast_unsigned(), 1 << 31]),
    ];
    let text = prop_oneof![
        4 => select(vec!["", "\0", "/registry/", "/registry/pods/", "/registry/pods/default/one", "/registry/pods0", "a", "\u{7f}"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..12),
    ];
    let varint = (1_u64..14, number).prop_map(|(field, value)| [varint(field << 3), varint(value)].concat());
    let bytes = (1_u64..14, text).prop_map(|(field, text)| delimited(field, &text));
    let leaf = prop_oneof![varint, bytes].prop_recursive(4, 16, 4, |inner| {
        (1_u64..9, proptest::collection::vec(inner, 0..4)).prop_map(|(field, inner)| delimited(field, &inner.concat()))
    });
    proptest::collection::vec(leaf, 0..6).prop_map(|fields| fields.concat())
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
    out
}

fn delimited(field: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// Messages in gRPC's frames, some of them wrong.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let frame = (message(), 0_u8..20, any::<u8>()).prop_map(|(message, wrong, byte)| {
        let length = u32::try_from(message.len()).unwrap();
        let (flag, length) = match wrong {
            0 => (byte, length),
            1 => (0, length + u32::from(byte)),
            2 => (0, u32::MAX),
            3 => (1, length),
            _ => (0, length),
        };
        [vec![flag], length.to_be_bytes().to_vec(), message].concat()
    });
    proptest::collection::vec(frame, 0..3).prop_map(|frames| frames.concat())
}

async fn call(shared: &Shared, path: &str, content_type: &'static str, body: Vec<u8>) {
    let (near, far) = tokio::io::duplex(1 << 20);
    let server = tokio::spawn(serve(far, shared.clone()));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(near)).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::post(format!("http://sandbox/etcdserverpb.{path}"))
        .header("content-type", content_type)
        .header("te", "trailers")
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let response = patiently(shared, sender.send_request(request)).await;
    if let Some(Ok(response)) = response {
        assert!(response.status().as_u16() < 600);
        // A watch is not over by itself.
        let _ = patiently(shared, response.into_body().collect()).await;
    }
    drop(sender);
    if let Some(ended) = patiently(shared, server).await {
        ended.unwrap();
    }
    assert!(!shared.panicked());
}

#[test]
fn calls_are_answered_whatever_they_say() {
    let (shared, runtime) = (cluster(), runtime());
    let types = select(vec![
        "application/grpc",
        "application/grpc",
        "application/grpc",
        "application/grpc+proto",
        "text/plain",
        "",
    ]);
    proptest!(cases(300), |(path in select(CALLS), content_type in types, body in frames())| {
        runtime.block_on(async {
            call(&shared, path, content_type, body).await;
            let status = vec![0; 5];
            call(&shared, "Maintenance/Status", "application/grpc", status).await;
        });
    });
}

#[test]
fn any_bytes_only_end_the_connection() {
    let (shared, runtime) = (cluster(), runtime());
    let head =
        select(vec!["", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0"]);
    proptest!(cases(200), |(head in head, rest in proptest::collection::vec(any::<u8>(), 0..200))| {
        let bytes = [head.as_bytes(), &rest].concat();
        runtime.block_on(bytes_on(&shared, &bytes, |far| serve(far, shared.clone())));
    });
}
