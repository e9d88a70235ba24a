//! `k8s::cordon`, `k8s::uncordon`: whether a node takes new Pods.

use rhai::Dynamic;
use serde_json::{Value, json};

use super::patch::merge;
use super::place::Place;
use crate::bindings::{Binding, Call, CallError};
use crate::client::Failure;
use crate::client::k8s::K8s;
use crate::script::from_json;

pub(super) const CORDON: Binding = Binding {
    name: "k8s::cordon",
    signature: "k8s::cordon(node)",
    doc: "Marks a node as unschedulable and returns it. Pods that run there stay.

```rhai
k8s::cordon(\"k8splayground-worker\");
```",
    arity: (1, 1),
    call: |call| set(call, true.into()),
};

pub(super) const UNCORDON: Binding = Binding {
    name: "k8s::uncordon",
    signature: "k8s::uncordon(node)",
    doc: "Marks a node as schedulable again and returns it.

```rhai
k8s::uncordon(\"k8splayground-worker\");
```",
    arity: (1, 1),
    call: |call| set(call, Value::Null),
};

fn set(call: &Call<'_, '_>, unschedulable: Value) -> Result<Dynamic, CallError> {
    let node = call.text(0, "node")?;
    Ok(from_json(&call.block_on(mark(call.workspace.k8s(), &node, unschedulable))?))
}

/// Sets `spec.unschedulable`; null takes it away.
pub(super) async fn mark(k8s: &K8s, node: &str, unschedulable: Value) -> Result<Value, Failure> {
    let patch = json!({ "spec": { "unschedulable": unschedulable } });
    merge(k8s, &Place::of(k8s, "nodes", None).await?, node, &patch).await
}
