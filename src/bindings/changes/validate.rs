//! Client-side validation of an object against the server's schema: unknown fields, missing ones, wrong types.
//!
//! Source of rules and words: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/util/openapi/validation`.

use serde_json::Value;

use crate::client::k8s::{OpenApi, Schema};

/// What is wrong with `object`, in kubectl's words; empty where nothing is, or where the server has no schema for it.
pub fn validate(openapi: &OpenApi, object: &Value) -> Vec<String> {
    if !object.is_object() {
        return vec!["invalid object to validate".to_owned()];
    }
    let mut wrong = Vec::new();
    for field in ["apiVersion", "kind"] {
        match &object[field] {
            Value::Null => wrong.push(format!("{field} not set")),
            Value::String(_) => {}
            _ => wrong.push(format!("{field} isn't string type")),
        }
    }
    let (Some(api_version), Some(kind)) = (object["apiVersion"].as_str(), object["kind"].as_str()) else {
        return wrong;
    };
    if let Some((name, schema)) = openapi.of_kind(api_version, kind) {
        Validation { openapi, wrong: &mut wrong }.visit(object, schema, kind, name);
    }
    wrong
}

struct Validation<'a> {
    openapi: &'a OpenApi,
    wrong: &'a mut Vec<String>,
}

impl Validation<'_> {
    /// `path` is where the value stands (`Pod.spec`), `of` what it is in the schema (`io.k8s.api.core.v1.PodSpec`).
    fn visit(&mut self, value: &Value, schema: &Schema, path: &str, of: &str) {
        let (name, schema) = self.openapi.resolve(schema);
        let of = name.unwrap_or(of);
        // Servers describe a field of any form with no type at all.
        let expected = match schema.kind.as_deref() {
            Some("object") => "map",
            Some(kind) => kind,
            None if schema.properties.is_empty() => return,
            None => "map",
        };
        let actual = match value {
            Value::Null => "nil",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "map",
        };
        match (value, expected) {
            (Value::Object(fields), "map") if schema.properties.is_empty() => {
                let Some(values) = &schema.values else { return };
                for (key, value) in sorted(fields) {
                    let path = format!("{path}.{key}");
                    if value.is_null() {
                        self.wrong.push(format!("unknown object type \"nil\" in {path}"));
                    } else {
                        self.visit(value, values, &path, of);
                    }
                }
            }
            (Value::Object(fields), "map") => {
                for (key, value) in sorted(fields).filter(|(_, value)| !value.is_null()) {
                    match schema.properties.get(key) {
                        Some(field) => self.visit(value, field, &format!("{path}.{key}"), &format!("{of}.{key}")),
                        None if schema.keeps_unknown_fields => {}
                        None => self.error(path, &format!("unknown field {key:?} in {of}")),
                    }
                }
                for required in schema.required.iter().filter(|key| fields.get(*key).is_none_or(Value::is_null)) {
                    self.error(path, &format!("missing required field {required:?} in {of}"));
                }
            }
            (Value::Array(items), "array") => {
                let Some(element) = &schema.items else { return };
                for (place, item) in items.iter().enumerate() {
                    let at = format!("{path}[{place}]");
                    if item.is_null() {
                        self.error(path, &format!("unknown object type \"nil\" in {at}"));
                    } else {
                        self.visit(item, element, &at, of);
                    }
                }
            }
            // A string may be written as a number or a boolean; what comes of it is the server's to say.
            (Value::String(_) | Value::Number(_) | Value::Bool(_), "string")
            | (Value::Number(_), "integer" | "number")
            | (Value::Bool(_), "boolean") => {}
            _ => self.error(path, &format!("invalid type for {of}: got {actual:?}, expected {expected:?}")),
        }
    }

    fn error(&mut self, path: &str, what: &str) {
        self.wrong.push(format!("ValidationError({path}): {what}"));
    }
}

fn sorted(fields: &serde_json::Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(key, _)| *key);
    fields.into_iter()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SWAGGER: &str = r##"{"definitions": {
        "v1.Pod": {"type": "object", "properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"},
            "spec": {"$ref": "#/definitions/v1.PodSpec"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}}},
            "x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "Pod"}]},
        "v1.PodSpec": {"type": "object", "required": ["containers"], "properties": {
            "grace": {"type": "integer"}, "host": {"type": "boolean"},
            "containers": {"type": "array", "items": {"$ref": "#/definitions/v1.Container"}}}},
        "v1.Container": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    }}"##;

    fn wrong(mut object: Value) -> Vec<String> {
        object["apiVersion"] = "v1".into();
        object["kind"] = "Pod".into();
        validate(&OpenApi::parse(SWAGGER).unwrap(), &object)
    }

    #[test]
    fn says_what_kubectl_says() {
        assert_eq!(wrong(json!({"spec": {"containers": [{"name": 1}], "grace": 5}})), [""; 0]);
        assert_eq!(
            wrong(json!({"spec": {"foo": 1, "grace": "x", "host": 1}})),
            [
                "ValidationError(Pod.spec): unknown field \"foo\" in v1.PodSpec",
                "ValidationError(Pod.spec.grace): invalid type for v1.PodSpec.grace: got \"string\", expected \"integer\"",
                "ValidationError(Pod.spec.host): invalid type for v1.PodSpec.host: got \"integer\", expected \"boolean\"",
                "ValidationError(Pod.spec): missing required field \"containers\" in v1.PodSpec",
            ]
        );
        assert_eq!(
            wrong(json!({"labels": {"a": null, "b": []}, "spec": {"containers": [{}, 3, null]}})),
            [
                "unknown object type \"nil\" in Pod.labels.a",
                "ValidationError(Pod.labels.b): invalid type for v1.Pod.labels: got \"array\", expected \"string\"",
                "ValidationError(Pod.spec.containers[0]): missing required field \"name\" in v1.Container",
                "ValidationError(Pod.spec.containers[1]): invalid type for v1.Container: got \"integer\", expected \"map\"",
                "ValidationError(Pod.spec.containers): unknown object type \"nil\" in Pod.spec.containers[2]",
            ]
        );
    }

    #[test]
    fn needs_a_kind() {
        let openapi = OpenApi::default();
        assert_eq!(validate(&openapi, &json!({"a": 1})), ["apiVersion not set", "kind not set"]);
        assert_eq!(validate(&openapi, &json!({"apiVersion": 1, "kind": "A"})), ["apiVersion isn't string type"]);
        assert_eq!(validate(&openapi, &json!("a")), ["invalid object to validate"]);
    }
}
