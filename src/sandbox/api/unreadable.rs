//! Values that were put into etcd around the API and are no objects of their keys' resources, in the words of a v1.20 API
//! server's decoders, which try protobuf, JSON, YAML and what base64 holds.
//!
//! Source: apimachinery v0.20.2 `runtime/serializer/{recognizer,versioning}`, `runtime/converter.go` and Go's `encoding/base64`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::schema;
use super::{Resource, Status};
use crate::sandbox::store::KeyValue;
use crate::sandbox::{World, codec};

impl World {
    /// Refuses a value that is no object of a resource.
    ///
    /// # Errors
    /// 500, with no reason, as upstream's storage says it.
    pub(in crate::sandbox) fn readable(&self, resource: &Resource, kv: &KeyValue) -> Result<(), Status> {
        let object = self.object(kv);
        // What the API wrote has all of these.
        if resource.custom || object["kind"] == resource.kind && object["metadata"]["uid"].is_string() {
            return Ok(());
        }
        let refused = |message: String| Status { code: 500, reason: "", message, details: None };
        match why(resource, &kv.value) {
            Some(message) => Err(refused(message)),
            None => Ok(()),
        }
    }

    /// Likewise, of the value of an object's key.
    ///
    /// # Errors
    /// As [`World::readable`].
    pub(super) fn readable_at(&self, resource: &Resource, namespace: Option<&str>, name: &str) -> Result<(), Status> {
        let key = resource.key(namespace, name);
        self.store.get(key.as_bytes()).map_or(Ok(()), |kv| self.readable(resource, kv))
    }
}

fn why(resource: &Resource, value: &[u8]) -> Option<String> {
    if let Some(rest) = value.strip_prefix(b"k8s\0") {
        if rest.is_empty() {
            return Some("empty body".to_owned());
        }
        return match codec::decode(value, 0) {
            Ok(object) => of_type(resource, &object),
            Err(_) => Some("unexpected EOF".to_owned()),
        };
    }
    if value.trim_ascii_start().starts_with(b"{") {
        return of_json(resource, value);
    }
    match serde_yaml::from_slice::<Value>(value) {
        Ok(Value::Null) => return None,
        Ok(object @ Value::Object(_)) => return of_type(resource, &object),
        _ => {}
    }
    if let Some(at) = not_base64(value) {
        return Some(format!("illegal base64 data at input byte {at}"));
    }
    let inside = STANDARD.decode(value).unwrap_or_default();
    if inside.trim_ascii_start().starts_with(b"{") {
        return of_json(resource, &inside);
    }
    match std::str::from_utf8(&inside) {
        Err(_) => Some("yaml: invalid leading UTF-8 octet".to_owned()),
        Ok(text) => {
            let object: Value = serde_yaml::from_str(text).unwrap_or_default();
            schema::no_type(&object).or_else(|| of_type(resource, &object))
        }
    }
}

fn of_json(resource: &Resource, text: &[u8]) -> Option<String> {
    match serde_json::from_slice::<Value>(text) {
        Ok(object) => schema::no_type(&object).or_else(|| of_type(resource, &object)),
        Err(error) => {
            let what = if error.is_eof() { "unexpected end of JSON input".to_owned() } else { error.to_string() };
            Some(format!("couldn't get version/kind; json parse error: {what}"))
        }
    }
}

/// Why an object is none of a resource's; what does not say its type is taken for one.
fn of_type(resource: &Resource, object: &Value) -> Option<String> {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let (kind, api_version) = (text("kind"), text("apiVersion"));
    if kind.is_empty() || api_version.is_empty() || kind == resource.kind && api_version == resource.api_version() {
        return None;
    }
    if Resource::of_kind(api_version, kind).is_none() {
        return Some(schema::unregistered(kind, api_version));
    }
    let (version, inside) = (api_version.rsplit('/').next().unwrap_or_default(), resource.internal_package());
    (kind != resource.kind)
        .then(|| format!("converting ({version}.{kind}) to ({inside}.{}): unknown conversion", resource.kind))
}

/// Where what is no base64 begins: the letter, or the group of four that has no end.
fn not_base64(value: &[u8]) -> Option<usize> {
    let letters = value.strip_suffix(b"==").or_else(|| value.strip_suffix(b"=")).unwrap_or(value);
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let wrong = letters.iter().position(|byte| !letter(byte));
    wrong.or_else(|| (!value.len().is_multiple_of(4)).then(|| value.len() - value.len() % 4))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_that_are_no_objects_are_refused_as_a_server_refuses_them() {
        let resource = Resource::named("configmaps").unwrap();
        let no_kind =
            "no kind \"ConfigMap\" is registered for version \"x/v9\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"";
        for (value, told) in [
            (&b"nonsense"[..], Some("yaml: invalid leading UTF-8 octet")),
            (b"x", Some("illegal base64 data at input byte 0")),
            (b"a: b: c", Some("illegal base64 data at input byte 1")),
            (
                b"{\"kind\":\"ConfigMap\",",
                Some("couldn't get version/kind; json parse error: unexpected end of JSON input"),
            ),
            (b"{\"kind\":\"ConfigMap\",\"apiVersion\":\"x/v9\"}", Some(no_kind)),
            (
                b"{\"kind\":\"Secret\",\"apiVersion\":\"v1\"}",
                Some("converting (v1.Secret) to (core.ConfigMap): unknown conversion"),
            ),
            (b"k8s\0", Some("empty body")),
            (b"k8s\0abc", Some("unexpected EOF")),
            (b"", None),
            (b"{}", None),
            (b"kind: ConfigMap", None),
            (b"{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"data\":{\"a\":\"b\"}}", None),
        ] {
            assert_eq!(why(resource, value).as_deref(), told, "{}", String::from_utf8_lossy(value));
        }
        let mut world = World::new(1, "2026-11-24T15:22:00Z".parse().unwrap());
        world.store.put("/registry/configmaps/default/x".to_owned(), &b"nonsense"[..], 0);
        let got = world.api("kubectl").get("configmaps", Some("default"), "x").unwrap_err();
        assert_eq!((got.code, got.message.as_str()), (500, "yaml: invalid leading UTF-8 octet"));
    }
}
