//! CustomResourceDefinitions: their names are accepted, they are established, and their objects go before them. A part of
//! kube-apiserver: apiextensions-apiserver v0.20.2 `pkg/controller/{status,establish,finalizer}`.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status, qualified};
use crate::sandbox::informers::Name;
use crate::sandbox::object;

/// Who writes.
const MANAGER: &str = "kube-apiserver";
/// The finalizer of a definition whose objects are still to be deleted.
const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";
const DEFINITIONS: &str = "customresourcedefinitions";
/// How often it is looked whether all objects are gone.
const LOOKED_AT: Duration = Duration::from_secs(5);
/// And how long; then their deletion is asked for again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts the controllers.
pub(super) fn start(world: &mut World) {
    world.informers.watch(DEFINITIONS, |world, heard| {
        let Some(definition) = &heard.now else { return };
        // Another write of it came first: that one is heard of too.
        let _ = if object::deleting(definition) {
            let began = heard.before.as_ref().is_none_or(|before| !object::deleting(before));
            if began { clean_up(world, &heard.name) } else { Ok(()) }
        } else {
            establish(world, &heard.name)
        };
    });
}

/// Writes a definition's status where it differs.
fn set_status(world: &mut World, name: &Name, change: impl FnOnce(&mut Value, Value)) -> Result<(), Status> {
    let now = object::time(world.now());
    let known = world.api(MANAGER).get(DEFINITIONS, None, &name.name)?;
    let mut next = Value::clone(&known);
    change(&mut next, now);
    if next["status"] != known["status"] {
        world.api(MANAGER).update_status(DEFINITIONS, None, next)?;
    }
    Ok(())
}

fn condition(kind: &str, status: &str, now: &Value, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "lastTransitionTime": now, "reason": reason, "message": message})
}

/// Accepts the names that no other definition of the group has; a definition all of whose names are is established.
fn establish(world: &mut World, name: &Name) -> Result<(), Status> {
    let conflict = conflict(world, name);
    set_status(world, name, |definition, now| {
        unstructural(definition, &now);
        let installed = object::holds(definition, "NamesAccepted");
        let names = match &conflict {
            Some((reason, message)) => condition("NamesAccepted", "False", &now, reason, message),
            None => condition("NamesAccepted", "True", &now, "NoConflicts", "no conflicts found"),
        };
        let accepted = definition["spec"]["names"].clone();
        object::set_condition(definition, names);
        if conflict.is_none() {
            definition["status"]["acceptedNames"] = accepted;
        }
        if object::holds(definition, "Established") {
            return;
        }
        let message = "the initial names have been accepted";
        // In two writes, so that whoever serves it learns of the names first.
        object::set_condition(
            definition,
            match (conflict.is_some(), installed) {
                (true, _) => condition("Established", "False", &now, "NotAccepted", "not all names are accepted"),
                (_, false) => condition("Established", "False", &now, "Installing", message),
                (_, true) => condition("Established", "True", &now, "InitialNamesAccepted", message),
            },
        );
    })
}

/// Notes whether the schemas tell of what type each value is.
fn unstructural(definition: &mut Value, now: &Value) {
    const KIND: &str = "NonStructuralSchema";
    let message = match &crate::sandbox::api::validate::unstructural(&definition["spec"])[..] {
        [] => {
            let conditions = definition["status"]["conditions"].as_array_mut();
            conditions.into_iter().for_each(|conditions| conditions.retain(|known| known["type"] != KIND));
            return;
        }
        [only] => only.clone(),
        more => format!("[{}]", more.join(", ")),
    };
    object::set_condition(definition, condition(KIND, "True", now, "Violations", &message));
}

/// The first name of a definition that another one of its group has.
fn conflict(world: &World, name: &Name) -> Option<(&'static str, String)> {
    let own = world.informers.get(DEFINITIONS, "", &name.name)?;
    let others = || {
        let all = world.informers.list(DEFINITIONS);
        all.filter(|other| other["spec"]["group"] == own["spec"]["group"] && object::name(other) != name.name)
    };
    let names = |definition: &Value| -> Vec<String> {
        let accepted = &definition["status"]["acceptedNames"];
        let mut all: Vec<Value> = ["plural", "singular"].map(|field| accepted[field].clone()).to_vec();
        all.extend(object::items(&accepted["shortNames"]).iter().cloned());
        all.iter().filter_map(|name| name.as_str().filter(|name| !name.is_empty()).map(str::to_owned)).collect()
    };
    let kinds =
        |definition: &Value| ["kind", "listKind"].map(|field| definition["status"]["acceptedNames"][field].clone());
    let wanted = &own["spec"]["names"];
    let short = object::items(&wanted["shortNames"]).iter().map(|name| ("ShortNamesConflict", name));
    let resources = [("PluralConflict", &wanted["plural"]), ("SingularConflict", &wanted["singular"])];
    let taken = resources.into_iter().chain(short).find(|(_, name)| {
        name.as_str().is_some_and(|name| others().any(|other| names(other).iter().any(|taken| taken == name)))
    });
    let kind = [("KindConflict", &wanted["kind"]), ("ListKindConflict", &wanted["listKind"])];
    let taken = taken.or_else(|| kind.into_iter().find(|(_, kind)| others().any(|other| kinds(other).contains(kind))));
    taken.map(|(reason, name)| (reason, format!("{name} is already in use")))
}

/// Deletes the objects of a definition.
fn clean_up(world: &mut World, name: &Name) -> Result<(), Status> {
    set_status(world, name, |definition, now| {
        let message = "CustomResource deletion is in progress";
        object::set_condition(
            definition,
            condition("Terminating", "True", &now, "InstanceDeletionInProgress", message),
        );
    })?;
    if let Some(resource) = resource(world, name) {
        // Those that go meanwhile are gone all the same.
        let _ = world.api(MANAGER).delete_collection(&resource, None, &DeleteOptions::default(), |_| true);
    }
    let until = world.now() + PATIENCE;
    finish(world, name.clone(), until);
    Ok(())
}

fn resource(world: &mut World, name: &Name) -> Option<String> {
    let definition = world.api(MANAGER).get(DEFINITIONS, None, &name.name).ok()?;
    let (plural, group) = (definition["spec"]["names"]["plural"].as_str()?, definition["spec"]["group"].as_str()?);
    Some(qualified(plural, group))
}

/// Lets a definition go once none of its objects is left.
fn finish(world: &mut World, name: Name, until: Timestamp) {
    let Some(resource) = resource(world, &name) else { return };
    let left = world.api(MANAGER).list(&resource, None).is_ok_and(|left| !left.is_empty());
    if left && world.now() < until {
        world.after(LOOKED_AT, move |world| finish(world, name, until));
        return;
    }
    let (status, reason, message) = if left {
        let why = "could not confirm zero CustomResources remaining: timed out waiting for the condition";
        ("True", "InstanceDeletionCheck", why)
    } else {
        ("False", "InstanceDeletionCompleted", "removed all instances")
    };
    // Where it went meanwhile, nothing is left to do.
    let _ = set_status(world, &name, |definition, now| {
        object::set_condition(definition, condition("Terminating", status, &now, reason, message));
    });
    let _ = if left {
        clean_up(world, &name)
    } else {
        super::update_as(world, MANAGER, DEFINITIONS, &name, |definition| {
            let mut kept = object::items(&definition["metadata"]["finalizers"]).to_vec();
            kept.retain(|finalizer| finalizer != CLEANUP);
            definition["metadata"]["finalizers"] = json!(kept);
        })
    };
}
