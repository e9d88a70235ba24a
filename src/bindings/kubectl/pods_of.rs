//! The Pods behind a workload, for `logs deploy/x` and `exec deploy/x`.

use std::cmp::{Ordering, Reverse};
use std::time::Duration;

use serde_json::Value;

use crate::client::Failure;
use crate::client::k8s::{Accept, Change, Follower, K8s, ListOptions};
use crate::clock::Clock;

/// The labels that a workload's Pods have, as a selector; `verb` words the error: `get the logs from`.
///
/// Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/polymorphichelpers/helpers.go`, `SelectorsForObject`.
///
/// # Errors
/// A kind that has no Pods, a Service without a selector.
pub(super) fn selector(object: &Value, verb: &str) -> Result<String, Failure> {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let (kind, version) = (text("kind"), text("apiVersion"));
    let selector = &object["spec"]["selector"];
    match (kind, version) {
        ("Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet", _) | ("Job", _) => Ok(of_label_selector(selector)),
        ("Service", "v1") if selector.as_object().is_none_or(serde_json::Map::is_empty) => {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            Err(Failure::answer(format!(
                "error: cannot {verb} *v1.Service: invalid service '{name}': Service is defined without a selector"
            )))
        }
        ("Service" | "ReplicationController", "v1") => Ok(equalities(selector).join(",")),
        _ => {
            let version = version.rsplit('/').next().unwrap_or_default();
            let go_type = format!("*{version}.{kind}");
            Err(Failure::answer(format!("error: cannot {verb} {go_type}: selector for {go_type} not implemented")))
        }
    }
}

fn of_label_selector(selector: &Value) -> String {
    let mut parts = equalities(&selector["matchLabels"]);
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = expression["key"].as_str().unwrap_or_default();
        let values: Vec<&str> =
            expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let values = values.join(",");
        parts.push(match expression["operator"].as_str().unwrap_or_default() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        });
    }
    parts.join(",")
}

fn equalities(labels: &Value) -> Vec<String> {
    let pairs = labels.as_object().into_iter().flatten();
    pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect()
}

/// Which of several Pods comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preferred {
    /// As logs choose: the more restarts the better.
    ForLogs,
    /// As exec chooses: the fewer restarts the better.
    ForExec,
}

/// The Pod that kubectl would choose among those with these labels, and how many there are; waits for one to appear.
///
/// # Errors
/// None has appeared within `timeout`, or as [`K8s::send`].
pub(super) async fn first(
    k8s: &K8s,
    clock: &dyn Clock,
    namespace: &str,
    selector: &str,
    preferred: Preferred,
    timeout: Duration,
) -> Result<(Value, usize), Failure> {
    let pods = k8s.resource("pods").await?;
    let which = ListOptions { labels: Some(selector.to_owned()), ..ListOptions::default() };
    let mut follower = Follower::new(k8s, clock, &pods, Some(namespace), which, Accept::Json);
    let appeared = async {
        loop {
            let mut found = match follower.next().await? {
                Change::Listed(mut list) => match list["items"].take() {
                    Value::Array(items) => items,
                    _ => Vec::new(),
                },
                Change::Event(event) if event.kind != "DELETED" => vec![event.object],
                Change::Event(_) => continue,
            };
            found.sort_by(|a, b| order(a, b, preferred));
            let count = found.len();
            if let Some(first) = found.into_iter().next() {
                return Ok((first, count));
            }
        }
    };
    tokio::select! {
        biased;
        found = appeared => found,
        () = clock.sleep(timeout) => Err(Failure::answer("error: timed out waiting for the condition")),
    }
}

/// Assigned to a node, running, ready, ready for long, old: better first.
///
/// Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/util/podutils/podutils.go`, `ByLogging`, `ActivePods`.
fn order(a: &Value, b: &Value, preferred: Preferred) -> Ordering {
    let rank = |pod: &Value| {
        let phase = match pod["status"]["phase"].as_str() {
            Some("Unknown") => 1,
            Some("Pending") => 2,
            _ => 0,
        };
        let restarts = restarts(pod);
        let restarts = if preferred == Preferred::ForLogs { -restarts } else { restarts };
        let ready = ready_since(pod);
        (pod["spec"]["nodeName"].is_null(), phase, Reverse(ready.is_some()), ready, restarts, created(pod))
    };
    rank(a).cmp(&rank(b))
}

fn ready_since(pod: &Value) -> Option<String> {
    let conditions = pod["status"]["conditions"].as_array()?;
    let ready = conditions.iter().find(|condition| condition["type"] == "Ready" && condition["status"] == "True")?;
    Some(ready["lastTransitionTime"].as_str().unwrap_or_default().to_owned())
}

fn restarts(pod: &Value) -> i64 {
    let statuses = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    statuses.filter_map(|status| status["restartCount"].as_i64()).max().unwrap_or(0)
}

fn created(pod: &Value) -> String {
    pod["metadata"]["creationTimestamp"].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writes_selectors() {
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"selector": {
            "matchLabels": {"a": "b"},
            "matchExpressions": [
                {"key": "c", "operator": "In", "values": ["d", "e"]},
                {"key": "f", "operator": "DoesNotExist"},
            ],
        }}});
        assert_eq!(selector(&deployment, "x").unwrap(), "a=b,c in (d,e),!f");
        let service = json!({"apiVersion": "v1", "kind": "Service", "spec": {"selector": {"a": "b"}}});
        assert_eq!(selector(&service, "x").unwrap(), "a=b");
        let node = json!({"apiVersion": "v1", "kind": "Node"});
        assert_eq!(
            selector(&node, "attach to").unwrap_err().message,
            "error: cannot attach to *v1.Node: selector for *v1.Node not implemented"
        );
    }

    #[test]
    fn prefers_the_pod_that_serves() {
        let pod = |name: &str, phase: &str, since: Option<&str>| {
            let conditions = match since {
                Some(since) => json!([{"type": "Ready", "status": "True", "lastTransitionTime": since}]),
                None => json!([]),
            };
            json!({
                "metadata": {"name": name, "creationTimestamp": "2026-01-01T00:00:00Z"},
                "spec": {"nodeName": "n"},
                "status": {"phase": phase, "conditions": conditions},
            })
        };
        let mut pods = [
            pod("pending", "Pending", None),
            pod("unready", "Running", None),
            pod("young", "Running", Some("2026-01-01T00:00:09Z")),
            pod("old", "Running", Some("2026-01-01T00:00:01Z")),
        ];
        pods.sort_by(|a, b| order(a, b, Preferred::ForExec));
        let names: Vec<_> = pods.iter().map(|pod| pod["metadata"]["name"].clone()).collect();
        assert_eq!(names, ["old", "young", "unready", "pending"]);
    }
}
