//! The checksum that `endpoint hashkv` shows: CRC-32C of the versions, as etcd 3.4's `HashKV` makes it (`mvcc/hash.go`).

use super::snapshot::{key_entry, value_entry};
use crate::sandbox::store::Store;

/// Of all versions up to a revision; 0 for all.
pub(super) fn keys(store: &Store, revision: i64) -> u32 {
    let mut crc = Crc::default();
    crc.add(b"key");
    for kept in store.kept() {
        if revision == 0 || kept.revision.0 <= revision {
            crc.add(&key_entry(&kept));
            crc.add(&value_entry(&kept));
        }
    }
    crc.0 ^ u32::MAX
}

/// CRC-32C (Castagnoli), bit by bit: it is asked for rarely.
struct Crc(u32);

impl Default for Crc {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl Crc {
    fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 ^= u32::from(byte);
            for _ in 0..8 {
                let low = self.0 & 1;
                self.0 = (self.0 >> 1) ^ (0x82F6_3B78 * low);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_castagnolis() {
        let mut crc = Crc::default();
        crc.add(b"123456789");
        assert_eq!(crc.0 ^ u32::MAX, 0xE306_9283);
    }
}
