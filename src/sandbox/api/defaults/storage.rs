//! What is kept, and how much of it.

use serde_json::{Map, Value, json};

use super::{child, child_or_new, each, set, set_text, volume as volumes};

/// `stringData` becomes `data`, in base64.
pub(super) fn secret(object: &mut Value) {
    use base64::Engine as _;
    set_text(object, "type", "Opaque");
    let texts = object.as_object_mut().and_then(|fields| fields.shift_remove("stringData"));
    let Some(Value::Object(texts)) = texts.filter(|texts| texts.as_object().is_some_and(|texts| !texts.is_empty()))
    else {
        return;
    };
    if let Some(Value::Object(data)) = child_or_new(object, "data") {
        for (key, text) in texts {
            let bytes = text.as_str().unwrap_or_default();
            data.insert(key, json!(base64::engine::general_purpose::STANDARD.encode(bytes)));
        }
        let mut sorted: Vec<(String, Value)> = std::mem::take(data).into_iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        *data = sorted.into_iter().collect::<Map<String, Value>>();
    }
}

pub(super) fn claim(object: &mut Value) {
    phase(object);
    if let Some(spec) = child(object, "spec") {
        set(spec, "volumeMode", "Filesystem");
    }
}

pub(super) fn volume(object: &mut Value) {
    phase(object);
    let Some(spec) = child(object, "spec") else { return };
    set_text(spec, "persistentVolumeReclaimPolicy", "Retain");
    set(spec, "volumeMode", "Filesystem");
    if let Some(path) = child(spec, "hostPath") {
        set(path, "type", "");
    }
    volumes::remote(spec);
}

fn phase(object: &mut Value) {
    if let Some(status) = child_or_new(object, "status") {
        set_text(status, "phase", "Pending");
    }
}

/// A driver of volumes.
pub(super) fn driver(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    set(spec, "attachRequired", true);
    set(spec, "podInfoOnMount", false);
    set(spec, "volumeLifecycleModes", serde_json::json!(["Persistent"]));
    set(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
}

pub(super) fn class(object: &mut Value) {
    set(object, "reclaimPolicy", "Delete");
    set(object, "volumeBindingMode", "Immediate");
}

/// Of containers: the default limit is the most, and the default request the limit, or else the least.
pub(super) fn limit_range(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    for item in each(spec, "limits").filter(|item| item["type"] == "Container") {
        for (field, from) in [("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")] {
            let amounts = item[from].as_object().cloned().unwrap_or_default();
            if let Some(to) = child_or_new(item, field) {
                for (name, amount) in amounts {
                    set(to, &name, amount);
                }
            }
        }
    }
}
