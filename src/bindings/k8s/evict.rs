//! `k8s::evict`: what drain does to each Pod.

use super::place::namespace_and_options;
use crate::bindings::Binding;
use crate::script::from_json;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::evict",
    signature: "k8s::evict(pod[, #{namespace, grace}])",
    doc: "Evicts a Pod through the Eviction API and returns the API's answer.

Unlike a deletion it respects PodDisruptionBudgets: throws TooManyRequests (429) where one forbids it. `grace` is the grace
period in seconds. Does not wait until the Pod is gone.

```rhai
k8s::evict(\"collected-resources\", #{namespace: \"collected-resources\", grace: 0});
```",
    arity: (1, 2),
    call: |call| {
        let pod = call.text(0, "pod")?;
        let (namespace, options) = namespace_and_options(call, 1, &["namespace", "grace"])?;
        let grace = options.integer("grace")?;
        let k8s = call.workspace.k8s();
        let namespace = namespace.unwrap_or_else(|| k8s.default_namespace().to_owned());
        Ok(from_json(&call.block_on(k8s.evict(&namespace, &pod, grace))?))
    },
};
