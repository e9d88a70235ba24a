//! `k8s::taint`: what keeps Pods off a node.

use serde_json::{Value, json};

use super::patch::merge;
use super::place::Place;
use crate::bindings::changes::{self, Taint};
use crate::bindings::{Binding, CallError};
use crate::client::Failure;
use crate::client::k8s::K8s;
use crate::script::from_json;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::taint",
    signature: "k8s::taint(node, \"key=value:Effect\" or \"key:Effect-\")",
    doc: "Sets a taint of a node, or removes it, and returns the node.

As with kubectl: `key=value:Effect` or `key:Effect` sets the taint in the place of one with the same key and effect,
`key:Effect-` removes it, `key-` removes all of this key. Effects are `NoSchedule`, `PreferNoSchedule` and `NoExecute`.
Throws where there is nothing to remove.

```rhai
k8s::taint(\"k8splayground-worker\", \"out=for-lunch:NoSchedule\");
k8s::taint(\"k8splayground-worker\", \"out:NoSchedule-\");
```",
    arity: (2, 2),
    call: |call| {
        let node = call.text(0, "node")?;
        let text = call.text(1, "taint")?;
        let taint = Taint::parse(&text).map_err(|failure| {
            CallError::Argument(format!(
                "{text:?} is no taint; write key=value:Effect, key:Effect or key:Effect- ({})",
                failure.message.trim_start_matches("error: ")
            ))
        })?;
        Ok(from_json(&call.block_on(change(call.workspace.k8s(), &node, &taint))?))
    },
};

/// How often a change is tried that another one overtakes.
const ATTEMPTS: usize = 10;

async fn change(k8s: &K8s, name: &str, taint: &Taint) -> Result<Value, Failure> {
    let place = Place::of(k8s, "nodes", None).await?;
    let mut attempt = 1;
    loop {
        let node = place.get(k8s, name).await?;
        let before = node["spec"]["taints"].as_array().map_or(&[][..], Vec::as_slice);
        let taints = changes::taint(before, std::slice::from_ref(taint))?.taints;
        // A list is replaced as a whole, so only the version that was read may be changed.
        let version = &node["metadata"]["resourceVersion"];
        let patch = json!({ "metadata": { "resourceVersion": version }, "spec": { "taints": taints } });
        match merge(k8s, &place, name, &patch).await {
            Err(failure) if failure.reason == "Conflict" && attempt < ATTEMPTS => attempt += 1,
            done => return done,
        }
    }
}
