//! What the runtime tells of Pods and containers.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::host::node::Node;
use crate::sandbox::host::runtime::{Container, Sandbox};
use crate::sandbox::kubelet::images;

/// A container.
pub(super) struct Seen {
    pub id: String,
    pub sandbox: String,
    pub name: String,
    pub attempt: i64,
    pub image: String,
    pub running: bool,
    pub created: Timestamp,
    pub labels: Value,
    pub annotations: Value,
}

/// A Pod's sandbox.
pub(super) struct SeenPod {
    pub id: String,
    pub name: String,
    pub namespace: String,
    pub uid: String,
    pub attempt: usize,
    pub ready: bool,
    pub created: Timestamp,
    pub labels: Value,
    pub annotations: Value,
}

fn labels(sandbox: Option<&Sandbox>) -> Value {
    let Some(pod) = sandbox.map(|sandbox| &sandbox.pod) else { return json!({}) };
    json!({
        "io.kubernetes.pod.name": pod.name, "io.kubernetes.pod.namespace": pod.namespace, "io.kubernetes.pod.uid": pod.uid,
    })
}

/// The id of an image by one of its names.
pub(super) fn image_id(node: &Node, name: &str) -> String {
    images::present(node.spec.profile, name).map_or_else(|| name.to_owned(), |(_, id)| id.to_owned())
}

/// A container of a node.
pub(super) fn seen(node: &Node, container: &Container) -> Seen {
    let mut labels = labels(node.sandboxes.get(&container.sandbox));
    if let Some(fields) = labels.as_object_mut() {
        fields.shift_insert(0, "io.kubernetes.container.name".to_owned(), json!(container.spec.name));
    }
    let policy = if container.spec.termination_from_log { "FallbackToLogsOnError" } else { "File" };
    Seen {
        id: container.id.clone(),
        sandbox: container.sandbox.clone(),
        name: container.spec.name.clone(),
        attempt: container.spec.attempt,
        image: image_id(node, &container.spec.image),
        running: container.state.running,
        created: container.created_at,
        labels,
        annotations: json!({
            "io.kubernetes.container.restartCount": container.spec.attempt.to_string(),
            "io.kubernetes.container.terminationMessagePath": container.spec.termination_log,
            "io.kubernetes.container.terminationMessagePolicy": policy,
        }),
    }
}

/// A Pod of a node, with the labels and annotations that its kubelet gave it.
pub(super) fn seen_pod(world: &World, sandbox: &Sandbox) -> SeenPod {
    let pod = world.informers.get("pods", &sandbox.pod.namespace, &sandbox.pod.name);
    let own = |field: &str| pod.as_ref().map_or(Value::Null, |pod| pod["metadata"][field].clone());
    let sorted = |all: Value, more: Value| {
        let all = all.as_object().cloned().unwrap_or_default();
        let mut all = Value::Object(all.into_iter().chain(more.as_object().cloned().unwrap_or_default()).collect());
        all.sort_all_objects();
        all
    };
    SeenPod {
        id: sandbox.id.clone(),
        name: sandbox.pod.name.clone(),
        namespace: sandbox.pod.namespace.clone(),
        uid: sandbox.pod.uid.clone(),
        attempt: sandbox.attempt,
        ready: sandbox.ready,
        created: sandbox.created_at,
        labels: sorted(own("labels"), labels(Some(sandbox))),
        annotations: sorted(own("annotations"), json!({})),
    }
}

/// The id that an id or the beginning of one means among `all`.
///
/// # Errors
/// There is none, or more than one, as containerd says it.
pub(super) fn resolve<'a>(all: impl Iterator<Item = &'a String>, what: &str, asked: &str) -> Result<String, String> {
    let mut found = all.filter(|id| id.starts_with(asked));
    match (found.next(), found.next()) {
        (Some(id), None) => Ok(id.clone()),
        (Some(id), Some(_)) if id == asked => Ok(id.clone()),
        _ => Err(format!(
            "rpc error: code = NotFound desc = an error occurred when try to find {what} {asked:?}: not found"
        )),
    }
}

/// Nanoseconds since 1970, as protobuf's JSON has them.
pub(super) fn nanos(time: Timestamp) -> String {
    time.as_nanosecond().to_string()
}
