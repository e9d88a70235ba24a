//! `k8s::get`: one object.

use super::place::{Place, namespace_and_options};
use crate::bindings::Binding;
use crate::script::from_json;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::get",
    signature: "k8s::get(kind, name[, ns])",
    doc: "One object as the API has it.

A kind is any name that kubectl takes: plural, singular, Kind, short name, `deployments.apps`. Throws NotFound where the
object is missing; `k8s::find` returns `()` instead.

```rhai
k8s::get(\"pod\", \"collected-resources\", \"collected-resources\").status.phase
```",
    arity: (2, 3),
    call: |call| {
        let (kind, name) = (call.text(0, "kind")?, call.text(1, "name")?);
        let (namespace, _) = namespace_and_options(call, 2, &["namespace"])?;
        let k8s = call.workspace.k8s();
        Ok(from_json(&call.block_on(async { Place::of(k8s, &kind, namespace).await?.get(k8s, &name).await })?))
    },
};
