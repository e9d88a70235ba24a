//! `etcd::history`: a key through time.

use super::value::kv_maps;
use crate::bindings::Binding;
use crate::client::Failure;
use crate::client::etcd::{Etcd, KeyValue, RangeOptions};

pub(super) const BINDING: Binding = Binding {
    name: "etcd::history",
    signature: "etcd::history(key)",
    doc: "What a key held at each of its revisions, newest first, back to the compaction: an array as from `etcd::get`.

Kubernetes has etcd compacted every five minutes, so there is no more than the last five to ten. The history of a key that
is deleted, or that was deleted and created again, begins with its present life.

```rhai
etcd::history(\"/registry/pods/default/web\").map(|kv| etcd::decode(kv).status.phase)
```",
    arity: (1, 1),
    call: |call| {
        let key = call.text(0, "key")?.into_bytes();
        let etcd = call.workspace.etcd()?;
        Ok(kv_maps(&call.block_on(history(etcd, key))?))
    },
};

async fn history(etcd: &Etcd, key: Vec<u8>) -> Result<Vec<KeyValue>, Failure> {
    let mut wanted = RangeOptions { key, ..RangeOptions::default() };
    let mut lives = Vec::new();
    while let Some(kv) = match etcd.get(&wanted).await {
        Ok(range) => range.kvs.into_iter().next(),
        // What was before is compacted away.
        Err(failure) if failure.reason == "OutOfRange" && !lives.is_empty() => None,
        Err(failure) => return Err(failure),
    } {
        let first = kv.version == 1;
        wanted.revision = kv.mod_revision - 1;
        lives.push(kv);
        if first || wanted.revision == 0 {
            break;
        }
    }
    Ok(lives)
}
