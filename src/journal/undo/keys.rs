//! Keys of etcd, as they were.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::Undo;
use crate::client::Failure;
use crate::client::etcd::{Etcd, KeyValue, PutOptions, RangeOptions};

impl Undo<'_> {
    /// Writes a key as it was; with `missing` only where it is not there.
    pub(super) async fn put_key(&self, key: &str, value: &str, missing: bool) -> Result<(), Failure> {
        let (key, value) = (bytes(key)?, bytes(value)?);
        let current = self.patiently(|| self.key(&key)).await?;
        let wanted = match &current {
            Some(current) => !missing && current.value != value,
            // One that was overwritten, and is gone now, was deleted by somebody else.
            None => missing,
        };
        if wanted {
            let etcd = self.etcd()?;
            self.patiently(|| etcd.put(&key, &value, PutOptions::default())).await?;
            (self.tell)(&format!("undo: put the key {} back", String::from_utf8_lossy(&key)));
        }
        Ok(())
    }

    /// Deletes a key.
    pub(super) async fn delete_key(&self, key: &str) -> Result<(), Failure> {
        let (key, etcd) = (bytes(key)?, self.etcd()?);
        let deleted = self.patiently(|| etcd.delete(&key, &[], false)).await?;
        if deleted.deleted > 0 {
            (self.tell)(&format!("undo: deleted the key {}", String::from_utf8_lossy(&key)));
        }
        Ok(())
    }

    async fn key(&self, key: &[u8]) -> Result<Option<KeyValue>, Failure> {
        let range = RangeOptions { key: key.to_vec(), ..RangeOptions::default() };
        Ok(self.etcd()?.get(&range).await?.kvs.into_iter().next())
    }

    fn etcd(&self) -> Result<&Etcd, Failure> {
        self.touched.etcd.as_ref().map_err(Clone::clone)
    }
}

/// A journal's key, as people read it.
pub(super) fn shown(key: &str) -> String {
    bytes(key).map_or_else(|_| key.to_owned(), |key| String::from_utf8_lossy(&key).into_owned())
}

fn bytes(base64: &str) -> Result<Vec<u8>, Failure> {
    BASE64.decode(base64).map_err(|error| Failure::answer(format!("the journal is damaged: {error}")))
}
