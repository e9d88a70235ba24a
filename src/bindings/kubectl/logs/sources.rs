//! Which containers' logs are meant.
//!
//! Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/polymorphichelpers/logsforobject.go`.

use serde_json::Value;

use super::Options;
use crate::bindings::kubectl::Kubectl;
use crate::bindings::kubectl::pods_of::{self, Preferred};
use crate::client::Failure;
use crate::client::k8s::{Accept, ListOptions};

/// Where a Pod names its container of interest.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-logs-container";

/// One container's log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Log {
    pub(super) namespace: String,
    pub(super) pod: String,
    pub(super) container: String,
}

pub(super) async fn logs_of(kubectl: &Kubectl<'_>, namespace: &str, options: &Options) -> Result<Vec<Log>, Failure> {
    let mut logs = Vec::new();
    for pod in pods(kubectl, namespace, options).await? {
        logs.extend(of_pod(&pod, options.container.as_deref(), options.all_containers)?);
    }
    Ok(logs)
}

async fn pods(kubectl: &Kubectl<'_>, namespace: &str, options: &Options) -> Result<Vec<Value>, Failure> {
    let k8s = kubectl.k8s();
    let Some(name) = &options.name else {
        let resource = k8s.resource("pods").await?;
        let which = ListOptions { labels: options.selector.clone(), ..ListOptions::default() };
        let mut list = k8s.list(&resource, Some(namespace), &which, Accept::Json).await?;
        return Ok(match list["items"].take() {
            Value::Array(pods) => pods,
            _ => Vec::new(),
        });
    };
    let (kind, name) = name.split_once('/').unwrap_or(("pods", name));
    let resource = k8s.resource(kind).await?;
    let object = k8s.get(&resource, Some(namespace), name).await?;
    if object["kind"] == "Pod" {
        return Ok(vec![object]);
    }
    let selector = pods_of::selector(&object, "get the logs from")?;
    let clock = &*kubectl.workspace.cluster.clock;
    let found = pods_of::first(k8s, clock, namespace, &selector, Preferred::ForLogs, options.pod_timeout).await;
    let (pod, count) = found?;
    if count > 1 {
        kubectl.err(&format!("Found {count} pods, using pod/{}\n", text(&pod["metadata"]["name"])));
    }
    Ok(vec![pod])
}

fn of_pod(pod: &Value, container: Option<&str>, all: bool) -> Result<Vec<Log>, Failure> {
    let metadata = &pod["metadata"];
    let (name, namespace) = (text(&metadata["name"]), text(&metadata["namespace"]));
    let kinds = ["initContainers", "containers", "ephemeralContainers"];
    let [init, regular, ephemeral] = kinds.map(|kind| names(&pod["spec"][kind]));
    let every = || init.iter().chain(&regular).chain(&ephemeral).copied();
    let log = |container: &str| Log {
        namespace: namespace.to_owned(),
        pod: name.to_owned(),
        container: container.to_owned(),
    };
    if all {
        return Ok(every().map(log).collect());
    }
    let preset = metadata["annotations"][DEFAULT_CONTAINER].as_str().filter(|preset| every().any(|c| c == *preset));
    match container.or(preset) {
        Some(container) if every().any(|name| name == container) => Ok(vec![log(container)]),
        Some(container) => Err(Failure::answer(format!("error: container {container} is not valid for pod {name}"))),
        None => match regular.as_slice() {
            [only] => Ok(vec![log(only)]),
            _ => {
                let mut words = format!(
                    "error: a container name must be specified for pod {name}, choose one of: [{}]",
                    regular.join(" ")
                );
                for (kind, names) in [("init", &init), ("ephemeral", &ephemeral)] {
                    if !names.is_empty() {
                        words.push_str(&format!(" or one of the {kind} containers: [{}]", names.join(" ")));
                    }
                }
                Err(Failure::answer(words))
            }
        },
    }
}

fn names(containers: &Value) -> Vec<&str> {
    containers.as_array().into_iter().flatten().map(|container| text(&container["name"])).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn chooses_containers_as_kubectl_does() {
        let pod = json!({
            "metadata": {"name": "p", "namespace": "n"},
            "spec": {"initContainers": [{"name": "i"}], "containers": [{"name": "a"}, {"name": "b"}]},
        });
        let chosen = |container, all| {
            of_pod(&pod, container, all)
                .map(|logs| logs.into_iter().map(|log| log.container).collect::<Vec<_>>())
                .map_err(|failure| failure.message)
        };
        assert_eq!(chosen(None, true).unwrap(), ["i", "a", "b"]);
        assert_eq!(chosen(Some("i"), false).unwrap(), ["i"]);
        assert_eq!(chosen(Some("z"), false).unwrap_err(), "error: container z is not valid for pod p");
        assert_eq!(
            chosen(None, false).unwrap_err(),
            "error: a container name must be specified for pod p, choose one of: [a b] or one of the init containers: [i]"
        );
    }
}
