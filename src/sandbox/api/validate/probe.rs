//! Probes, and what else a kubelet does in or to a container.
//!
//! Source: v1.20.2 `pkg/apis/core/validation/validation.go`.

use serde_json::Value;

use super::causes::Causes;
use super::{go, items, names, text};

/// A probe, if there is one.
pub(super) fn probe(probe: &Value, path: &str, causes: &mut Causes) {
    if !probe.is_object() {
        return;
    }
    handler(probe, path, causes);
    for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        causes.not_negative(format!("{path}.{field}"), probe[field].as_i64());
    }
}

/// What is done: one of a command, a request, a connection.
pub(super) fn handler(handler: &Value, path: &str, causes: &mut Causes) {
    let mut kinds = 0;
    for kind in ["exec", "httpGet", "tcpSocket"] {
        let (action, path) = (&handler[kind], format!("{path}.{kind}"));
        if !action.is_object() {
            continue;
        }
        kinds += 1;
        if kinds > 1 {
            causes.forbidden(path, "may not specify more than 1 handler type");
            continue;
        }
        match kind {
            "exec" if items(&action["command"]).is_empty() => causes.required(format!("{path}.command"), ""),
            "exec" => {}
            "httpGet" => http_get(action, &path, causes),
            _ => port(&action["port"], &format!("{path}.port"), causes),
        }
    }
    if kinds == 0 {
        causes.required(path, "must specify a handler type");
    }
}

fn http_get(action: &Value, path: &str, causes: &mut Causes) {
    if text(&action["path"]).is_empty() {
        causes.required(format!("{path}.path"), "");
    }
    port(&action["port"], &format!("{path}.port"), causes);
    causes.one_of(format!("{path}.scheme"), text(&action["scheme"]), &["HTTP", "HTTPS"]);
    for header in items(&action["httpHeaders"]) {
        let name = text(&header["name"]);
        causes.invalid_text(format!("{path}.httpHeaders"), name, names::http_header(name));
    }
}

/// A port by number or name.
pub(super) fn port(port: &Value, field: &str, causes: &mut Causes) {
    match port {
        Value::String(name) => causes.invalid_text(field, name, names::port_name(name)),
        number => causes.port(field, number.as_i64().unwrap_or_default()),
    }
}

/// A probe as Go shows it.
pub(super) fn shown(probe: &Value) -> String {
    let kinds = [("Exec", "core.ExecAction", "exec"), ("HTTPGet", "core.HTTPGetAction", "httpGet")];
    let kinds = kinds.into_iter().chain([("TCPSocket", "core.TCPSocketAction", "tcpSocket")]);
    let kinds: Vec<String> =
        kinds.map(|(name, of, field)| format!("{name}:{}", go::pointer(of, &probe[field]))).collect();
    let numbers = [
        ("InitialDelaySeconds", "initialDelaySeconds"),
        ("TimeoutSeconds", "timeoutSeconds"),
        ("PeriodSeconds", "periodSeconds"),
        ("SuccessThreshold", "successThreshold"),
        ("FailureThreshold", "failureThreshold"),
    ];
    let numbers: Vec<String> = numbers
        .into_iter()
        .map(|(name, field)| format!("{name}:{}", probe[field].as_i64().unwrap_or_default()))
        .collect();
    format!("core.Probe{{Handler:core.Handler{{{}}}, {}}}", kinds.join(", "), numbers.join(", "))
}
