//! Volumes.
//!
//! Source: v1.20.2 `pkg/apis/core/validation/validation.go`.

use serde_json::Value;

use super::causes::Causes;
use super::{container, env, items, names, quantity, text};
use crate::render::Quantity;

/// What a hostPath may be.
const HOST_PATHS: &[&str] =
    &["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
/// Kinds of volumes, in the order in which they are looked for.
const KINDS: &[&str] = &[
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
];

/// The volumes of a Pod's spec; returns the names of those that can be mounted.
pub(super) fn volumes<'a>(spec: &'a Value, path: &str, causes: &mut Causes) -> Vec<&'a str> {
    let mut known: Vec<&str> = Vec::new();
    for (index, volume) in items(&spec["volumes"]).iter().enumerate() {
        let path = format!("{path}.volumes[{index}]");
        let before = causes.0.len();
        source(volume, &path, causes);
        let name = text(&volume["name"]);
        let wrong = names::label(name);
        if name.is_empty() {
            causes.required(format!("{path}.name"), "");
        } else if !wrong.is_empty() {
            causes.invalid_text(format!("{path}.name"), name, wrong);
        }
        if known.contains(&name) {
            causes.duplicate(format!("{path}.name"), format!("{name:?}"), "");
        }
        if causes.0.len() == before {
            known.push(name);
        }
    }
    known
}

fn source(volume: &Value, path: &str, causes: &mut Causes) {
    let mut found = 0;
    for kind in KINDS {
        let source = &volume[*kind];
        if !source.is_object() {
            continue;
        }
        found += 1;
        let path = format!("{path}.{kind}");
        if found > 1 {
            causes.forbidden(path, "may not specify more than 1 volume type");
            continue;
        }
        of_kind(kind, source, &path, causes);
    }
    if found == 0 {
        causes.required(path, "must specify a volume type");
    }
}

fn of_kind(kind: &str, source: &Value, path: &str, causes: &mut Causes) {
    match kind {
        "emptyDir" if quantity(&source["sizeLimit"]).is_some_and(|size| size < Quantity::ZERO) => {
            causes.forbidden(format!("{path}.sizeLimit"), "SizeLimit field must be a valid resource quantity");
        }
        "hostPath" => host_path(source, path, causes),
        "nfs" => nfs(source, path, causes),
        "persistentVolumeClaim" if text(&source["claimName"]).is_empty() => {
            causes.required(format!("{path}.claimName"), "");
        }
        "secret" => {
            if text(&source["secretName"]).is_empty() {
                causes.required(format!("{path}.secretName"), "");
            }
            mode(&source["defaultMode"], &format!("{path}.defaultMode"), causes);
            keys(source, path, causes);
        }
        "configMap" => {
            if text(&source["name"]).is_empty() {
                causes.required(format!("{path}.name"), "");
            }
            mode(&source["defaultMode"], &format!("{path}.defaultMode"), causes);
            keys(source, path, causes);
        }
        "downwardAPI" => {
            mode(&source["defaultMode"], &format!("{path}.defaultMode"), causes);
            downward(source, path, causes);
        }
        "projected" => {
            mode(&source["defaultMode"], &format!("{path}.defaultMode"), causes);
            projected(source, path, causes);
        }
        _ => {}
    }
}

/// A path of the host.
pub(super) fn host_path(source: &Value, path: &str, causes: &mut Causes) {
    let own = text(&source["path"]);
    if own.is_empty() {
        causes.required(format!("{path}.path"), "");
        return;
    }
    container::no_backsteps(own, &format!("{path}.path"), causes);
    if source["type"].is_string() {
        causes.one_of(format!("{path}.type"), text(&source["type"]), HOST_PATHS);
    }
}

/// A directory of an NFS server.
pub(super) fn nfs(source: &Value, path: &str, causes: &mut Causes) {
    for field in ["server", "path"] {
        if text(&source[field]).is_empty() {
            causes.required(format!("{path}.{field}"), "");
        }
    }
    let own = text(&source["path"]);
    if !own.starts_with('/') {
        causes.invalid(format!("{path}.path"), format!("{own:?}"), "must be an absolute path");
    }
}

fn mode(mode: &Value, field: &str, causes: &mut Causes) {
    if let Some(mode) = mode.as_i64().filter(|mode| !(0..=0o777).contains(mode)) {
        causes.invalid(field, mode, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}

/// Which keys become which files.
fn keys(source: &Value, path: &str, causes: &mut Causes) {
    for (index, item) in items(&source["items"]).iter().enumerate() {
        let path = format!("{path}.items[{index}]");
        if text(&item["key"]).is_empty() {
            causes.required(format!("{path}.key"), "");
        }
        file(text(&item["path"]), &format!("{path}.path"), causes);
        mode(&item["mode"], &format!("{path}.mode"), causes);
    }
}

/// The path of a file within a volume.
fn file(path: &str, field: &str, causes: &mut Causes) {
    if path.is_empty() {
        causes.required(field, "");
        return;
    }
    container::descending(path, field, causes);
    if path.starts_with("..") && !path.split('/').any(|part| part == "..") {
        causes.invalid(field, format!("{path:?}"), "must not start with '..'");
    }
}

fn downward(source: &Value, path: &str, causes: &mut Causes) {
    const FIELDS: &[&str] =
        &["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
    for item in items(&source["items"]) {
        file(text(&item["path"]), &format!("{path}.path"), causes);
        let (field, resource) = (&item["fieldRef"], &item["resourceFieldRef"]);
        if field.is_object() {
            env::field_ref(field, &format!("{path}.fieldRef"), FIELDS, causes);
            if resource.is_object() {
                let why = "fieldRef and resourceFieldRef can not be specified simultaneously";
                causes.invalid(path, "\"resource\"", why);
            }
        } else if resource.is_object() {
            env::resource_ref(resource, &format!("{path}.resourceFieldRef"), true, causes);
        } else {
            causes.required(path, "one of fieldRef and resourceFieldRef is required");
        }
        mode(&item["mode"], &format!("{path}.mode"), causes);
    }
}

fn projected(source: &Value, path: &str, causes: &mut Causes) {
    for (index, projection) in items(&source["sources"]).iter().enumerate() {
        let (list, own_path) = (path, format!("{path}.sources[{index}]"));
        let mut found = 0;
        for kind in ["secret", "configMap", "downwardAPI", "serviceAccountToken"] {
            let own = &projection[kind];
            let path = format!("{own_path}.{kind}");
            if !own.is_object() {
                continue;
            }
            found += 1;
            if found > 1 {
                causes.forbidden(&own_path, "may not specify more than 1 volume type");
                continue;
            }
            match kind {
                "downwardAPI" => downward(own, &path, causes),
                "serviceAccountToken" => {
                    let seconds = own["expirationSeconds"].as_i64().unwrap_or(3600);
                    if seconds < 600 {
                        let why = "may not specify a duration less than 10 minutes";
                        causes.invalid(format!("{path}.expirationSeconds"), seconds, why);
                    }
                    if seconds > 1 << 32 {
                        let why = "may not specify a duration larger than 2^32 seconds";
                        causes.invalid(format!("{path}.expirationSeconds"), seconds, why);
                    }
                    // Told of the whole volume, as upstream does.
                    file(text(&own["path"]), &format!("{list}.path"), causes);
                }
                _ => {
                    if text(&own["name"]).is_empty() {
                        causes.required(format!("{path}.name"), "");
                    }
                    keys(own, &path, causes);
                }
            }
        }
    }
}
