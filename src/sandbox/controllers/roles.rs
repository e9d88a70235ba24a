//! ClusterRoles whose rules are those of others: pkg/controller/clusterroleaggregation.

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::informers::Name;
use crate::sandbox::object;

use super::queue::Controller;
use super::update;

const CONTROLLER: Controller = Controller::new("cluster-role-aggregator", sync);

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("clusterroles", |world, _| {
        let all = world.informers.list("clusterroles").filter(|role| role["aggregationRule"].is_object());
        let names: Vec<Name> = all.map(|role| Name::of(role)).collect();
        names.iter().for_each(|name| CONTROLLER.enqueue(world, name));
    });
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(role) = world.informers.get("clusterroles", "", &name.name) else { return Ok(()) };
    let mut rules: Vec<Value> = Vec::new();
    for selector in object::items(&role["aggregationRule"]["clusterRoleSelectors"]) {
        let others = world.informers.list("clusterroles").filter(|other| object::name(other) != name.name);
        for other in others.filter(|other| object::selects(selector, &other["metadata"]["labels"])) {
            for rule in object::items(&other["rules"]) {
                if !rules.contains(rule) {
                    rules.push(rule.clone());
                }
            }
        }
    }
    if object::items(&role["rules"]) == rules {
        return Ok(());
    }
    update(world, "clusterroles", name, |role| role["rules"] = json!(rules))
}
