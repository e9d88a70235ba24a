//! Pods, and the templates of them.

use serde_json::{Value, json};

use super::{child, child_or_new, each, set, set_number, set_text, volume};

/// A Pod: as a template's, and requests are the limits where they are not given.
pub(super) fn pod(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    for list in ["containers", "initContainers"] {
        for container in each(spec, list) {
            requests(container);
        }
    }
    set(spec, "enableServiceLinks", true);
    self::spec(spec);
}

fn requests(container: &mut Value) {
    let Some(resources) = child(container, "resources") else { return };
    let Some(limits) = resources["limits"].as_object().filter(|limits| !limits.is_empty()).cloned() else { return };
    if let Some(requests) = child_or_new(resources, "requests") {
        for (name, limit) in limits {
            set(requests, &name, limit);
        }
    }
}

/// What holds a `template`.
pub(super) fn template(object: &mut Value) {
    if let Some(template) = child(object, "template") {
        set(template, "metadata", json!({}));
        if let Some(spec) = child(template, "spec") {
            self::spec(spec);
        }
    }
}

/// A Pod's `spec`.
fn spec(spec: &mut Value) {
    set_text(spec, "restartPolicy", "Always");
    set(spec, "terminationGracePeriodSeconds", 30);
    set_text(spec, "dnsPolicy", "ClusterFirst");
    set(spec, "securityContext", json!({}));
    set_text(spec, "schedulerName", "default-scheduler");
    same(spec, "serviceAccountName", "serviceAccount");
    let host_network = spec["hostNetwork"] == true;
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for container in each(spec, list) {
            self::container(container);
            if host_network && list != "ephemeralContainers" {
                each(container, "ports").for_each(|port| {
                    let number = port["containerPort"].as_i64().unwrap_or_default();
                    set_number(port, "hostPort", number);
                });
            }
        }
    }
    each(spec, "volumes").for_each(volume::volume);
}

/// The old name of a field has the value of the new one, and gives it where the new one has none.
fn same(spec: &mut Value, name: &str, old: &str) {
    let given = |name: &str| spec[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(text) = given(name).or_else(|| given(old)) {
        spec[name] = json!(text);
        spec[old] = json!(text);
    }
}

fn container(container: &mut Value) {
    set(container, "resources", json!({}));
    set_text(container, "terminationMessagePath", "/dev/termination-log");
    set_text(container, "terminationMessagePolicy", "File");
    let latest = is_latest(container["image"].as_str().unwrap_or_default());
    set_text(container, "imagePullPolicy", if latest { "Always" } else { "IfNotPresent" });
    each(container, "ports").for_each(|port| set_text(port, "protocol", "TCP"));
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = child(container, name) {
            self::probe(probe);
        }
    }
    if let Some(lifecycle) = child(container, "lifecycle") {
        for name in ["postStart", "preStop"] {
            if let Some(handler) = child(lifecycle, name) {
                http_get(handler);
            }
        }
    }
    for variable in each(container, "env") {
        if let Some(field) = child(variable, "valueFrom").and_then(|from| child(from, "fieldRef")) {
            set_text(field, "apiVersion", "v1");
        }
        if let Some(amount) = child(variable, "valueFrom").and_then(|from| child(from, "resourceFieldRef")) {
            set_text(amount, "divisor", "0");
        }
    }
}

fn probe(probe: &mut Value) {
    for (field, number) in
        [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
    {
        set_number(probe, field, number);
    }
    http_get(probe);
}

fn http_get(handler: &mut Value) {
    if let Some(get) = child(handler, "httpGet") {
        set_text(get, "path", "/");
        set_text(get, "scheme", "HTTP");
    }
}

/// Whether an image's tag is `latest`, which it also is without tag and digest.
fn is_latest(image: &str) -> bool {
    let name = image.split('@').next().unwrap_or(image);
    let last = name.rsplit('/').next().unwrap_or(name);
    match last.split_once(':') {
        Some((_, tag)) => tag == "latest",
        None => !image.contains('@'),
    }
}
