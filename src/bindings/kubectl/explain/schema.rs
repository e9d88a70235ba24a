//! A schema as `kubectl explain` sees it.
//!
//! Source: k8s.io/kube-openapi `pkg/util/proto/document.go`, k8s.io/kubectl v0.20 `pkg/explain/typename.go`.

use crate::client::k8s::{OpenApi, Schema};

/// What a schema describes.
pub(super) enum Shape<'a> {
    /// Another definition: its name, and itself.
    Reference(&'a str, &'a Schema),
    Array(&'a Schema),
    /// A map, and what its values are where that is told.
    Map(Option<&'a Schema>),
    /// An object with fields.
    Object,
    /// `string`, `integer`, …; empty for anything.
    Primitive(&'a str),
}

/// The shape of a schema.
pub(super) fn shape<'a>(openapi: &'a OpenApi, schema: &'a Schema) -> Shape<'a> {
    if let (Some(name), to) = openapi.resolve(schema) {
        return Shape::Reference(name, to);
    }
    match (schema.kind.as_deref(), &schema.items) {
        (Some("array"), Some(items)) => Shape::Array(items),
        (None | Some("object"), _) if !schema.properties.is_empty() => Shape::Object,
        (Some("object"), _) => Shape::Map(schema.values.as_deref()),
        (kind, _) => Shape::Primitive(kind.unwrap_or_default()),
    }
}

/// What lies in one: the target of a reference, an array's element, a map's value.
fn inner<'a>(openapi: &'a OpenApi, schema: &'a Schema) -> Option<&'a Schema> {
    match shape(openapi, schema) {
        Shape::Reference(_, to) | Shape::Array(to) | Shape::Map(Some(to)) => Some(to),
        Shape::Map(None) | Shape::Object | Shape::Primitive(_) => None,
    }
}

/// The object or primitive that is left when references, arrays and maps are taken off.
pub(super) fn innermost<'a>(openapi: &'a OpenApi, schema: &'a Schema) -> &'a Schema {
    let mut found = schema;
    while let Some(next) = inner(openapi, found) {
        found = next;
    }
    found
}

/// The descriptions on the way to the innermost schema, empty ones included.
pub(super) fn descriptions<'a>(openapi: &'a OpenApi, schema: &'a Schema) -> Vec<&'a str> {
    let mut texts = Vec::new();
    let mut next = Some(schema);
    while let Some(found) = next {
        texts.push(found.description.as_deref().unwrap_or_default());
        next = inner(openapi, found);
    }
    texts
}

/// `Object`, `[]string`, `map[string]string`.
pub(super) fn type_name(openapi: &OpenApi, schema: &Schema) -> String {
    match shape(openapi, schema) {
        Shape::Reference(_, to) => type_name(openapi, to),
        Shape::Array(items) => format!("[]{}", type_name(openapi, items)),
        Shape::Map(values) => {
            format!("map[string]{}", values.map(|values| type_name(openapi, values)).unwrap_or_default())
        }
        Shape::Object => "Object".to_owned(),
        Shape::Primitive(name) => name.to_owned(),
    }
}
