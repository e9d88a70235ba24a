//! `k8s::watch`: what happens to the objects of a kind.

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::list::items;
use super::place::{Place, namespace_and_options};
use super::selector::selectors;
use crate::bindings::Binding;
use crate::client::Failure;
use crate::client::k8s::{Accept, Change, Follower};
use crate::script::from_json;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::watch",
    signature: "k8s::watch(kind, ns or #{namespace, all_namespaces, labels, fields}, d)",
    doc: "Watches the objects of a kind for a while and returns an array of `#{type, object}`, in order.

First the objects that are there, as ADDED, as `kubectl get --watch` shows them; then what happens to them: ADDED, MODIFIED,
DELETED with the object as it was last.

```rhai
k8s::delete(\"pod\", \"collected-resources\", #{namespace: \"collected-resources\", wait: false});
k8s::watch(\"pods\", \"collected-resources\", \"10s\").map(|event| event.type)
```",
    arity: (3, 3),
    call: |call| {
        let kind = call.text(0, "kind")?;
        let (namespace, options) =
            namespace_and_options(call, 1, &["namespace", "all_namespaces", "labels", "fields"])?;
        let all = options.switch("all_namespaces", false)?;
        let which = selectors(&options)?;
        let duration = call.duration(2, "d")?;
        let (k8s, clock) = (call.workspace.k8s(), &call.workspace.cluster.clock);
        // Outside of the future, which is dropped when the time is over.
        let seen = Mutex::new(Vec::new());
        let note = |events: Vec<Value>| seen.lock().unwrap_or_else(PoisonError::into_inner).extend(events);
        call.block_on(async {
            let place = Place::of(k8s, &kind, namespace).await?;
            let namespace = place.namespace().filter(|_| !all);
            let mut follower = Follower::new(k8s, &**clock, &place.resource, namespace, which, Accept::Json);
            let watched = async {
                loop {
                    note(events(follower.next().await?, &place));
                }
            };
            tokio::select! {
                ended = watched => ended,
                () = clock.sleep(duration) => Ok::<(), Failure>(()),
            }
        })?;
        Ok(from_json(&Value::Array(seen.into_inner().unwrap_or_else(PoisonError::into_inner))))
    },
};

fn events(change: Change, place: &Place) -> Vec<Value> {
    match change {
        Change::Listed(list) => items(list, &place.resource)
            .into_iter()
            .map(|object| json!({ "type": "ADDED", "object": object }))
            .collect(),
        Change::Event(event) => vec![json!({ "type": event.kind, "object": event.object })],
    }
}
