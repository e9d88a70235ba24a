//! `k8s::describe`: an object as people read it.

use super::place::{Place, namespace_and_options};
use crate::bindings::Binding;
use crate::bindings::kubectl::describe;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::describe",
    signature: "k8s::describe(kind, name[, ns])",
    doc: "The text that `kubectl describe` prints for one object.

```rhai
print(k8s::describe(\"node\", \"k8splayground-worker\"));
```",
    arity: (2, 3),
    call: |call| {
        let (kind, name) = (call.text(0, "kind")?, call.text(1, "name")?);
        let (namespace, _) = namespace_and_options(call, 2, &["namespace"])?;
        let (k8s, now) = (call.workspace.k8s(), call.workspace.cluster.clock.now());
        let text = call.block_on(async {
            let place = Place::of(k8s, &kind, namespace).await?;
            describe::text(k8s, &place.resource, place.namespace(), &name, true, now).await
        })?;
        Ok(text.into())
    },
};
