//! The version that a kind is stored in, where it is not the one that the sandbox holds its objects in.

use serde_json::{Map, Value, json};

use crate::sandbox::api::{RESOURCES, Resource, group_version};

/// The object as it is stored, but for its form.
pub(super) fn to_stored(resource: &Resource, object: &mut Map<String, Value>) {
    if resource.kind == "Ingress" && resource.stored.1 == "v1beta1" {
        each_backend(object, "defaultBackend", "backend", backend_to_beta);
    }
}

/// The other way round, of an object of the stored version.
pub(super) fn to_held(object: &mut Map<String, Value>) {
    let (Some(version), Some(kind)) = (text(object, "apiVersion"), text(object, "kind")) else { return };
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let held = |resource: &&Resource| resource.kind == kind && resource.group == group && resource.version != version;
    let Some(resource) = RESOURCES.iter().filter(held).find(|resource| resource.stored == (group, version)) else {
        return;
    };
    let held = group_version(resource.group, resource.version);
    object.insert("apiVersion".to_owned(), held.into());
    if resource.kind == "Ingress" {
        each_backend(object, "backend", "defaultBackend", backend_from_beta);
    }
}

/// Names the backends of an Ingress as v1beta1 does, or as v1 does.
pub fn name_backends(ingress: &mut Map<String, Value>, beta: bool) {
    match beta {
        true => each_backend(ingress, "defaultBackend", "backend", backend_to_beta),
        false => each_backend(ingress, "backend", "defaultBackend", backend_from_beta),
    }
}

fn text<'a>(object: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    object.get(field).and_then(Value::as_str)
}

/// Renames an Ingress' default backend, and converts all backends.
fn each_backend(ingress: &mut Map<String, Value>, from: &str, to: &str, convert: fn(&mut Map<String, Value>)) {
    let Some(spec) = ingress.get_mut("spec").and_then(Value::as_object_mut) else { return };
    if let Some(mut backend) = spec.shift_remove(from) {
        backend.as_object_mut().into_iter().for_each(convert);
        spec.insert(to.to_owned(), backend);
    }
    let rules = spec.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten();
    for rule in rules {
        let paths = rule.pointer_mut("/http/paths").and_then(Value::as_array_mut).into_iter().flatten();
        for path in paths {
            path.get_mut("backend").and_then(Value::as_object_mut).into_iter().for_each(convert);
        }
    }
}

/// Source: kubernetes v1.20 `pkg/apis/networking/v1beta1/conversion.go`.
fn backend_to_beta(backend: &mut Map<String, Value>) {
    let Some(service) = backend.shift_remove("service") else { return };
    backend.insert("serviceName".to_owned(), service["name"].clone());
    let (name, number) = (&service["port"]["name"], &service["port"]["number"]);
    let port = if name.as_str().is_some_and(|name| !name.is_empty()) { name } else { number };
    backend.insert("servicePort".to_owned(), port.clone());
}

fn backend_from_beta(backend: &mut Map<String, Value>) {
    let (name, port) = (backend.shift_remove("serviceName"), backend.shift_remove("servicePort"));
    let Some(name) = name else { return };
    let port = match port {
        Some(Value::String(name)) => json!({"name": name}),
        Some(Value::Number(number)) if number.as_i64() != Some(0) => json!({"number": number}),
        _ => json!({}),
    };
    backend.insert("service".to_owned(), json!({"name": name, "port": port}));
}
