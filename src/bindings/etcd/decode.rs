//! `etcd::decode`: the object in a value.

use rhai::Map;

use super::value::bytes;
use crate::bindings::{Binding, CallError, Options};
use crate::client::etcd::decode;

pub(super) const BINDING: Binding = Binding {
    name: "etcd::decode",
    signature: "etcd::decode(kv or value)",
    doc: "The object that a key holds, as the API returns it.

Kubernetes keeps its own kinds as protobuf behind the four bytes `k8s\\0`, and custom resources as JSON. Given a kv (from
`etcd::get`), the result has the resourceVersion, which is not stored: it is the key's mod_revision. A value alone does not
tell it. Throws where the value is neither. Kinds and fields are those of Kubernetes 1.20.

```rhai
etcd::decode(etcd::get(\"/registry/namespaces/default\")[0]).status.phase
```",
    arity: (1, 1),
    call: |call| {
        let (value, revision) = match call.args[0].clone().try_cast::<Map>() {
            Some(kv) => {
                let value = kv.get("value").cloned().unwrap_or_default();
                (value, Options::from(kv).integer("mod_revision")?)
            }
            None => (call.args[0].clone(), None),
        };
        let object = decode(&bytes("kv", &value)?, revision)?;
        call.workspace.cluster.seen.note_object(&object);
        rhai::serde::to_dynamic(object).map_err(CallError::Script)
    },
};
