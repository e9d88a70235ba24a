//! Cells of what is kept.

use serde_json::{Value, json};

use super::{Printed, or};

/// `RWO,ROX`: each once, in this order.
fn modes(of: Printed<'_>, pointer: &str) -> String {
    let known = [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX")];
    let given = of.list(pointer);
    let modes = known.into_iter().filter(|(mode, _)| given.iter().any(|given| given == mode));
    modes.map(|(_, short)| short).collect::<Vec<_>>().join(",")
}

fn phase(of: Printed<'_>) -> &str {
    if of.at("/metadata/deletionTimestamp").is_null() { of.text("/status/phase") } else { "Terminating" }
}

fn volume_mode(of: Printed<'_>) -> &str {
    or(of.text("/spec/volumeMode"), "<unset>")
}

/// The class, whose old place is an annotation.
fn class_of(of: Printed<'_>) -> &str {
    let annotation = of.at("/metadata/annotations")["volume.beta.kubernetes.io/storage-class"].as_str();
    annotation.unwrap_or(of.text("/spec/storageClassName"))
}

pub(super) fn volume(of: Printed<'_>) -> Value {
    let claim = match of.at("/spec/claimRef") {
        Value::Object(_) => format!("{}/{}", of.text("/spec/claimRef/namespace"), of.text("/spec/claimRef/name")),
        _ => String::new(),
    };
    json!([
        of.name(),
        of.text("/spec/capacity/storage"),
        modes(of, "/spec/accessModes"),
        of.text("/spec/persistentVolumeReclaimPolicy"),
        phase(of),
        claim,
        class_of(of),
        of.text("/status/reason"),
        of.age(),
        volume_mode(of),
    ])
}

pub(super) fn claim(of: Printed<'_>) -> Value {
    let volume = of.text("/spec/volumeName");
    let (capacity, modes) = match volume {
        "" => ("", String::new()),
        // A claim may name a volume that it has not got.
        _ => (or(of.text("/status/capacity/storage"), "0"), modes(of, "/status/accessModes")),
    };
    json!([of.name(), phase(of), volume, capacity, modes, class_of(of), of.age(), volume_mode(of)])
}

pub(super) fn class(of: Printed<'_>) -> Value {
    let is_default =
        ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
            .iter()
            .any(|name| of.at("/metadata/annotations")[*name] == "true");
    json!([
        if is_default { format!("{} (default)", of.name()) } else { of.name().to_owned() },
        of.text("/provisioner"),
        or(of.text("/reclaimPolicy"), "Delete"),
        or(of.text("/volumeBindingMode"), "Immediate"),
        of.at("/allowVolumeExpansion") == true,
        of.age(),
    ])
}

pub(super) fn attachment(of: Printed<'_>) -> Value {
    json!([
        of.name(),
        of.text("/spec/attacher"),
        of.text("/spec/source/persistentVolumeName"),
        of.text("/spec/nodeName"),
        of.at("/status/attached") == true,
        of.age(),
    ])
}

pub(super) fn driver(of: Printed<'_>) -> Value {
    let modes = of.list("/spec/volumeLifecycleModes").iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
    let (attach, info) = (of.at("/spec/attachRequired") != false, of.at("/spec/podInfoOnMount") == true);
    json!([of.name(), attach, info, or(&modes, "<unset>"), of.age()])
}
