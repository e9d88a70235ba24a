//! `k8s::finalize`: what ends a namespace whatever it still holds.

use serde_json::json;

use super::place::Place;
use crate::bindings::Binding;
use crate::script::from_json;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::finalize",
    signature: "k8s::finalize(namespace)",
    doc: "Empties a namespace's `spec.finalizers` through its `/finalize` subresource and returns the namespace as it was then.

A namespace that is Terminating is removed at once, whatever it still holds: what has finalizers of its own stays behind,
dangling. `kubectl edit` cannot do this, because only this subresource changes the field.

```rhai
k8s::finalize(\"dangling-resources\");
```",
    arity: (1, 1),
    call: |call| {
        let name = call.text(0, "namespace")?;
        let k8s = call.workspace.k8s();
        let object = call.block_on(async {
            let place = Place::of(k8s, "namespaces", None).await?;
            let mut namespace = place.get(k8s, &name).await?;
            namespace["spec"]["finalizers"] = json!([]);
            k8s.replace(&place.resource, None, &name, Some("finalize"), &namespace, &[]).await
        })?;
        Ok(from_json(&object))
    },
};
