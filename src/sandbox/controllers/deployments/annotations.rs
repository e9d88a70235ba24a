//! Revisions, and what else a set is annotated with.

use std::sync::Arc;

use serde_json::{Value, json};

use super::replicas;
use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::controllers::{MANAGER, rollout};
use crate::sandbox::object;

/// The annotations that sets bear.
pub(in crate::sandbox::controllers) const REVISION: &str = "deployment.kubernetes.io/revision";

const HISTORY: &str = "deployment.kubernetes.io/revision-history";

/// See [`REVISION`].
pub(in crate::sandbox::controllers) const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";

/// See [`REVISION`].
pub(in crate::sandbox::controllers) const MAX: &str = "deployment.kubernetes.io/max-replicas";

pub(super) fn revision(object: &Value) -> i64 {
    object["metadata"]["annotations"][REVISION].as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// A set's annotations: the Deployment's but for a few, the revision, and how many it should be.
pub(super) fn annotations(deployment: &Value, known: &Value, number: i64) -> Value {
    let mut annotations = if known.is_object() { known.clone() } else { json!({}) };
    let skipped = [
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        HISTORY,
        DESIRED,
        MAX,
        "deprecated.deployment.rollback.to",
    ];
    for (key, value) in deployment["metadata"]["annotations"].as_object().into_iter().flatten() {
        if !skipped.contains(&key.as_str()) {
            annotations[key] = value.clone();
        }
    }
    let before = annotations[REVISION].as_str().map(str::to_owned);
    if let Some(before) = before.filter(|before| before.parse::<i64>().unwrap_or(0) < number) {
        let history =
            annotations[HISTORY].as_str().map_or_else(|| before.clone(), |history| format!("{history},{before}"));
        annotations[HISTORY] = json!(history);
    }
    annotations[REVISION] = json!(number.to_string());
    let wanted = replicas(deployment);
    annotations[DESIRED] = json!(wanted.to_string());
    annotations[MAX] = json!((wanted + rollout::surge(deployment)).to_string());
    annotations
}

pub(super) fn annotate(
    world: &mut World,
    deployment: &Value,
    set: &Arc<Value>,
    number: i64,
) -> Result<Arc<Value>, Status> {
    let wanted = annotations(deployment, &set["metadata"]["annotations"], number);
    if wanted == set["metadata"]["annotations"] {
        return Ok(set.clone());
    }
    let mut updated = Value::clone(set);
    updated["metadata"]["annotations"] = wanted;
    world.api(MANAGER).update("replicasets", Some(object::namespace(set)), updated)
}
