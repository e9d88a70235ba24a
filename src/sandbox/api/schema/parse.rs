//! OpenAPI's definitions, read.

use serde_json::{Map, Value};

use super::{Definition, Node, Schema, Shape};

pub(super) fn schema(document: &Map<String, Value>) -> Schema {
    let mut schema = Schema::default();
    for (name, definition) in document {
        let kinds = definition["x-kubernetes-group-version-kind"].as_array();
        for kind in kinds.into_iter().flatten() {
            let text = |field: &str| kind[field].as_str().unwrap_or_default();
            let key = format!("{}/{}/{}", text("group"), text("version"), text("kind"));
            schema.kinds.insert(key, name.clone());
        }
        if let Some(properties) = definition["properties"].as_object() {
            let fields = properties.iter().map(|(name, property)| (name.clone(), node(property))).collect();
            let atomic = definition["x-kubernetes-map-type"] == "atomic";
            let required = definition["required"].as_array().into_iter().flatten();
            let required = required.filter_map(Value::as_str).map(str::to_owned).collect();
            schema.definitions.insert(name.clone(), Definition { fields, required, atomic });
        }
    }
    schema
}

fn node(property: &Value) -> Node {
    let text = |extension: &str| property[extension].as_str();
    let strategy = text("x-kubernetes-patch-strategy").unwrap_or_default();
    let keys = property["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
    Node {
        shape: shape(property),
        merge: strategy.split(',').any(|part| part == "merge"),
        retain_keys: strategy.split(',').any(|part| part == "retainKeys"),
        merge_key: text("x-kubernetes-patch-merge-key").map(str::to_owned),
        list_type: text("x-kubernetes-list-type").map(str::to_owned),
        list_keys: keys.filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

fn shape(property: &Value) -> Shape {
    if let Some(reference) = property["$ref"].as_str() {
        return named(reference.trim_start_matches("#/definitions/"));
    }
    let format = property["format"].as_str().unwrap_or_default();
    match property["type"].as_str() {
        Some("string") => match format {
            "byte" => Shape::Bytes,
            "date-time" => Shape::Time,
            _ => Shape::String,
        },
        Some("integer") => Shape::Integer(if format == "int32" { 32 } else { 64 }),
        Some("number") => Shape::Number,
        Some("boolean") => Shape::Boolean,
        Some("array") => Shape::List(Box::new(node(&property["items"]))),
        Some("object") if property.get("additionalProperties").is_some() => {
            Shape::Map(Box::new(node(&property["additionalProperties"])))
        }
        _ => Shape::Any,
    }
}

/// The definitions without fields are of values with a form of their own.
fn named(name: &str) -> Shape {
    match name.rsplit('.').next().unwrap_or(name) {
        "Quantity" => Shape::Quantity,
        "IntOrString" => Shape::IntOrString,
        "Time" | "MicroTime" => Shape::Time,
        "FieldsV1"
        | "RawExtension"
        | "JSON"
        | "JSONSchemaPropsOrArray"
        | "JSONSchemaPropsOrBool"
        | "JSONSchemaPropsOrStringArray"
        | "Patch"
        | "CustomResourceSubresourceStatus" => Shape::Any,
        _ => Shape::Named(name.to_owned()),
    }
}
