//! PersistentVolumes, their claims and StorageClasses.
//!
//! Source: v1.20.2 `pkg/apis/core/validation`, `pkg/apis/storage/validation`.

use serde_json::Value;

use super::causes::Causes;
use super::{affinity, go, items, meta, names, quantity, said, sorted, text, volume};
use crate::render::Quantity;

const MODES: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce"];
/// Kinds of volumes, in the order in which they are looked for.
const KINDS: &[&str] = &[
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "flocker",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "iscsi",
    "cinder",
    "fc",
    "flexVolume",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
];

/// A PersistentVolume; as a change of `old`, if that is given.
pub(super) fn volume(new: &Value, old: Option<&Value>, causes: &mut Causes) {
    let spec = &new["spec"];
    if items(&spec["accessModes"]).is_empty() {
        causes.required("spec.accessModes", "");
    }
    for mode in items(&spec["accessModes"]) {
        causes.one_of("spec.accessModes", text(mode), MODES);
    }
    capacity(&spec["capacity"], causes);
    match text(&spec["persistentVolumeReclaimPolicy"]) {
        "" => {}
        policy => causes.one_of("spec.persistentVolumeReclaimPolicy", policy, &["Delete", "Recycle", "Retain"]),
    }
    if spec["nodeAffinity"].is_object() {
        let required = &spec["nodeAffinity"]["required"];
        if required.is_object() {
            affinity::node_selector(required, "spec.nodeAffinity.required", causes);
        } else {
            causes.required("spec.nodeAffinity.required", "must specify required node constraints");
        }
    }
    source(spec, causes);
    if spec["hostPath"]["path"] == "/" && spec["persistentVolumeReclaimPolicy"] == "Recycle" {
        let why = "may not be 'recycle' for a hostPath mount of '/'";
        causes.forbidden("spec.persistentVolumeReclaimPolicy", why);
    }
    class_and_mode(spec, causes);
    if let Some(old) = old {
        let of = |spec: &Value| -> Vec<Value> { KINDS.iter().map(|kind| said(&spec[*kind])).collect() };
        if of(spec) != of(&old["spec"]) {
            let why = "spec.persistentvolumesource is immutable after creation";
            causes.forbidden("spec.persistentvolumesource", why);
        }
        let (mode, before) = (&spec["volumeMode"], &old["spec"]["volumeMode"]);
        causes.immutable("volumeMode", go::value(mode), mode == before);
    }
}

fn capacity(capacity: &Value, causes: &mut Causes) {
    let amounts = sorted(capacity);
    if amounts.is_empty() {
        causes.required("spec.capacity", "");
    }
    if amounts.len() != 1 || capacity["storage"].is_null() {
        let shown = if capacity.is_null() {
            "core.ResourceList(nil)".to_owned()
        } else {
            let amounts: Vec<String> =
                amounts.iter().map(|(name, value)| format!("{name:?}:{}", go::quantity(value))).collect();
            format!("core.ResourceList{{{}}}", amounts.join(", "))
        };
        causes.unsupported("spec.capacity", shown, &["storage"]);
    }
    for (name, value) in amounts {
        if quantity(value).is_some_and(|amount| amount < Quantity::ZERO) {
            let field = format!("spec.capacity[{name}]");
            causes.invalid(&field, go::shown(value), "must be a valid resource quantity");
        }
        positive(value, &format!("spec.capacity[{name}]"), causes);
    }
}

fn positive(value: &Value, field: &str, causes: &mut Causes) {
    if quantity(value).is_some_and(|amount| amount <= Quantity::ZERO) {
        causes.invalid(field, format!("{:?}", go::shown(value)), "must be greater than zero");
    }
}

fn source(spec: &Value, causes: &mut Causes) {
    let mut found = 0;
    for kind in KINDS {
        if !spec[*kind].is_object() {
            continue;
        }
        found += 1;
        let path = format!("spec.{kind}");
        if found > 1 {
            causes.forbidden(path, "may not specify more than 1 volume type");
            continue;
        }
        match *kind {
            "hostPath" => volume::host_path(&spec["hostPath"], &path, causes),
            "nfs" => volume::nfs(&spec["nfs"], &path, causes),
            "local" => {
                if text(&spec["local"]["path"]).is_empty() {
                    causes.required("spec.local.path", "");
                }
                if !spec["nodeAffinity"].is_object() {
                    causes.required("spec.nodeAffinity", "Local volume requires node affinity");
                }
            }
            _ => {}
        }
    }
    if found == 0 {
        causes.required("spec", "must specify a volume type");
    }
}

fn class_and_mode(spec: &Value, causes: &mut Causes) {
    let class = text(&spec["storageClassName"]);
    if !class.is_empty() {
        causes.invalid_text("spec.storageClassName", class, names::subdomain(class));
    }
    if spec["volumeMode"].is_string() {
        causes.one_of("spec.volumeMode", text(&spec["volumeMode"]), &["Block", "Filesystem"]);
    }
}

/// A claim; as a change of `old`, if that is given.
pub(super) fn claim(new: &Value, old: Option<&Value>, causes: &mut Causes) {
    claim_spec(&new["spec"], "spec", causes);
    let Some(old) = old else { return };
    let (spec, before) = (&new["spec"], &old["spec"]);
    let asked = |spec: &Value| quantity(&spec["resources"]["requests"]["storage"]);
    let bound = old["status"]["phase"] == "Bound";
    let mut same = spec.clone();
    if bound {
        same["resources"]["requests"] = before["resources"]["requests"].clone();
    }
    if text(&before["volumeName"]).is_empty() {
        same["volumeName"] = before["volumeName"].clone();
    }
    let differs =
        ["accessModes", "selector", "resources", "volumeName", "storageClassName", "volumeMode", "dataSource"]
            .iter()
            .any(|field| said(&same[*field]) != said(&before[*field]));
    if differs {
        let why = "spec is immutable after creation except resources.requests for bound claims";
        causes.forbidden("spec", why);
    }
    if bound && asked(spec) < asked(before) {
        causes.forbidden("spec.resources.requests.storage", "field can not be less than previous value");
    }
}

fn claim_spec(spec: &Value, path: &str, causes: &mut Causes) {
    if items(&spec["accessModes"]).is_empty() {
        causes.required(format!("{path}.accessModes"), "at least 1 access mode is required");
    }
    meta::selector(&spec["selector"], &format!("{path}.selector"), causes);
    for mode in items(&spec["accessModes"]) {
        causes.one_of(format!("{path}.accessModes"), text(mode), MODES);
    }
    let storage = &spec["resources"]["requests"]["storage"];
    if storage.is_null() {
        causes.required(format!("{path}.resources[storage]"), "");
    } else {
        positive(storage, &format!("{path}.resources[storage]"), causes);
    }
    class_and_mode(spec, causes);
}

/// A StorageClass; as a change of `old`, if that is given.
pub(super) fn class(new: &Value, old: Option<&Value>, causes: &mut Causes) {
    if let Some(old) = old {
        for field in ["parameters", "provisioner", "reclaimPolicy"] {
            if said(&new[field]) != said(&old[field]) {
                causes.forbidden(field, &format!("updates to {field} are forbidden."));
            }
        }
        let (mode, before) = (&new["volumeBindingMode"], &old["volumeBindingMode"]);
        causes.immutable("volumeBindingMode", go::value(mode), mode == before);
        return;
    }
    let provisioner = text(&new["provisioner"]);
    if provisioner.is_empty() {
        causes.required("provisioner", "");
    } else {
        causes.invalid_text("provisioner", provisioner, names::qualified(&provisioner.to_lowercase()));
    }
    for (key, _) in sorted(&new["parameters"]) {
        if key.is_empty() {
            causes.invalid("parameters", "\"\"", "field can not be empty.");
        }
    }
    causes.one_of("reclaimPolicy", text(&new["reclaimPolicy"]), &["Delete", "Retain"]);
    let mode = text(&new["volumeBindingMode"]);
    causes.one_of("volumeBindingMode", mode, &["Immediate", "WaitForFirstConsumer"]);
    for (index, topology) in items(&new["allowedTopologies"]).iter().enumerate() {
        for (at, expression) in items(&topology["matchLabelExpressions"]).iter().enumerate() {
            let path = format!("allowedTopologies[{index}].matchLabelExpressions[{at}]");
            if items(&expression["values"]).is_empty() {
                causes.required(format!("{path}.values"), "");
            }
            let key = text(&expression["key"]);
            causes.invalid_text(format!("{path}.key"), key, names::qualified(key));
        }
    }
}
