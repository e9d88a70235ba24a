//! What of a Secret object is secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The Secrets in an answer of the API.
pub(super) fn secrets(value: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

fn collect<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value["kind"].as_str() {
        Some("Secret") if value["data"].is_object() || value["stringData"].is_object() => found.push(value),
        // The items of a list do not tell their kind.
        Some("SecretList") => found.extend(value["items"].as_array().into_iter().flatten()),
        _ => {
            let items = ["items", "rows"].into_iter().filter_map(|field| value[field].as_array()).flatten();
            items.for_each(|item| collect(item, found));
            if value["object"].is_object() {
                collect(&value["object"], found);
            }
        }
    }
}

/// The values of a Secret that are secret, each with what is said in its stead.
pub(super) fn values(secret: &Value) -> Vec<(String, Vec<u8>)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (name, namespace) = (text(&secret["metadata"]["name"]), text(&secret["metadata"]["namespace"]));
    let decoded = secret["data"].as_object().into_iter().flatten().filter_map(|(key, value)| {
        let value = STANDARD.decode(value.as_str()?).ok()?;
        Some((key, value))
    });
    let plain = secret["stringData"].as_object().into_iter().flatten();
    let plain = plain.filter_map(|(key, value)| Some((key, value.as_str()?.as_bytes().to_vec())));
    let kind = secret["type"].as_str().unwrap_or_default();
    let mut values = Vec::new();
    for (key, value) in decoded.chain(plain) {
        if !is_secret(kind, key) || is_public(&value, &name, &namespace) {
            continue;
        }
        let what = format!("secret {namespace}/{name} {key}");
        let inner = passwords(&value).into_iter().map(|password| (what.clone(), password.into_bytes()));
        values.extend(inner);
        values.push((what, value));
    }
    values
}

/// Kubernetes' own types of Secrets have keys that are public.
///
/// Source: kubernetes v1.20 `pkg/apis/core/types.go`, `SecretType`; `cmd/kubeadm/app/apis/kubeadm/bootstraptokenstring.go`.
fn is_secret(kind: &str, key: &str) -> bool {
    match kind {
        "kubernetes.io/service-account-token" => key == "token",
        "bootstrap.kubernetes.io/token" => key == "token-secret",
        "kubernetes.io/tls" => key == "tls.key",
        _ => true,
    }
}

/// Certificates are shown to everybody, and a namespace's or Secret's own name cannot be hidden.
fn is_public(value: &[u8], name: &str, namespace: &str) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let certificate = text.contains("-----BEGIN CERTIFICATE-----") && !text.contains("PRIVATE KEY-----");
    certificate || text.trim() == name || text.trim() == namespace
}

/// The passwords in the JSON that registries' credentials are kept in.
fn passwords(value: &[u8]) -> Vec<String> {
    let Ok(json) = serde_json::from_slice::<Value>(value) else { return Vec::new() };
    let registries = json.get("auths").unwrap_or(&json).as_object();
    let mut found = Vec::new();
    for registry in registries.into_iter().flat_map(|registries| registries.values()) {
        for key in ["auth", "password", "identitytoken", "registrytoken"] {
            found.extend(registry.get(key).and_then(Value::as_str).map(str::to_owned));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(secret: &Value) -> Vec<String> {
        secrets(secret).into_iter().flat_map(values).map(|(what, _)| what).collect()
    }

    fn secret(kind: &str, data: &Value) -> Value {
        let data: serde_json::Map<String, Value> = data
            .as_object()
            .unwrap()
            .iter()
            .map(|(k, v)| (k.clone(), STANDARD.encode(v.as_str().unwrap()).into()))
            .collect();
        json!({"kind": "Secret", "type": kind, "metadata": {"name": "s", "namespace": "space"}, "data": data})
    }

    #[test]
    fn finds_secrets_wherever_an_answer_has_them() {
        let one = secret("Opaque", &json!({"a": "value-a"}));
        assert_eq!(names(&one), ["secret space/s a"]);
        assert_eq!(names(&json!({"kind": "List", "items": [one]})), ["secret space/s a"]);
        assert_eq!(names(&json!({"kind": "Table", "rows": [{"cells": [], "object": one}]})), ["secret space/s a"]);
        assert_eq!(names(&json!({"type": "ADDED", "object": one})), ["secret space/s a"]);
        let mut bare = one.clone();
        bare.as_object_mut().unwrap().remove("kind");
        assert_eq!(names(&json!({"kind": "SecretList", "items": [bare]})), ["secret space/s a"]);
        assert!(names(&json!({"kind": "Event", "involvedObject": {"kind": "Secret", "name": "s"}})).is_empty());
    }

    #[test]
    fn leaves_what_is_public() {
        let token = json!({"token": "eyJ", "namespace": "space", "ca.crt": "-----BEGIN CERTIFICATE-----"});
        assert_eq!(names(&secret("kubernetes.io/service-account-token", &token)), ["secret space/s token"]);
        let tls = json!({"tls.crt": "-----BEGIN CERTIFICATE-----", "tls.key": "-----BEGIN PRIVATE KEY-----"});
        assert_eq!(names(&secret("kubernetes.io/tls", &tls)), ["secret space/s tls.key"]);
        assert_eq!(names(&secret("Opaque", &json!({"where": "space", "x": "y-value"}))), ["secret space/s x"]);
    }

    #[test]
    fn passwords_of_registries_are_known_by_themselves() {
        let config = r#"{"auths": {"registry": {"auth": "bWU6c2VjcmV0", "password": "secret-word"}}}"#;
        let found = values(&secret("kubernetes.io/dockerconfigjson", &json!({".dockerconfigjson": config})));
        let values: Vec<String> = found.into_iter().map(|(_, value)| String::from_utf8(value).unwrap()).collect();
        assert_eq!(values, ["bWU6c2VjcmV0", "secret-word", config]);
    }
}
