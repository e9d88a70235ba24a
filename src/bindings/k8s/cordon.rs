//! `k8s::cordon`, `k8s::uncordon`: whether a node takes new Pods.

use rhai::Dynamic;
use serde_json::{Value, json};

use super::patch::merge;
use super::place::Place;
use super::value::to_script;
use crate::bindings::{Binding, Call, CallError};

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
    let patch = json!({ "spec": { "unschedulable": unschedulable } });
    let k8s = call.workspace.k8s();
    to_script(call.block_on(async { merge(k8s, &Place::of(k8s, "nodes", None).await?, &node, &patch).await })?)
}
