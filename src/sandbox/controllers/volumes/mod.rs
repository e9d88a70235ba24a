//! Persistent volumes: which claim gets which, and what becomes of a volume that is given back.
//! pkg/controller/volume/persistentvolume, `pv_controller.go`.
//!
//! - `claim`, `volume`: one pass for a claim, one for a volume; `bind`: giving the one to the other
//! - `matching`: the volume that suits a claim best; the scheduler asks too, for a node
//! - `reclaim`: a volume whose claim is gone; `protection`: the finalizers of what is in use
//!
//! Not modelled: provisioners, which are programs beside the cluster, and the expansion of volumes.

mod bind;
mod claim;
pub mod matching;
mod protection;
mod reclaim;
mod volume;

use std::time::Duration;

use serde_json::{Value, json};

pub use bind::reserve;

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::informers::{Heard, Name};
use crate::sandbox::object;
use crate::sandbox::recorder::record;

use super::MANAGER;
use super::queue::Controller;

/// Who records the events.
const COMPONENT: &str = "persistentvolume-controller";
/// How often all claims and volumes are looked at: `PVClaimBinderSyncPeriod`. What waits for a volume waits for that.
const RESYNC: Duration = Duration::from_secs(15);
/// Whoever bound the two was this controller.
const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// Nothing more is to be done to bind the claim.
pub const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// Which provisioner made the volume.
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// Which provisioner is to make one.
const PROVISIONER: &str = "volume.beta.kubernetes.io/storage-provisioner";
/// The node that the scheduler chose for the claim's first Pod.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";

const CLAIMS: Controller = Controller::new("persistentvolumeclaims", claim::sync);
const VOLUMES: Controller = Controller::new("persistentvolumes", volume::sync);

/// Starts the controllers.
pub(super) fn start(world: &mut World) {
    world.informers.watch("persistentvolumeclaims", claim_changed);
    world.informers.watch("persistentvolumes", |world, heard| {
        VOLUMES.enqueue(world, &heard.name);
        // A claim whose volume is gone is lost.
        if heard.now.is_none()
            && let Some(claim) = claim_of(heard.object())
        {
            CLAIMS.enqueue(world, &claim);
        }
    });
    super::every(world, RESYNC, |world| {
        let claims: Vec<Name> = unsettled(world, "persistentvolumeclaims");
        let volumes: Vec<Name> = unsettled(world, "persistentvolumes");
        volumes.iter().for_each(|name| VOLUMES.enqueue(world, name));
        claims.iter().for_each(|name| CLAIMS.enqueue(world, name));
    });
    protection::start(world);
}

/// What is not bound: a pass over the others would change nothing.
fn unsettled(world: &World, resource: &str) -> Vec<Name> {
    let all = world.informers.list(resource).filter(|object| object["status"]["phase"] != "Bound");
    all.map(|object| Name::of(object)).collect()
}

fn claim_changed(world: &mut World, heard: &Heard) {
    if heard.now.is_some() {
        return CLAIMS.enqueue(world, &heard.name);
    }
    // Its volume is to be given back.
    if let Some(volume) = volume_name(heard.object()) {
        VOLUMES.enqueue(world, &Name::new("", volume));
    }
}

/// The volume that a claim has or asks for.
fn volume_name(claim: &Value) -> Option<&str> {
    claim["spec"]["volumeName"].as_str().filter(|name| !name.is_empty())
}

/// The claim that a volume is for.
fn claim_of(volume: &Value) -> Option<Name> {
    let claim = &volume["spec"]["claimRef"];
    Some(Name::new(claim["namespace"].as_str()?, claim["name"].as_str()?))
}

fn annotation<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object["metadata"]["annotations"].get(name)?.as_str()
}

fn annotate(object: &mut Value, name: &str, value: &str) {
    if !object["metadata"]["annotations"].is_object() {
        object["metadata"]["annotations"] = json!({});
    }
    object["metadata"]["annotations"][name] = json!(value);
}

/// The class of a claim or a volume; empty: none. The annotation is older than the field.
pub fn class(object: &Value) -> &str {
    let old = annotation(object, "volume.beta.kubernetes.io/storage-class");
    old.or(object["spec"]["storageClassName"].as_str()).unwrap_or_default()
}

/// Whether the claims of a class wait until a Pod that uses them is scheduled.
pub fn waits_for_consumer(world: &World, claim: &Value) -> bool {
    let class = world.informers.get("storageclasses", "", class(claim));
    class.is_some_and(|class| class["volumeBindingMode"] == "WaitForFirstConsumer")
}

fn warn(world: &mut World, about: &Value, reason: &str, message: &str) {
    record(world, COMPONENT, about, "Warning", reason, message);
}

/// Writes a status where it differs; tells whether it did.
fn set_status(
    world: &mut World,
    resource: &str,
    object: &Value,
    change: impl FnOnce(&mut Value),
) -> Result<bool, Status> {
    let name = Name::of(object);
    let known = world.api(MANAGER).get(resource, name.ns(), &name.name)?;
    let mut next = Value::clone(&known);
    change(&mut next["status"]);
    if next["status"] == known["status"] {
        return Ok(false);
    }
    world.api(MANAGER).update_status(resource, name.ns(), next)?;
    Ok(true)
}

/// Takes a field away.
fn drop_field(object: &mut Value, field: &str) {
    if let Some(fields) = object.as_object_mut() {
        fields.shift_remove(field);
    }
}

/// Whether a volume is for this very claim, or for one of its name.
fn is_for(volume: &Value, claim: &Value) -> bool {
    let reference = &volume["spec"]["claimRef"];
    let uid = reference["uid"].as_str().unwrap_or_default();
    claim_of(volume).is_some_and(|name| name == Name::of(claim)) && (uid.is_empty() || uid == object::uid(claim))
}
