//! Quotas: what their namespaces have of what they limit, when some of it goes. What comes is counted by admission.
//! pkg/controller/resourcequota.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{Status, measure};
use crate::sandbox::informers::{Heard, Name};

use super::MANAGER;
use super::queue::Controller;

const CONTROLLER: Controller = Controller::new("resourcequota", sync);
/// How often all are counted anew: `--resource-quota-sync-period`.
const PERIOD: Duration = Duration::from_secs(300);

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("resourcequotas", |world, heard| {
        let hard = |object: &Option<Arc<Value>>| object.as_ref().map(|quota| quota["spec"]["hard"].clone());
        if hard(&heard.before) != hard(&heard.now) {
            CONTROLLER.enqueue(world, &heard.name);
        }
    });
    world.informers.watch("", |world, heard| {
        if frees(heard) {
            of_namespace(world, &heard.name.namespace);
        }
    });
    super::every(world, PERIOD, |world| {
        let all: Vec<Name> = world.informers.list("resourcequotas").map(|quota| Name::of(quota)).collect();
        all.iter().for_each(|name| CONTROLLER.enqueue(world, name));
    });
}

/// Whether a change may leave more of a quota; what takes more is counted when it is admitted.
fn frees(heard: &Heard) -> bool {
    let (Some(before), Some(now)) = (&heard.before, &heard.now) else { return heard.now.is_none() };
    let ended = |pod: &Value| matches!(pod["status"]["phase"].as_str(), Some("Failed" | "Succeeded"));
    match heard.resource.plural {
        "pods" => !ended(before) && ended(now),
        "services" => before["spec"]["type"] != now["spec"]["type"],
        _ => false,
    }
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
