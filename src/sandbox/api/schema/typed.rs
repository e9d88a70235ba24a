//! Bodies as objects of the kinds that they name.
//!
//! Source: apimachinery v0.20.2 `runtime/serializer/json/{meta,json}.go`.

use serde_json::Value;

use super::read;
use crate::sandbox::api::Resource;

/// Why a body has no kind and apiVersion; `None`: it may have them.
pub fn no_type(body: &Value) -> Option<String> {
    const TYPE: &str =
        r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
    let name = |value: &Value| match value {
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        _ => "object",
    };
    let refused =
        |what: String| Some(format!("couldn't get version/kind; json parse error: json: cannot unmarshal {what}"));
    match body {
        Value::Object(fields) => {
            let wrong = fields.iter().find(|(field, value)| {
                matches!(field.as_str(), "apiVersion" | "kind") && !value.is_string() && !value.is_null()
            });
            let (field, value) = wrong?;
            refused(format!("{} into Go struct field .{field} of type string", name(value)))
        }
        Value::Null => None,
        other => refused(format!("{} into Go value of type {TYPE}", name(other))),
    }
}

/// What a kind that no one knows is told.
pub fn unregistered(kind: &str, api_version: &str) -> String {
    format!(
        "no kind {kind:?} is registered for version {api_version:?} in scheme \"pkg/api/legacyscheme/scheme.go:30\""
    )
}

/// A body as an object of the kind that it names, or of the one that is due; `text` is its JSON.
///
/// # Errors
/// The kind and version that it is taken for, and why it is none of these.
pub fn typed(due: (&str, &str), kind: &str, body: Value, text: &[u8]) -> Result<Value, (String, String, String)> {
    let own = |field: &str| body[field].as_str().unwrap_or_default();
    let (group, version) = match own("apiVersion").split_once('/').unwrap_or(("", own("apiVersion"))) {
        ("", "") => due,
        (group, "") if group == due.0 => due,
        other => other,
    };
    let kind = if own("kind").is_empty() { kind } else { own("kind") };
    let refused = |why: String| Err((kind.to_owned(), version.to_owned(), why));
    match read(group, version, kind, text) {
        Some(Ok(mut object)) => {
            for field in ["apiVersion", "kind"] {
                if own(field).is_empty()
                    && let Some(fields) = object.as_object_mut()
                {
                    fields.shift_remove(field);
                }
            }
            Ok(object)
        }
        Some(Err(why)) => refused(why),
        // Of a group that the server itself has, unknown kinds are refused; custom resources have other groups.
        None if group.is_empty() || super::super::resource::GROUPS.iter().any(|(known, _)| *known == group) => {
            let api_version = super::super::group_version(group, version);
            match Resource::of_kind(&api_version, kind) {
                Some(_) => Ok(body),
                None => refused(unregistered(kind, &api_version)),
            }
        }
        None => Ok(body),
    }
}
