//! `etcd::get`, `etcd::keys`: what is in the store.

use rhai::{Array, Dynamic};

use super::value::kv_maps;
use crate::bindings::{Binding, Options};
use crate::client::etcd::{RangeOptions, prefix_range};

pub(super) const GET: Binding = Binding {
    name: "etcd::get",
    signature: "etcd::get(key[, #{prefix, rev, limit}])",
    doc: "A key, or with `prefix: true` all that begin with it: an array of
`#{key, value, create_revision, mod_revision, version, lease}`, empty where there is none.

`value` is a blob; `etcd::decode` makes the object of it. `rev` reads the store as it was at a revision. Throws where that
revision is compacted away.

```rhai
etcd::get(\"/registry/pods/default/\", #{prefix: true}).map(|kv| kv.key)
```",
    arity: (1, 2),
    call: |call| {
        let key = call.text(0, "key")?.into_bytes();
        let options = Options::from(call.options(1, &["prefix", "rev", "limit"])?);
        let (key, range_end) =
            if options.switch("prefix", false)? { prefix_range(&key) } else { (key, Vec::new()) };
        let wanted = RangeOptions {
            key,
            range_end,
            revision: options.integer("rev")?.unwrap_or(0),
            limit: options.integer("limit")?.unwrap_or(0),
            ..RangeOptions::default()
        };
        let etcd = call.workspace.etcd()?;
        Ok(kv_maps(&call.block_on(etcd.get(&wanted))?.kvs))
    },
};

pub(super) const KEYS: Binding = Binding {
    name: "etcd::keys",
    signature: "etcd::keys(prefix)",
    doc: "All keys that begin with `prefix`, sorted; their values are not read.

```rhai
etcd::keys(\"/registry/pods/\")
```",
    arity: (1, 1),
    call: |call| {
        let (key, range_end) = prefix_range(call.text(0, "prefix")?.as_bytes());
        let etcd = call.workspace.etcd()?;
        let wanted = RangeOptions { key, range_end, keys_only: true, ..RangeOptions::default() };
        let range = call.block_on(etcd.get(&wanted))?;
        let keys = range.kvs.iter().map(|kv| Dynamic::from(String::from_utf8_lossy(&kv.key).into_owned()));
        Ok(keys.collect::<Array>().into())
    },
};
