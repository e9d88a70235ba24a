//! One pass for a volume: `syncVolume`.

use std::sync::Arc;

use serde_json::Value;

use super::bind::{set_phase, unbind};
use super::{CLAIMS, PROVISIONED_BY, claim_of, matching, reclaim, volume_name, warn};
use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::informers::Name;
use crate::sandbox::object;

/// Says how a volume stands to its claim, and gives it back when that is gone.
pub(super) fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(volume) = world.informers.get("persistentvolumes", "", &name.name) else { return Ok(()) };
    drop(stand(world, &volume));
    Ok(())
}

fn stand(world: &mut World, volume: &Arc<Value>) -> Result<(), Status> {
    let uid = volume["spec"]["claimRef"]["uid"].as_str().unwrap_or_default();
    let named = claim_of(volume);
    let Some(name) = named.filter(|_| !uid.is_empty()) else {
        return set_phase(world, volume, "Available", "").map(|_| ());
    };
    let claim = world.informers.get("persistentvolumeclaims", &name.namespace, &name.name);
    let Some(claim) = claim.filter(|claim| object::uid(claim) == uid) else {
        if !matches!(volume["status"]["phase"].as_str(), Some("Released" | "Failed")) {
            set_phase(world, volume, "Released", "")?;
        }
        return reclaim::reclaim(world, volume);
    };
    match volume_name(&claim) {
        None => {
            if matching::volume_mode(&volume["spec"]) != matching::volume_mode(&claim["spec"]) {
                let message = format!(
                    "Cannot bind PersistentVolume to requested PersistentVolumeClaim {:?} due to incompatible volumeMode.",
                    object::name(&claim)
                );
                warn(world, volume, "VolumeMismatch", &message);
                let message = format!(
                    "Cannot bind PersistentVolume {:?} to requested PersistentVolumeClaim due to incompatible volumeMode.",
                    object::name(volume)
                );
                warn(world, &claim, "VolumeMismatch", &message);
                return Ok(());
            }
            CLAIMS.enqueue(world, &name);
            Ok(())
        }
        Some(own) if own == object::name(volume) => set_phase(world, volume, "Bound", "").map(|_| ()),
        // The claim got another one meanwhile.
        Some(_) if made_for(volume) => {
            set_phase(world, volume, "Released", "")?;
            reclaim::reclaim(world, volume)
        }
        Some(_) => unbind(world, volume),
    }
}

/// Whether a volume was made for its claim, and is to go with it.
fn made_for(volume: &Value) -> bool {
    super::annotation(volume, PROVISIONED_BY).is_some() && volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete"
}
