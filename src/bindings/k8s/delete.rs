//! `k8s::delete`: an object's end.

use rhai::Dynamic;

use super::place::{Place, namespace_and_options};
use crate::bindings::changes::{delete, wait_deleted};
use crate::bindings::{Binding, CallError};
use crate::client::k8s::DeleteOptions;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::delete",
    signature: "k8s::delete(kind, name[, ns or #{namespace, grace, cascade, force, wait, timeout}])",
    doc: "Deletes an object and, as kubectl does, waits until it is gone.

`grace` is the grace period in seconds, `cascade` is `\"background\"`, `\"foreground\"` or `\"orphan\"`, `force` deletes a Pod
at once without waiting for its node, `wait: false` returns when the deletion is accepted. The wait rides through errors of the API server; past
`timeout`, which is none unless given, it throws with the last error and the last state of the object in its hint. Throws NotFound.

```rhai
k8s::delete(\"pod\", \"collected-resources\", #{namespace: \"collected-resources\", grace: 0, force: true});
```",
    arity: (2, 3),
    call: |call| {
        let (kind, name) = (call.text(0, "kind")?, call.text(1, "name")?);
        let known = ["namespace", "grace", "cascade", "force", "wait", "timeout"];
        let (namespace, options) = namespace_and_options(call, 2, &known)?;
        let force = options.switch("force", false)?;
        let how = DeleteOptions {
            grace: grace(options.integer("grace")?, force),
            propagation: options.text("cascade")?.map(|cascade| propagation(&cascade)).transpose()?,
            ..DeleteOptions::default()
        };
        let (wait, timeout) = (options.switch("wait", true)?, options.duration("timeout")?);
        let (k8s, clock) = (call.workspace.k8s(), &call.workspace.cluster.clock);
        call.block_on(async {
            let place = Place::of(k8s, &kind, namespace).await?;
            let (resource, namespace) = (&place.resource, place.namespace());
            let uid = delete(k8s, resource, namespace, &name, &how).await?;
            if wait {
                wait_deleted(k8s, &**clock, resource, namespace, &name, uid.as_deref(), timeout).await?;
            }
            Ok(())
        })?;
        Ok(Dynamic::UNIT)
    },
};

/// kubectl takes 0 without `--force` for 1, so that no Pod is forgotten by accident while it still runs.
fn grace(given: Option<i64>, force: bool) -> Option<i64> {
    match given {
        None if force => Some(0),
        Some(0) if !force => Some(1),
        given => given,
    }
}

fn propagation(cascade: &str) -> Result<String, CallError> {
    let known = ["Background", "Foreground", "Orphan"];
    let found = known.into_iter().find(|policy| policy.eq_ignore_ascii_case(cascade));
    found.map(str::to_owned).ok_or_else(|| {
        CallError::Argument(format!("unknown cascade {cascade:?}; known: background, foreground, orphan"))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn zero_needs_force() {
        assert_eq!(super::grace(Some(0), false), Some(1));
        assert_eq!(super::grace(Some(0), true), Some(0));
        assert_eq!(super::grace(None, true), Some(0));
        assert_eq!(super::grace(None, false), None);
    }
}
