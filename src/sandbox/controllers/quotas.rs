//! Quotas: what their namespaces have of what they limit. pkg/controller/resourcequota.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{Status, measure};
use crate::sandbox::informers::Name;

use super::MANAGER;
use super::queue::Controller;

const CONTROLLER: Controller = Controller::new("resourcequota", sync);
/// How often all are counted anew: `--resource-quota-sync-period`.
const PERIOD: Duration = Duration::from_secs(300);
/// Whose coming and going is heard.
const COUNTED: &[&str] =
    &["pods", "services", "persistentvolumeclaims", "configmaps", "secrets", "deployments", "replicasets", "jobs"];

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("resourcequotas", |world, heard| CONTROLLER.enqueue(world, &heard.name));
    for resource in COUNTED {
        world.informers.watch(resource, |world, heard| {
            let ended = |object: &Value| matches!(object["status"]["phase"].as_str(), Some("Failed" | "Succeeded"));
            let same = heard.before.is_some()
                && heard.now.as_deref().is_some_and(|now| ended(now) == heard.before.as_deref().is_some_and(ended));
            if !same {
                of_namespace(world, &heard.name.namespace);
            }
        });
    }
    super::every(world, PERIOD, |world| {
        let all: Vec<Name> = world.informers.list("resourcequotas").map(|quota| Name::of(quota)).collect();
        all.iter().for_each(|name| CONTROLLER.enqueue(world, name));
    });
}

fn of_namespace(world: &mut World, namespace: &str) {
    let names: Vec<Name> = world.informers.list_in("resourcequotas", namespace).map(|quota| Name::of(quota)).collect();
    names.iter().for_each(|name| CONTROLLER.enqueue(world, name));
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(quota) = world.informers.get("resourcequotas", &name.namespace, &name.name) else { return Ok(()) };
    let status = json!({"hard": quota["spec"]["hard"], "used": measure(world, &quota)});
    if status == quota["status"] {
        return Ok(());
    }
    let mut updated = Value::clone(&quota);
    updated["status"] = status;
    world.api(MANAGER).update_status("resourcequotas", name.ns(), updated).map(|_| ())
}
