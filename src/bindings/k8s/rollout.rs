//! `k8s::rollout_status`, `k8s::rollout_restart`.

use super::place::{Place, namespace_and_options};
use crate::bindings::Binding;
use crate::bindings::kubectl::rollout::{Change, Following, follow};
use crate::script::from_json;

pub(super) const STATUS: Binding = Binding {
    name: "k8s::rollout_status",
    signature: "k8s::rollout_status(kind, name[, #{namespace, timeout}])",
    doc: "Waits until a Deployment, DaemonSet or StatefulSet is rolled out and returns what kubectl prints meanwhile.

Throws where the rollout exceeds its progress deadline or `timeout`, or the object is deleted.

```rhai
print(k8s::rollout_status(\"deploy\", \"deployment\", #{timeout: \"1m\"}));
```",
    arity: (2, 3),
    call: |call| {
        let (kind, name) = (call.text(0, "kind")?, call.text(1, "name")?);
        let (namespace, options) = namespace_and_options(call, 2, &["namespace", "timeout"])?;
        let following = Following { timeout: options.duration("timeout")?, ..Following::default() };
        let (k8s, clock) = (call.workspace.k8s(), &call.workspace.cluster.clock);
        let mut lines = String::new();
        call.block_on(async {
            let place = Place::of(k8s, &kind, namespace).await?;
            place.get(k8s, &name).await?;
            follow(k8s, &**clock, place.target(&name), following, &mut |line| lines.push_str(line)).await
        })?;
        Ok(lines.into())
    },
};

pub(super) const RESTART: Binding = Binding {
    name: "k8s::rollout_restart",
    signature: "k8s::rollout_restart(kind, name[, #{namespace}])",
    doc: "Replaces the Pods of a Deployment, DaemonSet or StatefulSet, as its update strategy says, and returns the object.

It only changes an annotation of the Pod template; `k8s::rollout_status` waits for the Pods.

```rhai
k8s::rollout_restart(\"deploy\", \"deployment\");
```",
    arity: (2, 3),
    call: |call| {
        let (kind, name) = (call.text(0, "kind")?, call.text(1, "name")?);
        let (namespace, _) = namespace_and_options(call, 2, &["namespace"])?;
        let (k8s, now) = (call.workspace.k8s(), call.workspace.cluster.clock.now());
        let object = call.block_on(async {
            let place = Place::of(k8s, &kind, namespace).await?;
            let object = place.get(k8s, &name).await?;
            Change::Restart.apply(k8s, &place.resource, &object, now).await
        })?;
        Ok(from_json(&object))
    },
};
