//! `etcd::watch`: what happens to keys.

use rhai::{Array, Dynamic};

use super::value::{kv_map, map};
use crate::bindings::{Binding, Options};
use crate::client::etcd::{EventKind, WatchEvent, WatchOptions, prefix_range};

pub(super) const BINDING: Binding = Binding {
    name: "etcd::watch",
    signature: "etcd::watch(key, #{prefix, rev}, d)",
    doc:
        "What happened to a key (or with `prefix: true` to all that begin with it) within the duration `d`: an array of
`#{type, kv, prev}`, type `\"PUT\"` or `\"DELETE\"`, prev `()` where the key was not there before.

With `rev` it begins with what has happened since that revision, that one included.

```rhai
etcd::watch(\"/registry/leases/\", #{prefix: true}, \"10s\").len()
```",
    arity: (3, 3),
    call: |call| {
        let key = call.text(0, "key")?.into_bytes();
        let options = Options::from(call.options(1, &["prefix", "rev"])?);
        let duration = call.duration(2, "d")?;
        let (key, range_end) = if options.switch("prefix", false)? { prefix_range(&key) } else { (key, Vec::new()) };
        let revision = options.integer("rev")?.unwrap_or(0);
        let wanted = WatchOptions { key, range_end, revision, previous: true, progress: false };
        let etcd = call.workspace.etcd()?;
        let clock = std::sync::Arc::clone(call.host.clock());
        let events = call.block_on(async {
            // The system's clock sleeps only inside of the runtime.
            let mut end = clock.sleep(duration);
            let mut watch = etcd.watch_with(&wanted).await?;
            let mut events = Vec::new();
            loop {
                tokio::select! {
                    batch = watch.next() => match batch? {
                        Some(batch) => events.extend(batch.events),
                        None => return Ok(events),
                    },
                    () = &mut end => return Ok(events),
                }
            }
        })?;
        Ok(events.iter().map(event).collect::<Array>().into())
    },
};

fn event(event: &WatchEvent) -> Dynamic {
    let kind = match event.kind {
        EventKind::Put => "PUT",
        EventKind::Delete => "DELETE",
    };
    let previous = event.previous.as_ref().map_or(Dynamic::UNIT, kv_map);
    map([("type", kind.into()), ("kv", kv_map(&event.kv)), ("prev", previous)])
}
