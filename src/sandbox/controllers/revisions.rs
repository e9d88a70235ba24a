//! ControllerRevisions: the templates that a DaemonSet or StatefulSet has had. pkg/controller/history.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::render::compact_json;
use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status};
use crate::sandbox::informers::Name;
use crate::sandbox::object;

use super::MANAGER;

/// The label of a template's hash.
pub(super) const HASH: &str = "controller-revision-hash";

/// The revision of the owner's template, which is made if there is none: its hash.
///
/// # Errors
/// As the API's.
pub(super) fn current(world: &mut World, owner: &Value) -> Result<Arc<Value>, Status> {
    let template = &owner["spec"]["template"];
    let mut data = json!({"spec": {"template": template}});
    data["spec"]["template"]["$patch"] = json!("replace");
    let known = world.informers.controlled_by(object::uid(owner), "controllerrevisions");
    let highest = known.iter().map(|revision| object::int(&revision["revision"], 0)).max().unwrap_or(0);
    if let Some(same) = known.iter().find(|revision| revision["data"] == data) {
        if object::int(&same["revision"], 0) == highest {
            return Ok(same.clone());
        }
        let mut newest = Value::clone(same);
        newest["revision"] = json!(highest + 1);
        return world.api(MANAGER).update("controllerrevisions", Name::of(owner).ns(), newest);
    }
    let hash = match owner["kind"].as_str() {
        Some("DaemonSet") => object::template_hash(template, None),
        _ => object::safe_encode(object::fnv32(&raw(&data))),
    };
    let mut labels = template["metadata"]["labels"].clone();
    labels[HASH] = json!(hash);
    let made = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {
            "name": format!("{}-{hash}", object::name(owner)), "namespace": object::namespace(owner), "labels": labels,
            "ownerReferences": [object::owner_reference(owner, true)],
        },
        "data": data, "revision": highest + 1,
    });
    world.api(MANAGER).create("controllerrevisions", Name::of(owner).ns(), made)
}

/// A revision's data as a StatefulSet's hash is taken of it: `HashControllerRevision`, with the number of collisions.
fn raw(data: &Value) -> Vec<u8> {
    format!("{}0", compact_json(data)).into_bytes()
}

/// A revision's hash.
pub(super) fn hash(revision: &Value) -> String {
    revision["metadata"]["labels"][HASH].as_str().unwrap_or_default().to_owned()
}

/// Deletes the oldest revisions that no Pod is of, past `revisionHistoryLimit`.
///
/// # Errors
/// As the API's.
pub(super) fn clean_up(world: &mut World, owner: &Value, live: &[String]) -> Result<(), Status> {
    let limit = usize::try_from(object::int(&owner["spec"]["revisionHistoryLimit"], 10)).unwrap_or(usize::MAX);
    let mut old = world.informers.controlled_by(object::uid(owner), "controllerrevisions");
    old.retain(|revision| !live.contains(&hash(revision)));
    old.sort_by_key(|revision| object::int(&revision["revision"], 0));
    let extra = old.len().saturating_sub(limit);
    for revision in old.iter().take(extra) {
        world.api(MANAGER).delete(
            "controllerrevisions",
            Name::of(owner).ns(),
            object::name(revision),
            &DeleteOptions::default(),
        )?;
    }
    Ok(())
}
