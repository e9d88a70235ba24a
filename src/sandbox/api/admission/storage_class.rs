//! DefaultStorageClass: a claim that names no class gets the default one. v1.20.2
//! `plugin/pkg/admission/storage/storageclass/setdefault`.

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{Resource, Status};

/// What marks a class as the default one.
const DEFAULT: [&str; 2] =
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
/// How a claim named its class before there was a field for it.
const NAMED: &str = "volume.beta.kubernetes.io/storage-class";

/// Gives a claim its class.
///
/// # Errors
/// 403 where several are the default.
pub(super) fn give(world: &World, resource: &Resource, claim: &mut Value) -> Result<(), Status> {
    if !claim["spec"]["storageClassName"].is_null() || !claim["metadata"]["annotations"][NAMED].is_null() {
        return Ok(());
    }
    let classes = world.read_all(Resource::named("storageclasses")?, None);
    let is_default = |class: &Value| DEFAULT.iter().any(|mark| class["metadata"]["annotations"][*mark] == "true");
    let defaults: Vec<_> = classes.iter().filter(|class| is_default(class)).collect();
    match &defaults[..] {
        [] => Ok(()),
        [class] => {
            claim["spec"]["storageClassName"] = json!(class["metadata"]["name"]);
            Ok(())
        }
        several => {
            let name = claim["metadata"]["name"].as_str().unwrap_or_default();
            let why = format!("Internal error occurred: {} default StorageClasses were found", several.len());
            Err(Status::forbidden(resource, name, &why))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_claim_without_a_class_gets_the_default_one_if_there_is_one() {
        let mut world = World::new(1, jiff::Timestamp::UNIX_EPOCH);
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}});
        world.api("test").create("namespaces", None, namespace).unwrap();
        let claim = |world: &mut World, name: &str, class: Value| {
            let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": class}});
            let made = world.api("test").create("persistentvolumeclaims", Some("default"), claim);
            made.map(|claim| claim["spec"]["storageClassName"].clone()).map_err(|status| status.message)
        };
        let class = |name: &str| {
            json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "x/y",
                "metadata": {"name": name, "annotations": {DEFAULT[0]: "true"}}})
        };
        assert_eq!(claim(&mut world, "none", Value::Null), Ok(Value::Null));
        world.api("test").create("storageclasses", None, class("a")).unwrap();
        assert_eq!(claim(&mut world, "one", Value::Null), Ok(json!("a")));
        assert_eq!(claim(&mut world, "asked", json!("")), Ok(json!("")));
        world.api("test").create("storageclasses", None, class("b")).unwrap();
        // As a v1.20.2 cluster says it.
        let refusal =
            "persistentvolumeclaims \"two\" is forbidden: Internal error occurred: 2 default StorageClasses were found";
        assert_eq!(claim(&mut world, "two", Value::Null), Err(refusal.to_owned()));
    }
}
