//! Pods that controllers make from a template, and how Pods are. pkg/controller/controller_utils.go.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status};
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::record;

use super::{MANAGER, update};

/// Who makes or deletes Pods: the owner, and the component of its events.
#[derive(Clone, Copy)]
pub struct Maker<'a> {
    /// The component.
    pub component: &'static str,
    /// The owner.
    pub owner: &'a Value,
}

/// A Pod of a template, owned and with a generated name.
pub fn from_template(world: &mut World, owner: &Value, template: &Value) -> Value {
    let base = format!("{}-", object::name(owner));
    let mut pod = named(owner, template, &format!("{base}{}", object::suffix(world)));
    pod["metadata"]["generateName"] = json!(base);
    pod
}

/// A Pod of a template, owned, of a given name.
pub fn named(owner: &Value, template: &Value, name: &str) -> Value {
    let mut metadata = json!({"name": name, "namespace": owner["metadata"]["namespace"]});
    for field in ["labels", "annotations", "finalizers"] {
        if !template["metadata"][field].is_null() {
            metadata[field] = template["metadata"][field].clone();
        }
    }
    metadata["ownerReferences"] = json!([object::owner_reference(owner, true)]);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]})
}

/// Makes a Pod, and says so.
///
/// # Errors
/// As the API's.
pub fn create(world: &mut World, maker: Maker<'_>, pod: Value) -> Result<Arc<Value>, Status> {
    let namespace = object::namespace(maker.owner).to_owned();
    match world.api(MANAGER).create("pods", Some(&namespace), pod) {
        Ok(pod) => {
            let message = format!("Created pod: {}", object::name(&pod));
            record(world, maker.component, maker.owner, "Normal", "SuccessfulCreate", &message);
            Ok(pod)
        }
        Err(status) => {
            let terminating = status.message.contains("because it is being terminated");
            if !terminating {
                let message = format!("Error creating: {}", status.message);
                record(world, maker.component, maker.owner, "Warning", "FailedCreate", &message);
            }
            Err(status)
        }
    }
}

/// Deletes a Pod, and says so.
///
/// # Errors
/// As the API's; a Pod that is gone already is none.
pub fn delete(world: &mut World, maker: Maker<'_>, pod: &Value) -> Result<(), Status> {
    let (namespace, name) = (object::namespace(pod).to_owned(), object::name(pod).to_owned());
    match world.api(MANAGER).delete("pods", Some(&namespace), &name, &DeleteOptions::default()) {
        Ok(_) => {
            let message = format!("Deleted pod: {name}");
            record(world, maker.component, maker.owner, "Normal", "SuccessfulDelete", &message);
            Ok(())
        }
        Err(status) if status.code == 404 => Ok(()),
        Err(status) => {
            record(
                world,
                maker.component,
                maker.owner,
                "Warning",
                "FailedDelete",
                &format!("Error deleting: {}", status.message),
            );
            Err(status)
        }
    }
}

/// Whether a Pod is neither finished nor being deleted.
pub fn active(pod: &Value) -> bool {
    !finished(pod) && !object::deleting(pod)
}

/// Whether a Pod succeeded or failed.
pub fn finished(pod: &Value) -> bool {
    matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
}

/// Whether a Pod's Ready condition holds.
pub fn ready(pod: &Value) -> bool {
    object::holds(pod, "Ready")
}

/// Whether a Pod has been ready for so many seconds.
pub fn available(pod: &Value, min_ready_seconds: i64, now: Timestamp) -> bool {
    if !ready(pod) {
        return false;
    }
    let since = object::condition(pod, "Ready").and_then(|ready| object::parse_time(&ready["lastTransitionTime"]));
    let wanted = Duration::from_secs(min_ready_seconds.max(0).unsigned_abs());
    min_ready_seconds == 0 || since.is_some_and(|since| now.duration_since(since).unsigned_abs() >= wanted)
}

/// The Pods of an owner: those that it controls; those that nobody does and its selector takes are adopted, and those that
/// it takes no more are let go.
///
/// # Errors
/// As the API's.
pub fn claim(
    world: &mut World,
    owner: &Value,
    selector: &Value,
    resource: &'static str,
) -> Result<Vec<Arc<Value>>, Status> {
    let (uid, namespace) = (object::uid(owner).to_owned(), object::namespace(owner).to_owned());
    let mut claimed = Vec::new();
    for pod in world.informers.controlled_by(&uid, resource) {
        if object::selects(selector, &pod["metadata"]["labels"]) {
            claimed.push(pod);
        } else if !object::deleting(owner) {
            update(world, resource, &Name::of(&pod), |pod| {
                if let Some(owners) = pod["metadata"]["ownerReferences"].as_array_mut() {
                    owners.retain(|owner| owner["uid"] != uid.as_str());
                }
                if object::owners(pod).is_empty()
                    && let Some(metadata) = pod["metadata"].as_object_mut()
                {
                    metadata.remove("ownerReferences");
                }
            })?;
        }
    }
    if object::deleting(owner) {
        return Ok(claimed);
    }
    let orphans: Vec<Arc<Value>> = world
        .informers
        .orphans_in(resource, &namespace)
        .filter(|pod| !object::deleting(pod))
        .filter(|pod| object::selects(selector, &pod["metadata"]["labels"]) && !(resource == "pods" && finished(pod)))
        .cloned()
        .collect();
    for orphan in orphans {
        let reference = object::owner_reference(owner, true);
        update(world, resource, &Name::of(&orphan), |pod| {
            let mut owners = object::owners(pod).to_vec();
            owners.push(reference);
            pod["metadata"]["ownerReferences"] = json!(owners);
        })?;
        claimed.push(orphan);
    }
    Ok(claimed)
}
