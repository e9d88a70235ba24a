//! DefaultTolerationSeconds and Priority: v1.20 `plugin/pkg/admission/{defaulttolerationseconds,priority}`.

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{Resource, Status};

/// How long a Pod stays on a node that is not ready or not reachable, in seconds.
const TOLERATION_SECONDS: i64 = 300;

/// Lets a Pod stay for a while on a node that fails.
pub(super) fn tolerate(pod: &mut Value) {
    let mut tolerations = pod["spec"]["tolerations"].as_array().cloned().unwrap_or_default();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let has = tolerations.iter().any(|old| {
            let own = old["key"].as_str().unwrap_or_default();
            let effect = old["effect"].as_str().unwrap_or_default();
            (own == key || own.is_empty()) && matches!(effect, "" | "NoExecute")
        });
        if !has {
            tolerations.push(json!({
                "key": key,
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": TOLERATION_SECONDS,
            }));
        }
    }
    pod["spec"]["tolerations"] = json!(tolerations);
}

/// Writes a Pod's priority from its class.
pub(super) fn rank(world: &World, resource: &Resource, pod: &mut Value) -> Result<(), Status> {
    let classes = Resource::named("priorityclasses")?;
    let named = pod["spec"]["priorityClassName"].as_str().unwrap_or_default().to_owned();
    let class = if named.is_empty() {
        let default = world.read_all(classes, None).into_iter().find(|class| class["globalDefault"] == true);
        if let Some(default) = &default {
            pod["spec"]["priorityClassName"] = default["metadata"]["name"].clone();
        }
        default
    } else {
        let class = world.read(classes, None, &named).ok_or_else(|| {
            let name = pod["metadata"]["name"].as_str().unwrap_or_default();
            Status::forbidden(resource, name, &format!("no PriorityClass with name {named} was found"))
        })?;
        Some(class)
    };
    let value = class.as_ref().and_then(|class| class["value"].as_i64()).unwrap_or(0);
    let policy = class.as_ref().and_then(|class| class["preemptionPolicy"].as_str().map(str::to_owned));
    let policy = policy.as_deref().unwrap_or("PreemptLowerPriority").to_owned();
    let own = pod["metadata"]["name"].as_str().unwrap_or_default();
    if let Some(given) = pod["spec"]["priority"].as_i64().filter(|given| *given != value) {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller \
             computed {value} from the given PriorityClass name"
        );
        return Err(Status::forbidden(resource, own, &why));
    }
    if let Some(given) = pod["spec"]["preemptionPolicy"].as_str().filter(|given| *given != policy) {
        let why = format!(
            "the string value of PreemptionPolicy ({given}) must not be provided in pod spec; priority admission \
             controller computed {policy} from the given PriorityClass name"
        );
        return Err(Status::forbidden(resource, own, &why));
    }
    pod["spec"]["priority"] = json!(value);
    if pod["spec"]["preemptionPolicy"].is_null() {
        pod["spec"]["preemptionPolicy"] = json!(policy);
    }
    Ok(())
}

/// Refuses a Pod of a RuntimeClass that is not there: v1.20 `plugin/pkg/admission/runtimeclass`.
pub(super) fn class_exists(world: &World, resource: &Resource, pod: &Value) -> Result<(), Status> {
    let named = pod["spec"]["runtimeClassName"].as_str().unwrap_or_default();
    if named.is_empty() || world.read(Resource::named("runtimeclasses")?, None, named).is_some() {
        return Ok(());
    }
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    Err(Status::forbidden(resource, name, &format!("pod rejected: RuntimeClass {named:?} not found")))
}

/// An update that says nothing of what admission wrote leaves it.
pub(super) fn keep(pod: &mut Value, before: &Value) {
    for field in ["priority", "preemptionPolicy", "serviceAccountName", "serviceAccount"] {
        if pod["spec"][field].is_null() {
            crate::sandbox::api::metadata::copy(&mut pod["spec"], &before["spec"], field);
        }
    }
}
