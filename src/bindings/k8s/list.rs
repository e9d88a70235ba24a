//! `k8s::list`: the objects of a kind.

use serde_json::Value;

use super::place::{Place, namespace_and_options};
use super::selector::selectors;
use crate::bindings::Binding;
use crate::client::k8s::{Accept, Resource};
use crate::script::from_json;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::list",
    signature: "k8s::list(kind[, ns or #{namespace, all_namespaces, labels, fields, limit}])",
    doc: "The objects of a kind as an array, sorted by namespace and name.

`labels` and `fields` are selectors as kubectl takes them, or maps; `limit` keeps the first so many.

```rhai
k8s::list(\"pods\", #{all_namespaces: true, fields: \"spec.nodeName=k8splayground-worker\"}).len()
```",
    arity: (1, 2),
    call: |call| {
        let kind = call.text(0, "kind")?;
        let known = ["namespace", "all_namespaces", "labels", "fields", "limit"];
        let (namespace, options) = namespace_and_options(call, 1, &known)?;
        let all = options.switch("all_namespaces", false)?;
        let which = selectors(&options)?;
        let k8s = call.workspace.k8s();
        let items = call.block_on(async {
            let place = Place::of(k8s, &kind, namespace).await?;
            let namespace = place.namespace().filter(|_| !all);
            let list = k8s.list(&place.resource, namespace, &which, Accept::Json).await?;
            Ok(items(list, &place.resource))
        })?;
        Ok(from_json(&Value::Array(items)))
    },
};

/// The items of a List, typed and in order.
pub(super) fn items(mut list: Value, resource: &Resource) -> Vec<Value> {
    let Value::Array(items) = list["items"].take() else { return Vec::new() };
    let mut items: Vec<Value> = items.into_iter().map(|item| resource.typed(item)).collect();
    let text = |item: &Value, field: &str| item["metadata"][field].as_str().unwrap_or_default().to_owned();
    items.sort_by_cached_key(|item| (text(item, "namespace"), text(item, "name")));
    items
}
