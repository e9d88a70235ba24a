//! Giving a volume to a claim, in four writes of which each may have been made before: `bind`.

use serde_json::{Value, json};

use super::{BIND_COMPLETED, BOUND_BY_CONTROLLER, annotate, annotation, set_status, volume_name};
use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::controllers::update;
use crate::sandbox::informers::Name;
use crate::sandbox::object;

/// Binds the two.
pub(super) fn bind(world: &mut World, volume: &Value, claim: &Value) -> Result<(), Status> {
    update(world, "persistentvolumes", &Name::of(volume), |volume| reserve(volume, claim))?;
    set_phase(world, volume, "Bound", "")?;
    let name = object::name(volume).to_owned();
    update(world, "persistentvolumeclaims", &Name::of(claim), |claim| {
        if volume_name(claim) != Some(name.as_str()) {
            claim["spec"]["volumeName"] = json!(name);
            annotate(claim, BOUND_BY_CONTROLLER, "yes");
        }
        if annotation(claim, BIND_COMPLETED).is_none() {
            annotate(claim, BIND_COMPLETED, "yes");
        }
    })?;
    set_status(world, "persistentvolumeclaims", claim, |status| {
        status["phase"] = json!("Bound");
        status["accessModes"] = volume["spec"]["accessModes"].clone();
        status["capacity"] = volume["spec"]["capacity"].clone();
    })?;
    Ok(())
}

/// Writes a claim into its volume.
pub fn reserve(volume: &mut Value, claim: &Value) {
    let known = &volume["spec"]["claimRef"];
    let by_claim = known.is_object();
    if by_claim && known["uid"] == claim["metadata"]["uid"] {
        return;
    }
    let metadata = &claim["metadata"];
    volume["spec"]["claimRef"] = json!({
        "kind": "PersistentVolumeClaim", "namespace": metadata["namespace"], "name": metadata["name"],
        "uid": metadata["uid"], "apiVersion": "v1", "resourceVersion": metadata["resourceVersion"],
    });
    // One that named the claim by itself was bound by whoever wrote it.
    if !by_claim {
        annotate(volume, BOUND_BY_CONTROLLER, "yes");
    }
}

/// Takes a volume from its claim. One that was meant for a claim of that name stays so.
pub(super) fn unbind(world: &mut World, volume: &Value) -> Result<(), Status> {
    update(world, "persistentvolumes", &Name::of(volume), |volume| {
        if annotation(volume, BOUND_BY_CONTROLLER).is_some() {
            super::drop_field(&mut volume["spec"], "claimRef");
            super::drop_field(&mut volume["metadata"]["annotations"], BOUND_BY_CONTROLLER);
        } else {
            super::drop_field(&mut volume["spec"]["claimRef"], "uid");
        }
    })?;
    set_phase(world, volume, "Available", "").map(|_| ())
}

/// Writes a volume's phase; tells whether it is a new one.
pub(super) fn set_phase(world: &mut World, volume: &Value, phase: &str, message: &str) -> Result<bool, Status> {
    set_status(world, "persistentvolumes", volume, |status| {
        if status["phase"] == phase {
            return;
        }
        status["phase"] = json!(phase);
        super::drop_field(status, "message");
        if !message.is_empty() {
            status["message"] = json!(message);
        }
    })
}
