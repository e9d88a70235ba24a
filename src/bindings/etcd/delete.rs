//! `etcd::delete`, `etcd::compact`: taking keys and history away.

use rhai::Dynamic;

use crate::bindings::{Binding, Options};
use crate::client::etcd::prefix_range;

pub(super) const DELETE: Binding = Binding {
    name: "etcd::delete",
    signature: "etcd::delete(key[, #{prefix}])",
    doc: "Deletes a key, or with `prefix: true` all that begin with it, and returns how many there were.

An object that is deleted here is gone for the API at once: no finalizer holds it, no grace period runs.

```rhai
etcd::delete(\"/registry/pods/default/\", #{prefix: true})
```",
    arity: (1, 2),
    call: |call| {
        let key = call.text(0, "key")?.into_bytes();
        let prefix = Options::from(call.options(1, &["prefix"])?).switch("prefix", false)?;
        let (key, range_end) = if prefix { prefix_range(&key) } else { (key, Vec::new()) };
        let etcd = call.workspace.etcd()?;
        Ok(call.block_on(etcd.delete(&key, &range_end, false))?.deleted.into())
    },
};

pub(super) const COMPACT: Binding = Binding {
    name: "etcd::compact",
    signature: "etcd::compact(rev)",
    doc: "Forgets what was before revision `rev`. Watches and lists of the API that ask for less get 410 Gone.

```rhai
etcd::compact(etcd::status().revision);
```",
    arity: (1, 1),
    call: |call| {
        let revision = call.integer(0, "rev")?;
        let etcd = call.workspace.etcd()?;
        call.block_on(etcd.compact(revision, false)).map(Dynamic::from)
    },
};
