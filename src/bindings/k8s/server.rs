//! `k8s::api_resources`, `k8s::version`: what the server is.

use http::Method;
use serde_json::{Value, json};

use crate::bindings::Binding;
use crate::client::k8s::{Accept, Resource};
use crate::script::from_json;

pub(super) const API_RESOURCES: Binding = Binding {
    name: "k8s::api_resources",
    signature: "k8s::api_resources()",
    doc: "All resources of the server as an array of maps, with the fields of an APIResource and `apiVersion`.

```rhai
k8s::api_resources().filter(|r| !r.namespaced).map(|r| r.name)
```",
    arity: (0, 0),
    call: |call| {
        let k8s = call.workspace.k8s();
        let resources = call.block_on(async {
            k8s.forget_resources().await;
            k8s.resources().await
        })?;
        Ok(from_json(&resources.all().iter().map(entry).collect::<Value>()))
    },
};

pub(super) const VERSION: Binding = Binding {
    name: "k8s::version",
    signature: "k8s::version()",
    doc: "The server's version as a map: `gitVersion`, `major`, `minor`, `platform`, …

```rhai
k8s::version().gitVersion
```",
    arity: (0, 0),
    call: |call| {
        let k8s = call.workspace.k8s();
        Ok(from_json(&call.block_on(k8s.json(Method::GET, "/version", &[], None, Accept::Json))?))
    },
};

fn entry(resource: &Resource) -> Value {
    json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "kind": resource.kind,
        "apiVersion": resource.api_version(),
        "group": resource.group,
        "version": resource.version,
        "namespaced": resource.namespaced,
        "shortNames": resource.short_names,
        "categories": resource.categories,
        "verbs": resource.verbs,
    })
}
