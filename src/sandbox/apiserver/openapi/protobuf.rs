//! The document in protobuf: messages of gnostic's `openapi.v2`, by the numbers of their fields.
//!
//! Source of the numbers: github.com/googleapis/gnostic v0.4 `openapiv2/OpenAPIv2.proto`.

use serde_json::{Map, Value};

use crate::render::yaml;

/// A message that is being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, field: u64, text: &Value) {
        if let Some(text) = text.as_str().filter(|text| !text.is_empty()) {
            self.bytes(field, text.as_bytes());
        }
    }

    fn message(&mut self, field: u64, message: Self) {
        self.bytes(field, &message.0);
    }

    /// Field 1 the name, field 2 the value.
    fn named(&mut self, field: u64, name: &str, value: Self) {
        let mut named = Self::default();
        named.bytes(1, name.as_bytes());
        named.message(2, value);
        self.message(field, named);
    }

    /// The extensions, whose values are YAML.
    fn extensions(&mut self, field: u64, of: &Value) {
        for (name, value) in object(of).filter(|(name, _)| name.starts_with("x-")) {
            let mut any = Self::default();
            any.bytes(2, yaml(value).as_bytes());
            self.named(field, name, any);
        }
    }
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The whole `Document`.
pub(super) fn document(document: &Value) -> Vec<u8> {
    let mut message = Message::default();
    message.text(1, &document["swagger"]);
    let mut info = Message::default();
    info.text(1, &document["info"]["title"]);
    info.text(2, &document["info"]["version"]);
    message.message(2, info);
    let mut paths = Message::default();
    for (name, item) in object(&document["paths"]) {
        let mut path = Message::default();
        path.message(8, operation(&item["patch"]));
        paths.named(2, name, path);
    }
    message.message(8, paths);
    let mut definitions = Message::default();
    for (name, definition) in object(&document["definitions"]) {
        definitions.named(1, name, schema(definition));
    }
    message.message(9, definitions);
    message.0
}

/// An `Operation`, whose parameters are all of the query.
fn operation(operation: &Value) -> Message {
    let mut message = Message::default();
    for parameter in list(&operation["parameters"]) {
        let mut query = Message::default();
        query.text(2, &parameter["in"]);
        query.text(4, &parameter["name"]);
        query.text(6, &parameter["type"]);
        // ParametersItem.parameter, Parameter.non_body_parameter, NonBodyParameter.query_parameter_sub_schema.
        let wrapped = [3, 2, 1].into_iter().fold(query, |inner, field| {
            let mut outer = Message::default();
            outer.message(field, inner);
            outer
        });
        message.message(8, wrapped);
    }
    message.extensions(13, operation);
    message
}

fn schema(schema: &Value) -> Message {
    let mut message = Message::default();
    message.text(1, &schema["$ref"]);
    message.text(2, &schema["format"]);
    message.text(4, &schema["description"]);
    message.text(13, &schema["pattern"]);
    list(&schema["required"]).for_each(|name| message.text(19, name));
    match &schema["additionalProperties"] {
        Value::Object(_) => {
            let mut item = Message::default();
            item.message(1, self::schema(&schema["additionalProperties"]));
            message.message(21, item);
        }
        Value::Bool(true) => message.bytes(21, &[2 << 3, 1]),
        _ => {}
    }
    if schema["type"].is_string() {
        let mut kind = Message::default();
        kind.text(1, &schema["type"]);
        message.message(22, kind);
    }
    if schema["items"].is_object() {
        let mut items = Message::default();
        items.message(1, self::schema(&schema["items"]));
        message.message(23, items);
    }
    if schema["properties"].is_object() {
        let mut properties = Message::default();
        for (name, property) in object(&schema["properties"]) {
            properties.named(1, name, self::schema(property));
        }
        message.message(25, properties);
    }
    message.extensions(31, schema);
    message
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use base64::Engine as _;

    use super::*;

    /// Definitions as a v1.20.2 wrote them: names, and base64 of the `Schema`.
    #[test]
    fn definitions_are_written_as_by_a_real_server() {
        let given: Map<String, Value> = serde_json::from_str(include_str!("tests.json")).unwrap();
        for (name, bytes) in &given {
            let bytes = base64::engine::general_purpose::STANDARD.decode(bytes.as_str().unwrap()).unwrap();
            let made = schema(&crate::sandbox::api::schema::document()[name]).0;
            // Go writes properties in chance's order: the same bytes, in another order.
            let sorted = |mut bytes: Vec<u8>| {
                bytes.sort_unstable();
                bytes
            };
            assert_eq!(sorted(made), sorted(bytes), "{name}");
        }
    }
}
