//! `k8s::label`, `k8s::annotate`: short changes of metadata.

use rhai::{Dynamic, Map};
use serde_json::{Value, json};

use super::patch::merge;
use super::place::{Place, namespace_and_options};
use super::selector::plain_text;
use crate::bindings::{Binding, Call, CallError, wrong_type};
use crate::script::from_json;

pub(super) const LABEL: Binding = Binding {
    name: "k8s::label",
    signature: "k8s::label(kind, name, map[, ns])",
    doc: "Sets labels of an object and returns it; a `()` value removes the label.

```rhai
k8s::label(\"node\", \"k8splayground-worker2\", #{\"mock-server\": \"true\"});
```",
    arity: (3, 4),
    call: |call| change(call, "labels"),
};

pub(super) const ANNOTATE: Binding = Binding {
    name: "k8s::annotate",
    signature: "k8s::annotate(kind, name, map[, ns])",
    doc: "Sets annotations of an object and returns it; a `()` value removes the annotation.

```rhai
k8s::annotate(\"deploy\", \"deployment\", #{\"kubernetes.io/change-cause\": \"a new image\"});
```",
    arity: (3, 4),
    call: |call| change(call, "annotations"),
};

fn change(call: &Call<'_, '_>, field: &str) -> Result<Dynamic, CallError> {
    let (kind, name) = (call.text(0, "kind")?, call.text(1, "name")?);
    let map = call.args[2].clone().try_cast::<Map>().ok_or_else(|| wrong_type("map", "a map #{…}", &call.args[2]))?;
    let mut values = serde_json::Map::new();
    for (key, value) in &map {
        let value = if value.is_unit() { Value::Null } else { plain_text(key, value)?.into() };
        values.insert(key.to_string(), value);
    }
    let (namespace, _) = namespace_and_options(call, 3, &["namespace"])?;
    let patch = json!({ "metadata": { field: values } });
    let k8s = call.workspace.k8s();
    Ok(from_json(&call.block_on(async { merge(k8s, &Place::of(k8s, &kind, namespace).await?, &name, &patch).await })?))
}
