//! A Pod's volumes.

use serde_json::{Value, json};

use super::{child, each, set, set_text};

/// The mode of files that are made from objects: 0644.
const FILE_MODE: i64 = 0o644;

pub(super) fn volume(volume: &mut Value) {
    let sources = volume.as_object().into_iter().flatten();
    if sources.filter(|(key, source)| *key != "name" && !source.is_null()).count() == 0 {
        set(volume, "emptyDir", json!({}));
    }
    for name in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = child(volume, name) {
            set(source, "defaultMode", FILE_MODE);
        }
    }
    if let Some(source) = child(volume, "downwardAPI") {
        field_references(source);
    }
    if let Some(source) = child(volume, "projected") {
        for source in each(source, "sources") {
            if let Some(token) = child(source, "serviceAccountToken") {
                set(token, "expirationSeconds", 3600);
            }
            if let Some(source) = child(source, "downwardAPI") {
                field_references(source);
            }
        }
    }
    if let Some(path) = child(volume, "hostPath") {
        set(path, "type", "");
    }
    remote(volume);
}

fn field_references(source: &mut Value) {
    for item in each(source, "items") {
        if let Some(field) = child(item, "fieldRef") {
            set_text(field, "apiVersion", "v1");
        }
        if let Some(amount) = child(item, "resourceFieldRef") {
            // No default of the API's: Go writes a quantity that nobody has set as nothing of it.
            set_text(amount, "divisor", "0");
        }
    }
}

/// The volumes of machines elsewhere, which Pods and PersistentVolumes share.
pub(super) fn remote(volume: &mut Value) {
    if let Some(disk) = child(volume, "iscsi") {
        set_text(disk, "iscsiInterface", "default");
    }
    if let Some(device) = child(volume, "rbd") {
        set_text(device, "pool", "rbd");
        set_text(device, "user", "admin");
        set_text(device, "keyring", "/etc/ceph/keyring");
    }
    if let Some(disk) = child(volume, "azureDisk") {
        set(disk, "cachingMode", "ReadWrite");
        set(disk, "kind", "Shared");
        set(disk, "fsType", "ext4");
        set(disk, "readOnly", false);
    }
    if let Some(disk) = child(volume, "scaleIO") {
        set_text(disk, "storageMode", "ThinProvisioned");
        set_text(disk, "fsType", "xfs");
    }
}
