//! The garbage collector: objects whose owners are gone, and the three ways to delete an owner. pkg/controller/garbagecollector.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status};
use crate::sandbox::informers::{Heard, Name};
use crate::sandbox::object;
use crate::sandbox::recorder::record;

use super::MANAGER;
use super::queue::Controller;

/// Deletes what has no owner left; its names are UIDs.
const DELETE: Controller = Controller::new("garbage-delete", delete);
/// Takes the dependents from an owner that is being deleted without them; its names are UIDs.
const ORPHAN: Controller = Controller::new("garbage-orphan", orphan);
/// The finalizer of an owner that goes after its dependents.
const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer of an owner that goes without them.
const ORPHANS: &str = "orphan";

/// How one owner reference stands.
enum Owner {
    Solid,
    Dangling,
    /// It is being deleted in the foreground, and waits for this dependent.
    Waiting,
}

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("", changed);
}

fn by_uid(uid: &str) -> Name {
    Name::new("", uid)
}

fn changed(world: &mut World, heard: &Heard) {
    let uid = object::uid(heard.object()).to_owned();
    let Some(now) = &heard.now else {
        let dependents = world.informers.owned_by(&uid);
        for (_, dependent) in &dependents {
            DELETE.enqueue(world, &by_uid(object::uid(dependent)));
        }
        // An owner in the foreground may have waited for this one.
        if let Some(before) = &heard.before {
            for owner in object::owners(before) {
                if let Some(owner) = owner["uid"].as_str() {
                    DELETE.enqueue(world, &by_uid(owner));
                }
            }
        }
        return;
    };
    let new_owners = heard
        .before
        .as_ref()
        .is_none_or(|before| before["metadata"]["ownerReferences"] != now["metadata"]["ownerReferences"]);
    if !object::owners(now).is_empty() && new_owners {
        DELETE.enqueue(world, &by_uid(&uid));
        tell_strangers(world, now);
    }
    let began = object::deleting(now)
        && heard.before.as_ref().is_none_or(|before| {
            !object::deleting(before) || before["metadata"]["finalizers"] != now["metadata"]["finalizers"]
        });
    if began && object::finalizers(now).any(|finalizer| finalizer == ORPHANS) {
        ORPHAN.enqueue(world, &by_uid(&uid));
    }
    if began && object::finalizers(now).any(|finalizer| finalizer == FOREGROUND) {
        for (_, dependent) in world.informers.owned_by(&uid) {
            DELETE.enqueue(world, &by_uid(object::uid(&dependent)));
        }
        DELETE.enqueue(world, &by_uid(&uid));
    }
}

/// Tells of owners that are in another namespace: `reportInvalidNamespaceOwnerRef` of graph_builder.go.
fn tell_strangers(world: &mut World, item: &Arc<Value>) {
    let own = object::namespace(item);
    for reference in object::owners(item) {
        let text = |field: &str| reference[field].as_str().unwrap_or_default();
        let stranger = world
            .informers
            .by_uid(text("uid"))
            .is_some_and(|(_, owner)| !object::namespace(&owner).is_empty() && object::namespace(&owner) != own);
        if stranger {
            let (version, kind, name, uid) = (text("apiVersion"), text("kind"), text("name"), text("uid"));
            let message = format!(
                "ownerRef [{version}/{kind}, namespace: {own}, name: {name}, uid: {uid}] does not exist in namespace {own:?}"
            );
            record(world, "garbage-collector-controller", item, "Warning", "OwnerRefInvalidNamespace", &message);
        }
    }
}

fn delete(world: &mut World, uid: &Name) -> Result<(), Status> {
    let Some((resource, item)) = world.informers.by_uid(&uid.name) else { return Ok(()) };
    let foreground = object::deleting(&item) && object::finalizers(&item).any(|finalizer| finalizer == FOREGROUND);
    if foreground {
        return finish_foreground(world, resource, &item);
    }
    if object::deleting(&item) || object::owners(&item).is_empty() {
        return Ok(());
    }
    let (mut solid, mut gone, mut waiting) = (0, Vec::new(), Vec::new());
    for reference in object::owners(&item) {
        let owner = reference["uid"].clone();
        match standing(world, &item, reference) {
            Owner::Solid => solid += 1,
            Owner::Dangling => gone.push(owner),
            Owner::Waiting => waiting.push(owner),
        }
    }
    if solid > 0 {
        if gone.is_empty() && waiting.is_empty() {
            return Ok(());
        }
        gone.extend(waiting);
        return without_owners(world, resource, &item, &gone);
    }
    let dependents = world.informers.owned_by(&uid.name);
    let policy = if !waiting.is_empty() && !dependents.is_empty() {
        "Foreground"
    } else if object::finalizers(&item).any(|finalizer| finalizer == ORPHANS) {
        "Orphan"
    } else if object::finalizers(&item).any(|finalizer| finalizer == FOREGROUND) {
        "Foreground"
    } else {
        "Background"
    };
    let options = DeleteOptions {
        propagation_policy: Some(policy.to_owned()),
        uid: Some(uid.name.clone()),
        ..DeleteOptions::default()
    };
    match world.api(MANAGER).delete(resource, Name::of(&item).ns(), object::name(&item), &options) {
        Err(status) if status.code != 404 && status.code != 409 => Err(status),
        _ => Ok(()),
    }
}

/// An owner in another namespace counts as absent, as does one of another UID.
fn standing(world: &World, item: &Value, reference: &Value) -> Owner {
    let text = |field: &str| reference[field].as_str().unwrap_or_default();
    let Some(kind) = world.resource_of_kind(text("apiVersion"), text("kind")) else {
        // Of a kind that is not known: nothing can be said, so it stays.
        return Owner::Solid;
    };
    let found = world.informers.by_uid(text("uid")).filter(|(resource, owner)| {
        let near = object::namespace(owner).is_empty() || object::namespace(owner) == object::namespace(item);
        *resource == kind.name && near && object::name(owner) == text("name")
    });
    match found {
        None => Owner::Dangling,
        Some((_, owner)) => {
            let foreground = object::deleting(&owner) && object::finalizers(&owner).any(|f| f == FOREGROUND);
            if foreground { Owner::Waiting } else { Owner::Solid }
        }
    }
}

fn without_owners(world: &mut World, resource: &'static str, item: &Value, gone: &[Value]) -> Result<(), Status> {
    super::update(world, resource, &Name::of(item), |item| {
        let kept: Vec<Value> =
            object::owners(item).iter().filter(|owner| !gone.contains(&owner["uid"])).cloned().collect();
        if kept.is_empty() {
            if let Some(metadata) = item["metadata"].as_object_mut() {
                metadata.remove("ownerReferences");
            }
        } else {
            item["metadata"]["ownerReferences"] = json!(kept);
        }
    })
}

fn without_finalizer(world: &mut World, resource: &'static str, item: &Value, finalizer: &str) -> Result<(), Status> {
    let done = super::update(world, resource, &Name::of(item), |item| {
        let kept: Vec<Value> =
            object::items(&item["metadata"]["finalizers"]).iter().filter(|f| *f != finalizer).cloned().collect();
        item["metadata"]["finalizers"] = json!(kept);
    });
    match done {
        Err(status) if status.code == 404 => Ok(()),
        other => other,
    }
}

/// An owner in the foreground goes when no dependent blocks it.
fn finish_foreground(world: &mut World, resource: &'static str, owner: &Arc<Value>) -> Result<(), Status> {
    let uid = object::uid(owner);
    let blocking = world.informers.owned_by(uid).into_iter().filter(|(_, dependent)| {
        object::owners(dependent).iter().any(|owner| owner["uid"] == uid && owner["blockOwnerDeletion"] == true)
    });
    let blocking: Vec<_> = blocking.collect();
    if blocking.is_empty() {
        return without_finalizer(world, resource, owner, FOREGROUND);
    }
    for (_, dependent) in blocking.iter().filter(|(_, dependent)| !object::deleting(dependent)) {
        DELETE.enqueue(world, &by_uid(object::uid(dependent)));
    }
    Ok(())
}

fn orphan(world: &mut World, uid: &Name) -> Result<(), Status> {
    let Some((resource, owner)) = world.informers.by_uid(&uid.name) else { return Ok(()) };
    for (of, dependent) in world.informers.owned_by(&uid.name) {
        without_owners(world, of, &dependent, &[json!(uid.name)])?;
    }
    without_finalizer(world, resource, &owner, ORPHANS)
}
