//! ConfigMaps, Secrets and ServiceAccounts.
//!
//! Source: v1.20.2 `pkg/apis/core/validation/validation.go`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::causes::Causes;
use super::{names, sorted, text};

/// Bytes that all values may have together.
const SIZE: usize = 1024 * 1024;

/// A ConfigMap; as a change of `old`, if that is given.
pub(super) fn config_map(new: &Value, old: Option<&Value>, causes: &mut Causes) {
    if let Some(old) = old {
        immutable(new, old, &["data", "binaryData"], causes);
    }
    let mut size = 0;
    for (key, value) in sorted(&new["data"]) {
        causes.invalid_text(format!("data[{key}]"), key, names::config_key(key));
        if new["binaryData"].get(key).is_some() {
            causes.invalid(format!("data[{key}]"), format!("{key:?}"), "duplicate of key present in binaryData");
        }
        size += text(value).len();
    }
    for (key, value) in sorted(&new["binaryData"]) {
        causes.invalid_text(format!("binaryData[{key}]"), key, names::config_key(key));
        size += decoded(value).len();
    }
    if size > SIZE {
        causes.too_long("[]", SIZE);
    }
}

/// A Secret; as a change of `old`, if that is given.
pub(super) fn secret(new: &Value, old: Option<&Value>, causes: &mut Causes) {
    let kind = text(&new["type"]);
    if let Some(old) = old {
        causes.immutable("type", format!("{kind:?}"), new["type"] == old["type"]);
        immutable(new, old, &["data"], causes);
    }
    let data = &new["data"];
    let mut size = 0;
    for (key, value) in sorted(data) {
        causes.invalid_text(format!("data[{key}]"), key, names::config_key(key));
        size += decoded(value).len();
    }
    if size > SIZE {
        causes.too_long("data", SIZE);
    }
    let has = |key: &str| data.get(key).is_some();
    match kind {
        "kubernetes.io/service-account-token"
            if text(&new["metadata"]["annotations"]["kubernetes.io/service-account.name"]).is_empty() =>
        {
            causes.required("metadata.annotations[kubernetes.io/service-account.name]", "");
        }
        "kubernetes.io/dockercfg" => json(data, ".dockercfg", causes),
        "kubernetes.io/dockerconfigjson" => json(data, ".dockerconfigjson", causes),
        // Upstream forgot to fill these two names in.
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => {
            causes.required("data[%s][username]", "");
            causes.required("data[%s][password]", "");
        }
        "kubernetes.io/ssh-auth" if decoded(&data["ssh-privatekey"]).is_empty() => {
            causes.required("data[%s][ssh-privatekey]", "");
        }
        "kubernetes.io/tls" => {
            for key in ["tls.crt", "tls.key"] {
                if !has(key) {
                    causes.required(format!("data[{key}]"), "");
                }
            }
        }
        _ => {}
    }
}

/// What was said to be immutable stays.
fn immutable(new: &Value, old: &Value, fields: &[&str], causes: &mut Causes) {
    const WHY: &str = "field is immutable when `immutable` is set";
    if old["immutable"] != true {
        return;
    }
    if new["immutable"] != true {
        causes.forbidden("immutable", WHY);
    }
    for field in fields {
        if sorted(&new[*field]) != sorted(&old[*field]) {
            causes.forbidden(field, WHY);
        }
    }
}

/// A key whose value is JSON.
fn json(data: &Value, key: &str, causes: &mut Causes) {
    let Some(value) = data.get(key) else {
        causes.required(format!("data[{key}]"), "");
        return;
    };
    let value = decoded(value);
    if serde_json::from_slice::<Value>(&value).is_err() {
        let why = match value.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => "unexpected end of JSON input".to_owned(),
            Some(b'{' | b'[' | b'"') => "unexpected end of JSON input".to_owned(),
            Some(first) => format!("invalid character '{}' looking for beginning of value", char::from(*first)),
        };
        causes.invalid(format!("data[{key}]"), "\"<secret contents redacted>\"", &why);
    }
}

fn decoded(value: &Value) -> Vec<u8> {
    STANDARD.decode(text(value)).unwrap_or_default()
}
