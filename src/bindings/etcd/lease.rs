//! `etcd::lease_grant`: keys that go by themselves.

use crate::bindings::{Binding, CallError};

pub(super) const BINDING: Binding = Binding {
    name: "etcd::lease_grant",
    signature: "etcd::lease_grant(ttl)",
    doc: "Grants a lease that lives for `ttl` (whole seconds) and returns its id, for `etcd::put`.

When it ends, etcd deletes the keys that hang on it: so Kubernetes forgets Events after an hour.

```rhai
let lease = etcd::lease_grant(\"5s\");
etcd::put(\"/note\", \"gone in five seconds\", #{lease: lease});
```",
    arity: (1, 1),
    call: |call| {
        let seconds = i64::try_from(call.duration(0, "ttl")?.as_secs())
            .map_err(|_| CallError::Argument("ttl is too long".to_owned()))?;
        let etcd = call.workspace.etcd()?;
        Ok(call.block_on(etcd.lease_grant(seconds, 0))?.id.into())
    },
};
