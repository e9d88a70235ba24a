//! `k8s::find`: one object, if it is there.

use rhai::Dynamic;

use super::place::{Place, namespace_and_options};
use crate::bindings::Binding;
use crate::script::from_json;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::find",
    signature: "k8s::find(kind, name[, ns])",
    doc: "One object as the API has it, or `()` where it is missing.

```rhai
expect(k8s::find(\"ns\", \"collected-resources\") == (), \"the namespace is gone\");
```",
    arity: (2, 3),
    call: |call| {
        let (kind, name) = (call.text(0, "kind")?, call.text(1, "name")?);
        let (namespace, _) = namespace_and_options(call, 2, &["namespace"])?;
        let k8s = call.workspace.k8s();
        let found = call.block_on(async {
            match Place::of(k8s, &kind, namespace).await?.get(k8s, &name).await {
                Ok(object) => Ok(Some(object)),
                Err(failure) if failure.is_not_found() => Ok(None),
                Err(failure) => Err(failure),
            }
        })?;
        Ok(found.map_or(Dynamic::UNIT, |object| from_json(&object)))
    },
};
