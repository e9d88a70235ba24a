//! `k8s::patch`: a change of some fields.

use rhai::{Array, Dynamic, Map};
use serde_json::Value;

use super::place::{Place, as_kpnb, namespace_and_options};
use crate::bindings::{Binding, CallError, wrong_type};
use crate::client::k8s::PatchType;
use crate::script::{from_json, to_json};

pub(super) const BINDING: Binding = Binding {
    name: "k8s::patch",
    signature: "k8s::patch(kind, name, patch[, #{namespace, type, subresource}])",
    doc: "Changes some fields of an object and returns it.

A map is a merge patch (RFC 7386, `()` removes a field), an array a JSON patch (RFC 6902). `type` says otherwise:
`\"merge\"`, `\"json\"`, `\"strategic\"`, `\"apply\"` (server-side apply). `subresource` is `\"status\"` or `\"scale\"`.

```rhai
k8s::patch(\"pod\", \"dangling-resources\", #{metadata: #{finalizers: ()}}, #{namespace: \"dangling-resources\"});
```",
    arity: (3, 4),
    call: |call| {
        let (kind, name) = (call.text(0, "kind")?, call.text(1, "name")?);
        let (namespace, options) = namespace_and_options(call, 3, &["namespace", "type", "subresource"])?;
        let patch = &call.args[2];
        let patch_type = patch_type(patch, options.text("type")?.as_deref())?;
        let mut patch = to_json(patch);
        let subresource = options.text("subresource")?;
        let k8s = call.workspace.k8s();
        let object = call.block_on(async {
            let place = Place::of(k8s, &kind, namespace).await?;
            if patch_type == PatchType::Apply {
                patch = place.resource.typed(patch);
            }
            let (resource, namespace) = (&place.resource, place.namespace());
            k8s.patch(resource, namespace, &name, subresource.as_deref(), patch_type, &patch, &as_kpnb()).await
        })?;
        Ok(from_json(&object))
    },
};

fn patch_type(patch: &Dynamic, named: Option<&str>) -> Result<PatchType, CallError> {
    let (map, array) = (patch.is::<Map>(), patch.is::<Array>());
    match named {
        None if array => Ok(PatchType::Json),
        None | Some("merge") if map => Ok(PatchType::Merge),
        Some("json") if array => Ok(PatchType::Json),
        Some("strategic") if map => Ok(PatchType::Strategic),
        Some("apply") if map => Ok(PatchType::Apply),
        None => Err(wrong_type("patch", "a map or an array", patch)),
        Some("json") => Err(wrong_type("a patch of type json", "an array", patch)),
        Some("merge" | "strategic" | "apply") => Err(wrong_type("this patch", "a map", patch)),
        Some(other) => {
            Err(CallError::Argument(format!("unknown type {other:?}; known: merge, json, strategic, apply")))
        }
    }
}

/// A merge patch of one object, as the small verbs send it.
pub(super) async fn merge(
    k8s: &crate::client::k8s::K8s,
    place: &Place,
    name: &str,
    patch: &Value,
) -> Result<Value, crate::client::Failure> {
    k8s.patch(&place.resource, place.namespace(), name, None, PatchType::Merge, patch, &as_kpnb()).await
}
