//! `etcd::put`: writing past the API server.

use super::value::bytes;
use crate::bindings::{Binding, Options};
use crate::client::etcd::PutOptions;

pub(super) const BINDING: Binding = Binding {
    name: "etcd::put",
    signature: "etcd::put(key, value[, #{lease}])",
    doc: "Writes a key and returns the store's new revision. The value is a string or a blob; `lease` is a lease's id.

Nothing checks what is written under `/registry`: the API server finds out when it reads it.

```rhai
etcd::put(\"/note\", \"written past the API server\")
```",
    arity: (2, 3),
    call: |call| {
        let (key, value) = (call.text(0, "key")?, bytes("value", &call.args[1])?);
        let lease = Options::from(call.options(2, &["lease"])?).integer("lease")?.unwrap_or(0);
        let etcd = call.workspace.etcd()?;
        let put = etcd.put(key.as_bytes(), &value, PutOptions { lease, ..PutOptions::default() });
        Ok(call.block_on(put)?.header.revision.into())
    },
};
