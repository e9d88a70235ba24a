//! What `snapshot save` gets.

use sha2::{Digest as _, Sha256};

use crate::sandbox::store::Store;

/// A file's pages: etcdctl knows a checksum by the rest that the size leaves when divided by 512.
const PAGE: usize = 4096;

/// The store's current keys as a file, with its checksum at the end, as etcd's server sends it.
pub(super) fn file(store: &Store) -> Vec<u8> {
    let mut file = Vec::new();
    for kv in store.prefixed(b"") {
        for part in [&kv.key, &kv.value] {
            file.extend_from_slice(&(part.len() as u64).to_le_bytes());
            file.extend_from_slice(part);
        }
    }
    file.resize(file.len().next_multiple_of(PAGE).max(PAGE), 0);
    let checksum = Sha256::digest(&file);
    file.extend_from_slice(&checksum);
    file
}
