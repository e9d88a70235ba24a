//! When the change happened that made a Service's addresses others: `TriggerTimeTracker` of pkg/controller/util/endpoint.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::sandbox::informers::Name;
use crate::sandbox::object;

/// On Endpoints and slices: `EndpointsLastChangeTriggerTime` of k8s.io/api, core/v1.
const ANNOTATION: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// What was known of each Service's Pods at its last sync: when they became ready, or ceased to be.
#[derive(Default, Debug)]
pub(in crate::sandbox::controllers) struct Triggers(BTreeMap<Name, BTreeMap<String, Timestamp>>);

impl Triggers {
    /// The earliest change since the last sync; at the first, when the Service was made.
    pub(super) fn of(&mut self, service: &Value, selected: &[Arc<Value>]) -> Option<Timestamp> {
        let turned = |pod: &Arc<Value>| {
            let ready = object::condition(pod, "Ready")?;
            Some((object::name(pod).to_owned(), object::parse_time(&ready["lastTransitionTime"])?))
        };
        let now: BTreeMap<String, Timestamp> = selected.iter().filter_map(turned).collect();
        let Some(before) = self.0.insert(Name::of(service), now.clone()) else {
            return object::parse_time(&service["metadata"]["creationTimestamp"]);
        };
        now.into_iter().filter(|(pod, at)| before.get(pod).is_none_or(|then| at > then)).map(|(_, at)| at).min()
    }

    /// Forgets a Service that is no more.
    pub(super) fn forget(&mut self, service: &Name) {
        self.0.remove(service);
    }
}

/// Says when the change happened of which an object tells; nothing where nobody knows.
pub(super) fn annotate(object: &mut Value, trigger: Option<Timestamp>) {
    match trigger {
        Some(at) => object["metadata"]["annotations"][ANNOTATION] = object::time(at),
        None => {
            if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
                annotations.shift_remove(ANNOTATION);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_earliest_change_since_the_last_look_counts() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let pod = |name: &str, second: i64| {
            Arc::new(json!({"metadata": {"name": name}, "status": {"conditions": [
                {"type": "Ready", "status": "True", "lastTransitionTime": object::time(at(second))}]}}))
        };
        let service = json!({"metadata": {"name": "s", "namespace": "n", "creationTimestamp": object::time(at(5))}});
        let mut triggers = Triggers::default();
        assert_eq!(triggers.of(&service, &[pod("a", 10)]), Some(at(5)));
        assert_eq!(triggers.of(&service, &[pod("a", 10)]), None);
        assert_eq!(triggers.of(&service, &[pod("a", 30), pod("b", 20)]), Some(at(20)));
        triggers.forget(&Name::of(&service));
        assert_eq!(triggers.of(&service, &[pod("a", 10)]), Some(at(5)));
    }
}
