//! What `snapshot save` gets: the database file that etcd would have, which `snapshot status` and `snapshot restore` read.

use etcd_client::proto::PbKeyValue;
use prost::Message as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{MEMBER_ID, bolt, cluster, convert};
use crate::sandbox::store::{Kept, Store};

/// The file, with its checksum at the end, as the server that clients reach at `url` sends it. Buckets: etcd 3.4 `mvcc/kvstore.go`,
/// `etcdserver/api/membership/store.go`, `lease/lessor.go`, `auth/store.go`.
pub(super) fn file(store: &Store, url: &str) -> Vec<u8> {
    let keys = store.kept().iter().map(|kept| (key_entry(kept), value_entry(kept))).collect();
    let leases = store
        .leases()
        .into_iter()
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .map(|id| (id.to_be_bytes().to_vec(), Lease { id, ttl: store.granted(id), remaining: 0 }.encode_to_vec()))
        .collect();
    let member = json!({
        "id": MEMBER_ID, "peerURLs": [cluster::PEER], "name": cluster::NAME, "clientURLs": [url],
    });
    let mut meta = vec![(b"consistent_index".to_vec(), store.raft_index().to_be_bytes().to_vec())];
    if store.compacted() > 0 {
        let revision = revision(store.compacted(), 0);
        meta.push((b"finishedCompactRev".to_vec(), revision.clone()));
        meta.push((b"scheduledCompactRev".to_vec(), revision));
    }
    let mut file = bolt::file(vec![
        ("alarm", Vec::new()),
        ("auth", vec![(b"authRevision".to_vec(), 1_u64.to_be_bytes().to_vec())]),
        ("authRoles", Vec::new()),
        ("authUsers", Vec::new()),
        ("cluster", vec![(b"clusterVersion".to_vec(), b"3.4.0".to_vec())]),
        ("key", keys),
        ("lease", leases),
        ("members", vec![(format!("{MEMBER_ID:x}").into_bytes(), member.to_string().into_bytes())]),
        ("members_removed", Vec::new()),
        ("meta", meta),
    ]);
    let checksum = Sha256::digest(&file);
    file.extend_from_slice(&checksum);
    file
}

/// A version's key in the database: its revision, and a mark if it is a deletion.
pub(super) fn key_entry(kept: &Kept<'_>) -> Vec<u8> {
    let mut key = revision(kept.revision.0, kept.revision.1);
    if kept.kv.is_none() {
        key.push(b't');
    }
    key
}

/// Likewise, its value: the key and value in protobuf.
pub(super) fn value_entry(kept: &Kept<'_>) -> Vec<u8> {
    let deleted = || PbKeyValue { key: kept.key.to_vec(), ..PbKeyValue::default() };
    kept.kv.map_or_else(deleted, convert::key_value).encode_to_vec()
}

fn revision(main: i64, sub: i64) -> Vec<u8> {
    [&main.to_be_bytes()[..], b"_", &sub.to_be_bytes()].concat()
}

/// `leasepb.Lease`.
#[derive(Clone, PartialEq, prost::Message)]
struct Lease {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(int64, tag = "2")]
    ttl: i64,
    #[prost(int64, tag = "3")]
    remaining: i64,
}
