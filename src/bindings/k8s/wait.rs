//! `k8s::wait`: until an object is as wanted.

use super::place::{Place, namespace_and_options};
use crate::bindings::kubectl::Condition;
use crate::bindings::{Binding, CallError};

pub(super) const BINDING: Binding = Binding {
    name: "k8s::wait",
    signature: "k8s::wait(kind, name, what, timeout[, ns])",
    doc: "Waits until an object is as wanted and returns the seconds that it took.

`what` is a condition of its status (`\"Ready\"`, `\"Ready=False\"`), `\"created\"`, `\"deleted\"`, or a path and its value:
`\"jsonpath={.status.phase}=Running\"`. The object need not exist yet. It is watched, so the wait ends within
milliseconds of the change, and rides through errors of the API server. Throws after `timeout`, with the last error and the
last state of the object in its hint.

```rhai
let seconds = k8s::wait(\"node\", \"k8splayground-worker\", \"Ready=Unknown\", \"2m\");
```",
    arity: (4, 5),
    call: |call| {
        let (kind, name, what) = (call.text(0, "kind")?, call.text(1, "name")?, call.text(2, "what")?);
        let condition = Condition::of_script(&what).map_err(|failure| CallError::Argument(failure.message))?;
        let timeout = call.duration(3, "timeout")?;
        let (namespace, _) = namespace_and_options(call, 4, &["namespace"])?;
        let (k8s, clock) = (call.workspace.k8s(), &call.workspace.cluster.clock);
        let start = clock.elapsed();
        call.block_on(async {
            let place = Place::of(k8s, &kind, namespace).await?;
            let met = |object: Option<&serde_json::Value>| Ok(condition.holds(object)?.then_some(()));
            k8s.wait_for(&**clock, place.target(&name), Some(timeout), met).await
        })?;
        Ok((clock.elapsed() - start).as_secs_f64().into())
    },
};
