//! Containers.
//!
//! Source: v1.20.2 `pkg/apis/core/validation/validation.go`.

use serde_json::Value;

use super::causes::Causes;
use super::{env, go, items, names, probe, resources, text};

/// The containers of a Pod's spec; `volumes` are the names of its volumes.
pub(super) fn containers(spec: &Value, path: &str, volumes: &[&str], causes: &mut Causes) {
    let list = items(&spec["containers"]);
    if list.is_empty() {
        causes.required(format!("{path}.containers"), "");
        return;
    }
    let mut names: Vec<&str> = Vec::new();
    for (index, container) in list.iter().enumerate() {
        let path = format!("{path}.containers[{index}]");
        self::container(container, &path, volumes, &mut names, causes);
        let lifecycle = &container["lifecycle"];
        for name in ["postStart", "preStop"] {
            if lifecycle[name].is_object() {
                probe::handler(&lifecycle[name], &format!("{path}.lifecycle.{name}"), causes);
            }
        }
        for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
            let field = format!("{path}.{name}");
            probe::probe(&container[name], &field, causes);
            let successes = container[name]["successThreshold"].as_i64().unwrap_or(1);
            if name != "readinessProbe" && container[name].is_object() && successes != 1 {
                causes.invalid(format!("{field}.successThreshold"), successes, "must be 1");
            }
        }
    }
    host_ports(list, &format!("{path}.containers"), causes);
}

/// Its init containers.
pub(super) fn init(spec: &Value, path: &str, volumes: &[&str], causes: &mut Causes) {
    let mut names: Vec<&str> = items(&spec["containers"]).iter().map(|other| text(&other["name"])).collect();
    let list = items(&spec["initContainers"]);
    for (index, container) in list.iter().enumerate() {
        let path = format!("{path}.initContainers[{index}]");
        self::container(container, &path, volumes, &mut names, causes);
        if container["lifecycle"].is_object() {
            let (start, stop) = (&container["lifecycle"]["postStart"], &container["lifecycle"]["preStop"]);
            let shown = format!(
                "core.Lifecycle{{PostStart:{}, PreStop:{}}}",
                go::pointer("core.Handler", start),
                go::pointer("core.Handler", stop)
            );
            causes.invalid(format!("{path}.lifecycle"), shown, "must not be set for init containers");
        }
        for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
            if container[name].is_object() {
                let shown = probe::shown(&container[name]);
                causes.invalid(format!("{path}.{name}"), shown, "must not be set for init containers");
            }
        }
    }
    host_ports(list, &format!("{path}.initContainers"), causes);
}

fn container<'a>(container: &'a Value, path: &str, volumes: &[&str], names: &mut Vec<&'a str>, causes: &mut Causes) {
    let name = text(&container["name"]);
    let field = format!("{path}.name");
    let wrong = names::label(name);
    if name.is_empty() {
        causes.required(field, "");
    } else if !wrong.is_empty() {
        causes.invalid_text(field, name, wrong);
    } else if names.contains(&name) {
        causes.duplicate(field, format!("{name:?}"), "");
    }
    names.push(name);
    let image = text(&container["image"]);
    if image.is_empty() {
        causes.required(format!("{path}.image"), "");
    } else if image.trim() != image {
        let why = "must not have leading or trailing whitespace";
        causes.invalid(format!("{path}.image"), format!("{image:?}"), why);
    }
    match text(&container["terminationMessagePolicy"]) {
        // Defaults fill it in.
        "" | "File" | "FallbackToLogsOnError" => {}
        other => causes.invalid(
            format!("{path}.terminationMessagePolicy"),
            format!("{other:?}"),
            "must be 'File' or 'FallbackToLogsOnError'",
        ),
    }
    ports(container, path, causes);
    env::env(container, path, causes);
    env::env_from(container, path, causes);
    for (index, device) in items(&container["volumeDevices"]).iter().enumerate() {
        let path = format!("{path}.volumeDevices[{index}]");
        if !volumes.contains(&text(&device["name"])) {
            causes.not_found(format!("{path}.name"), text(&device["name"]));
        }
        if text(&device["devicePath"]).is_empty() {
            causes.required(format!("{path}.devicePath"), "");
        }
    }
    mounts(container, path, volumes, causes);
    match text(&container["imagePullPolicy"]) {
        "" => causes.required(format!("{path}.imagePullPolicy"), ""),
        policy => causes.one_of(format!("{path}.imagePullPolicy"), policy, &["Always", "IfNotPresent", "Never"]),
    }
    resources::requirements(&container["resources"], &format!("{path}.resources"), causes);
    security(&container["securityContext"], &format!("{path}.securityContext"), causes);
}

fn ports(container: &Value, path: &str, causes: &mut Causes) {
    let mut names = Vec::new();
    for (index, port) in items(&container["ports"]).iter().enumerate() {
        let path = format!("{path}.ports[{index}]");
        let name = text(&port["name"]);
        if !name.is_empty() {
            let wrong = names::port_name(name);
            if !wrong.is_empty() {
                causes.invalid_text(format!("{path}.name"), name, wrong);
            } else if names.contains(&name) {
                causes.duplicate(format!("{path}.name"), format!("{name:?}"), "");
            } else {
                names.push(name);
            }
        }
        match port["containerPort"].as_i64().unwrap_or_default() {
            0 => causes.required(format!("{path}.containerPort"), ""),
            number => causes.port(format!("{path}.containerPort"), number),
        }
        if let Some(number) = port["hostPort"].as_i64().filter(|number| *number != 0) {
            causes.port(format!("{path}.hostPort"), number);
        }
        match text(&port["protocol"]) {
            "" => causes.required(format!("{path}.protocol"), ""),
            protocol => causes.one_of(format!("{path}.protocol"), protocol, &["SCTP", "TCP", "UDP"]),
        }
    }
}

/// No two containers can have one port of the host.
fn host_ports(containers: &[Value], path: &str, causes: &mut Causes) {
    let mut taken: Vec<String> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        for (at, port) in items(&container["ports"]).iter().enumerate() {
            let Some(number) = port["hostPort"].as_i64().filter(|number| *number != 0) else { continue };
            let key = format!("{}/{}/{number}", text(&port["protocol"]), text(&port["hostIP"]));
            if taken.contains(&key) {
                causes.duplicate(format!("{path}[{index}].ports[{at}].hostPort"), format!("{key:?}"), "");
            }
            taken.push(key);
        }
    }
}

fn mounts(container: &Value, path: &str, volumes: &[&str], causes: &mut Causes) {
    let mut points = Vec::new();
    let list = format!("{path}.volumeMounts");
    for (index, mount) in items(&container["volumeMounts"]).iter().enumerate() {
        let path = format!("{list}[{index}]");
        let (name, point) = (text(&mount["name"]), text(&mount["mountPath"]));
        if name.is_empty() {
            causes.required(format!("{path}.name"), "");
        }
        if !volumes.contains(&name) {
            causes.not_found(format!("{path}.name"), name);
        }
        if point.is_empty() {
            causes.required(format!("{path}.mountPath"), "");
        }
        if points.contains(&point) {
            causes.invalid(format!("{path}.mountPath"), format!("{point:?}"), "must be unique");
        }
        points.push(point);
        for field in ["subPath", "subPathExpr"] {
            let sub = text(&mount[field]);
            if !sub.is_empty() {
                // Without the mount's number, as upstream tells these two.
                descending(sub, &format!("{list}.{field}"), causes);
            }
        }
        if !text(&mount["subPath"]).is_empty() && !text(&mount["subPathExpr"]).is_empty() {
            let shown = format!("{:?}", text(&mount["subPathExpr"]));
            causes.invalid(format!("{path}.subPathExpr"), shown, "subPathExpr and subPath are mutually exclusive");
        }
        if mount["mountPropagation"].is_string() {
            let (propagation, field) = (text(&mount["mountPropagation"]), format!("{list}.mountPropagation"));
            let supported = ["Bidirectional", "HostToContainer", "None"];
            if propagation == "Bidirectional" && container["securityContext"]["privileged"] != true {
                causes.forbidden(&field, "Bidirectional mount propagation is available only to privileged containers");
            }
            causes.one_of(field, propagation, &supported);
        }
    }
}

/// A path below another: relative, and without `..`.
pub(super) fn descending(path: &str, field: &str, causes: &mut Causes) {
    if path.starts_with('/') {
        causes.invalid(field, format!("{path:?}"), "must be a relative path");
    }
    no_backsteps(path, field, causes);
}

/// A path without `..`.
pub(super) fn no_backsteps(path: &str, field: &str, causes: &mut Causes) {
    if path.split('/').any(|part| part == "..") {
        causes.invalid(field, format!("{path:?}"), "must not contain '..'");
    }
}

/// A container's security context.
fn security(context: &Value, path: &str, causes: &mut Causes) {
    if !context.is_object() {
        return;
    }
    for field in ["runAsUser", "runAsGroup"] {
        id(&context[field], &format!("{path}.{field}"), causes);
    }
    seccomp(&context["seccompProfile"], &format!("{path}.seccompProfile"), causes);
    if context["allowPrivilegeEscalation"] == false {
        let why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        if context["privileged"] == true {
            causes.invalid(path, security_shown(context), why);
        }
        if items(&context["capabilities"]["add"]).iter().any(|added| added == "CAP_SYS_ADMIN") {
            let why = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            causes.invalid(path, security_shown(context), why);
        }
    }
}

fn security_shown(context: &Value) -> String {
    let pointers = [
        ("Capabilities", "core.Capabilities", "capabilities"),
        ("Privileged", "bool", "privileged"),
        ("SELinuxOptions", "core.SELinuxOptions", "seLinuxOptions"),
        ("WindowsOptions", "core.WindowsSecurityContextOptions", "windowsOptions"),
        ("RunAsUser", "int64", "runAsUser"),
        ("RunAsGroup", "int64", "runAsGroup"),
        ("RunAsNonRoot", "bool", "runAsNonRoot"),
        ("ReadOnlyRootFilesystem", "bool", "readOnlyRootFilesystem"),
        ("AllowPrivilegeEscalation", "bool", "allowPrivilegeEscalation"),
        ("ProcMount", "core.ProcMountType", "procMount"),
        ("SeccompProfile", "core.SeccompProfile", "seccompProfile"),
    ];
    let fields: Vec<String> =
        pointers.iter().map(|(name, of, field)| format!("{name}:{}", go::pointer(of, &context[*field]))).collect();
    format!("core.SecurityContext{{{}}}", fields.join(", "))
}

/// The number of a user or a group.
pub(super) fn id(value: &Value, field: &str, causes: &mut Causes) {
    if let Some(number) = value.as_i64().filter(|number| !(0..=2_147_483_647).contains(number)) {
        causes.invalid(field, number, "must be between 0 and 2147483647, inclusive");
    }
}

/// A seccomp profile.
pub(super) fn seccomp(profile: &Value, path: &str, causes: &mut Causes) {
    if !profile.is_object() {
        return;
    }
    match text(&profile["type"]) {
        "Localhost" if text(&profile["localhostProfile"]).is_empty() => {
            causes.required(format!("{path}.localhostProfile"), "must be set when seccomp type is Localhost");
        }
        "" => causes.required(format!("{path}.type"), "type is required when seccompProfile is set"),
        kind => causes.one_of(format!("{path}.type"), kind, &["Localhost", "RuntimeDefault", "Unconfined"]),
    }
}
