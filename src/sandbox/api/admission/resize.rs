//! PersistentVolumeClaimResize: v1.20 `plugin/pkg/admission/storage/persistentvolume/resize`.

use serde_json::Value;

use crate::sandbox::World;
use crate::sandbox::api::{Resource, Status};
use crate::sandbox::controllers::volumes::class;
use crate::sandbox::scheduler::resources::Resources;

/// What a volume must be of, to grow.
const GROWING: [&str; 11] = [
    "glusterfs",
    "cinder",
    "rbd",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "azureFile",
    "azureDisk",
    "portworxVolume",
    "flexVolume",
    "scaleIO",
    "csi",
];

/// Refuses a claim that is to grow and cannot.
pub(super) fn check(world: &World, resource: &Resource, claim: &Value, before: &Value) -> Result<(), Status> {
    let asked = |claim: &Value| Resources::parse(&claim["spec"]["resources"]["requests"]).get("storage");
    if asked(claim) <= asked(before) {
        return Ok(());
    }
    let name = claim["metadata"]["name"].as_str().unwrap_or_default();
    let refused = |why: &str| Err(Status::forbidden(resource, name, why));
    if before["status"]["phase"] != "Bound" {
        return refused("Only bound persistent volume claims can be expanded");
    }
    let read = |plural: &str, name: &str| world.read(Resource::named(plural).ok()?, None, name);
    let class = read("storageclasses", class(before));
    if class.is_none_or(|class| class["allowVolumeExpansion"] != true) {
        return refused(
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support \
             resize",
        );
    }
    let Some(volume) = read("persistentvolumes", claim["spec"]["volumeName"].as_str().unwrap_or_default()) else {
        return refused("Error updating persistent volume claim because fetching associated persistent volume failed");
    };
    if !GROWING.iter().any(|kind| volume["spec"][*kind].is_object()) {
        return refused("volume plugin does not support resize");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_can_grow_may_be_asked_to() {
        let mut world = World::new(1, "2026-11-24T15:22:00Z".parse().unwrap());
        let mut make = |plural: &str, object: Value| drop(world.api("t").create(plural, None, object).unwrap());
        for (name, expands) in [("fixed", false), ("wide", true)] {
            make(
                "storageclasses",
                json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
                "metadata": {"name": name}, "provisioner": "a/b", "allowVolumeExpansion": expands}),
            );
        }
        for (name, source) in
            [("host", json!({"path": "/tmp/x"})), ("csi", json!({"driver": "a.b", "volumeHandle": "h"}))]
        {
            let kind = if name == "host" { "hostPath" } else { "csi" };
            make(
                "persistentvolumes",
                json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
                "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, kind: source}}),
            );
        }
        let claim = |class: &str, volume: &str, phase: &str, size: &str| {
            json!({"metadata": {"name": "c"}, "status": {"phase": phase}, "spec": {"storageClassName": class,
                "volumeName": volume, "resources": {"requests": {"storage": size}}}})
        };
        let resource = Resource::named("persistentvolumeclaims").unwrap();
        for (class, volume, phase, why) in [
            ("wide", "csi", "Pending", "Only bound persistent volume claims can be expanded"),
            (
                "fixed",
                "csi",
                "Bound",
                "only dynamically provisioned pvc can be resized and the storageclass that \
                provisions the pvc must support resize",
            ),
            ("wide", "host", "Bound", "volume plugin does not support resize"),
            ("wide", "csi", "Bound", ""),
        ] {
            let (before, next) = (claim(class, volume, phase, "1Gi"), claim(class, volume, phase, "2Gi"));
            let told = check(&world, resource, &next, &before).err().map(|status| status.message).unwrap_or_default();
            let wanted = if why.is_empty() {
                String::new()
            } else {
                format!("persistentvolumeclaims \"c\" is forbidden: {why}")
            };
            assert_eq!(told, wanted);
            assert_eq!(check(&world, resource, &before, &next), Ok(()));
        }
    }
}
