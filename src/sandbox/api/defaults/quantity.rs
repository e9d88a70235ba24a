//! Amounts in the form that the API gives them: `0.5` is `500m`.

use serde_json::{Value, json};

use crate::render::Quantity;
use crate::sandbox::api::schema::{self, Definition, Node, Shape};

/// Writes all amounts of an object in their canonical form. What is no amount stays; checks refuse it.
pub(super) fn canonical(object: &mut Value) {
    if let Some(definition) = schema::of_object(object) {
        fields(object, definition);
    }
}

fn fields(object: &mut Value, definition: &Definition) {
    for (name, value) in object.as_object_mut().into_iter().flatten() {
        if let Some(node) = definition.fields.get(name) {
            self::value(value, node);
        }
    }
}

fn value(value: &mut Value, node: &Node) {
    match &node.shape {
        Shape::Quantity => {
            let text = match &*value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return,
            };
            if let Some(amount) = Quantity::parse(&text) {
                *value = json!(amount.to_string());
            }
        }
        Shape::Named(name) => {
            if let Some(definition) = schema::definition(name) {
                fields(value, definition);
            }
        }
        Shape::Map(node) => value.as_object_mut().into_iter().flatten().for_each(|(_, each)| self::value(each, node)),
        Shape::List(node) => value.as_array_mut().into_iter().flatten().for_each(|each| self::value(each, node)),
        _ => {}
    }
}
