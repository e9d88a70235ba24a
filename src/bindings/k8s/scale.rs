//! `k8s::scale`: how many replicas.

use serde_json::json;

use super::place::{Place, as_kpnb, namespace_and_options};
use crate::bindings::Binding;
use crate::client::k8s::PatchType;
use crate::script::from_json;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::scale",
    signature: "k8s::scale(kind, name, n[, ns])",
    doc: "Sets the number of replicas through the scale subresource and returns the object.

```rhai
k8s::scale(\"deploy\", \"deployment\", 2);
```",
    arity: (3, 4),
    call: |call| {
        let (kind, name, replicas) = (call.text(0, "kind")?, call.text(1, "name")?, call.integer(2, "n")?);
        let (namespace, _) = namespace_and_options(call, 3, &["namespace"])?;
        let patch = json!({ "spec": { "replicas": replicas } });
        let k8s = call.workspace.k8s();
        let object = call.block_on(async {
            let place = Place::of(k8s, &kind, namespace).await?;
            let (resource, namespace) = (&place.resource, place.namespace());
            k8s.patch(resource, namespace, &name, Some("scale"), PatchType::Merge, &patch, &as_kpnb()).await?;
            place.get(k8s, &name).await
        })?;
        Ok(from_json(&object))
    },
};
