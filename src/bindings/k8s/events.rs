//! `k8s::events`: what the cluster's components have reported.

use serde_json::Value;

use super::list::items;
use super::place::{Place, namespace_and_options};
use crate::bindings::{Binding, CallError};
use crate::client::Failure;
use crate::client::k8s::{Accept, K8s, ListOptions};
use crate::script::from_json;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::events",
    signature: "k8s::events([ns or #{namespace, for, all_namespaces}])",
    doc: "The Events as an array, oldest first.

`for` names one object, as in `\"pod/collected-resources\"`.

```rhai
for event in k8s::events(#{\"for\": \"pod/collected-resources\", namespace: \"collected-resources\"}) {
    print(`${event.reason}: ${event.message}`);
}
```",
    arity: (0, 1),
    call: |call| {
        let (namespace, options) = namespace_and_options(call, 0, &["namespace", "for", "all_namespaces"])?;
        let all = options.switch("all_namespaces", false)?;
        let about = options.text("for")?.map(|about| about_of(&about)).transpose()?;
        let k8s = call.workspace.k8s();
        let events = call.block_on(async {
            let fields = match &about {
                Some((kind, name)) => Some(fields(k8s, kind, name).await?),
                None => None,
            };
            // Not events.events.k8s.io: the core group's have the fields that kubectl shows.
            let place = Place::of(k8s, "events.v1.", namespace).await?;
            let which = ListOptions { fields, ..ListOptions::default() };
            let list = k8s.list(&place.resource, place.namespace().filter(|_| !all), &which, Accept::Json).await?;
            Ok(items(list, &place.resource))
        })?;
        Ok(from_json(&Value::Array(oldest_first(events))))
    },
};

fn about_of(about: &str) -> Result<(String, String), CallError> {
    let (kind, name) = about.split_once('/').ok_or_else(|| {
        CallError::Argument(format!("for must name a kind and an object, as in pod/x, not {about:?}"))
    })?;
    Ok((kind.to_owned(), name.to_owned()))
}

async fn fields(k8s: &K8s, kind: &str, name: &str) -> Result<String, Failure> {
    let resource = k8s.resource(kind).await?;
    Ok(format!("involvedObject.kind={},involvedObject.name={name}", resource.kind))
}

fn oldest_first(mut events: Vec<Value>) -> Vec<Value> {
    events.sort_by_cached_key(|event| {
        let version = event["metadata"]["resourceVersion"].as_str().and_then(|version| version.parse::<u64>().ok());
        (last_seen(event), version)
    });
    events
}

/// When it was last seen: events of the newer kind have only `eventTime`, with a fraction that is cut off here so that
/// both kinds compare as text.
fn last_seen(event: &Value) -> String {
    let times = [
        &event["series"]["lastObservedTime"],
        &event["lastTimestamp"],
        &event["eventTime"],
        &event["metadata"]["creationTimestamp"],
    ];
    let time = times.iter().find_map(|time| time.as_str()).unwrap_or_default();
    time.trim_end_matches('Z').split('.').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sorts_both_kinds_by_time() {
        let event = |name: &str, field: &str, time: &str, version: &str| json!({"metadata": {"name": name, "resourceVersion": version}, field: time});
        let events = vec![
            event("c", "lastTimestamp", "2026-11-24T16:00:02Z", "9"),
            event("b", "eventTime", "2026-11-24T16:00:01.5Z", "100"),
            event("a", "lastTimestamp", "2026-11-24T16:00:01Z", "99"),
        ];
        let names: Vec<_> = oldest_first(events).iter().map(|event| event["metadata"]["name"].clone()).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }
}
