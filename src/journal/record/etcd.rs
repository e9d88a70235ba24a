//! Keys of etcd that are written and deleted, and what takes that back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::k8s::is_controlled;
use super::{Recording, secrets};
use crate::client::etcd::{KeyValue, RangeOptions, decode};
use crate::client::{Failure, KeyChange};
use crate::journal::Inverse;
use crate::journal::place::Place;

/// Keys that those who need them write again: nobody has to put them back.
const RENEWED: [&[u8]; 3] = [b"/registry/events/", b"/registry/leases/", b"/registry/masterleases/"];

impl Recording {
    /// What takes changes of keys back.
    pub(super) async fn etcd_inverses(&self, changes: &[KeyChange]) -> Result<Vec<Inverse>, Failure> {
        let mut inverses = Vec::new();
        for change in changes {
            match change {
                KeyChange::Put(key) => inverses.extend(self.key_put(key).await?),
                KeyChange::Delete(key, end) => {
                    for kv in self.keys(key, end).await? {
                        inverses.extend(self.key_deleted(&kv).await?);
                    }
                }
            }
        }
        Ok(inverses)
    }

    async fn key_put(&self, key: &[u8]) -> Result<Option<Inverse>, Failure> {
        if self.is_covered(key) {
            return Ok(None);
        }
        let before = self.keys(key, &[]).await?.into_iter().next();
        Ok(Some(match before {
            Some(kv) => put_back(&kv, false),
            None => Inverse::DeleteKey { key: BASE64.encode(key) },
        }))
    }

    async fn key_deleted(&self, kv: &KeyValue) -> Result<Option<Inverse>, Failure> {
        if self.is_covered(&kv.key) || RENEWED.iter().any(|prefix| kv.key.starts_with(prefix)) {
            return Ok(None);
        }
        let object = decode(&kv.value, None).unwrap_or_default();
        if let Some(rest) = kv.key.strip_prefix(b"/registry/secrets/") {
            // A value that cannot be read is a Secret none the less.
            let rest = String::from_utf8_lossy(rest);
            let (namespace, name) = rest.split_once('/').unwrap_or(("", &rest));
            if object.is_null() {
                return Err(secrets::refused(namespace, name));
            }
            self.may_delete(&object).await?;
            return Ok(None);
        }
        Ok((!is_controlled(&object)).then(|| put_back(kv, true)))
    }

    fn is_covered(&self, key: &[u8]) -> bool {
        Place::of_key(key).is_some_and(|place| self.journal.covers(&place))
    }

    async fn keys(&self, key: &[u8], end: &[u8]) -> Result<Vec<KeyValue>, Failure> {
        let etcd = self.etcd.as_ref().map_err(Clone::clone)?;
        let range = RangeOptions { key: key.to_vec(), range_end: end.to_vec(), ..RangeOptions::default() };
        Ok(etcd.get(&range).await?.kvs)
    }
}

fn put_back(kv: &KeyValue, missing: bool) -> Inverse {
    Inverse::Put { key: BASE64.encode(&kv.key), value: BASE64.encode(&kv.value), missing }
}
