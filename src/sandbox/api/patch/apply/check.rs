//! Whether an applied object has the fields and values that its type has: what of it has not is refused before anything
//! is merged.
//!
//! Source of the rules and texts: sigs.k8s.io/structured-merge-diff v4.0.2 `typed/validate.go`, as a v1.20.2 prints them.

use serde_json::{Map, Value};

use super::set::Element;
use super::shape::{Type, element};
use crate::render::go_value;
use crate::sandbox::api::schema::{Node, Shape};

/// Checks an applied object.
///
/// # Errors
/// What does not fit, each with its path, in upstream's words.
pub(super) fn check(applied: &Value, of: Type<'_>) -> Result<(), String> {
    let mut mistakes = Mistakes::default();
    mistakes.of_type(applied, of);
    mistakes.all.sort();
    match &mistakes.all[..] {
        [] => Ok(()),
        [only] => Err(only.clone()),
        several => Err(format!("errors:\n  {}", several.join("\n  "))),
    }
}

#[derive(Default)]
struct Mistakes {
    all: Vec<String>,
    path: Vec<Element>,
}

impl Mistakes {
    fn tell(&mut self, what: &str) {
        let path: String = self.path.iter().map(Element::told).collect();
        let joint = if path.is_empty() { "" } else { ": " };
        self.all.push(format!("{path}{joint}{what}"));
    }

    fn of_type(&mut self, value: &Value, of: Type<'_>) {
        match of {
            Type::Deduced => {}
            Type::Definition(_) => self.of_fields(value, of),
            Type::Node(node) => self.of_node(value, node),
        }
    }

    fn of_node(&mut self, value: &Value, node: &Node) {
        let expected = match &node.shape {
            Shape::Named(_) => {
                return node.definition().into_iter().for_each(|of| self.of_fields(value, Type::Definition(of)));
            }
            Shape::Map(_) => return self.of_fields(value, Type::Node(node)),
            Shape::List(each) => return self.of_elements(value, node, each),
            Shape::String | Shape::Bytes | Shape::Quantity if !value.is_string() => {
                format!("expected string, got &value.valueUnstructured{{Value:{}}}", go_syntax(value))
            }
            Shape::Integer(_) | Shape::Number if !value.is_number() => {
                "expected numeric (int or float), got *value.valueUnstructured".to_owned()
            }
            Shape::Boolean if !value.is_boolean() => format!("expected boolean, got &{{{}}}", go_value(value)),
            _ => return,
        };
        if !value.is_null() {
            self.tell(&expected);
        }
    }

    /// Ends at the first field that the type does not have, as upstream.
    fn of_fields(&mut self, value: &Value, of: Type<'_>) {
        let Value::Object(fields) = value else {
            if !value.is_null() {
                self.tell(&format!("expected map, got &{{{}}}", go_value(value)));
            }
            return;
        };
        // Upstream's order is chance's.
        let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
        sorted.sort_by_key(|(name, _)| *name);
        for (name, value) in sorted {
            let of_field = of.field(name);
            self.path.push(Element::Field(name.clone()));
            let unknown = matches!((of, of_field), (Type::Definition(_), Type::Deduced));
            if unknown {
                self.tell("field not declared in schema");
            } else {
                self.of_type(value, of_field);
            }
            self.path.pop();
            if unknown {
                return;
            }
        }
    }

    /// Ends at the first element that is known by nothing, as upstream.
    fn of_elements(&mut self, value: &Value, node: &Node, each: &Node) {
        let Value::Array(elements) = value else {
            if !value.is_null() {
                self.tell(&format!("expected list, got &{{{}}}", go_value(value)));
            }
            return;
        };
        let mut seen = Vec::new();
        for (index, value) in elements.iter().enumerate() {
            let step = match element(node.list_type(), Type::Node(each), index, value) {
                Ok(step) => step,
                Err(why) => return self.tell(&why),
            };
            if seen.contains(&step) {
                self.tell(&format!("duplicate entries for key {}", step.told()));
            }
            seen.push(step.clone());
            self.path.push(step);
            self.of_node(value, each);
            self.path.pop();
        }
    }
}

/// A value as Go's `%#v` prints it.
fn go_syntax(value: &Value) -> String {
    let each = |fields: &Map<String, Value>| {
        let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
        fields.sort_by_key(|(name, _)| *name);
        let fields: Vec<String> =
            fields.into_iter().map(|(name, value)| format!("{name:?}:{}", go_syntax(value))).collect();
        fields.join(", ")
    };
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", elements.join(", "))
        }
        Value::Object(fields) => format!("map[string]interface {{}}{{{}}}", each(fields)),
        other => go_value(other),
    }
}
