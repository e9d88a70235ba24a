//! How a value merges, and what its parts are.

use serde_json::{Map, Value, json};

use super::set::Element;
use crate::sandbox::api::schema::{Definition, ListType, Node, Shape};

/// What is known of a value's type.
#[derive(Debug, Clone, Copy)]
pub(super) enum Type<'a> {
    /// An object of a definition.
    Definition(&'a Definition),
    /// A field.
    Node(&'a Node),
    /// Nothing: objects merge, all else is one value.
    Deduced,
}

/// How it is taken.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form<'a> {
    /// As one value.
    Leaf,
    /// By fields.
    Fields(Type<'a>),
    /// By elements.
    Elements(ListType<'a>, Type<'a>),
}

impl<'a> Type<'a> {
    /// How a value, or the change of one to another, is taken.
    pub(super) fn form(self, values: [Option<&Value>; 2]) -> Form<'a> {
        match self {
            Self::Definition(definition) if definition.atomic => Form::Leaf,
            Self::Definition(_) => Form::Fields(self),
            Self::Node(node) => match &node.shape {
                Shape::Named(_) => {
                    node.definition().map_or(Form::Leaf, |definition| Self::Definition(definition).form(values))
                }
                Shape::Map(_) => Form::Fields(self),
                Shape::List(element) => match node.list_type() {
                    ListType::Atomic => Form::Leaf,
                    list => Form::Elements(list, Self::Node(element)),
                },
                Shape::Any => Self::Deduced.form(values),
                _ => Form::Leaf,
            },
            Self::Deduced => {
                let objects = values.iter().flatten().all(|value| value.is_object() || value.is_null());
                let any = values.iter().flatten().any(|value| value.is_object());
                if objects && any { Form::Fields(self) } else { Form::Leaf }
            }
        }
    }

    /// The type of a field.
    pub(super) fn field(self, name: &str) -> Self {
        match self {
            Self::Definition(definition) => definition.fields.get(name).map_or(Self::Deduced, Self::Node),
            Self::Node(node) => match &node.shape {
                Shape::Map(each) => Self::Node(each),
                _ => Self::Deduced,
            },
            Self::Deduced => Self::Deduced,
        }
    }

    /// What a key is where an element omits it: what Go's types always have is there, and is nothing. Of those that they
    /// leave out, v1.20 gives one alone a default.
    ///
    /// Source: kube-openapi `pkg/generators`, `mustEnforceDefault`, and `+default` in k8s.io/api v0.20.2.
    fn default(self, key: &str) -> Option<Value> {
        let definition = match self {
            Self::Definition(definition) => definition,
            Self::Node(node) => node.definition()?,
            Self::Deduced => return None,
        };
        let shape = &definition.fields.get(key)?.shape;
        if key == "protocol" && definition.fields.contains_key("containerPort") {
            return Some(json!("TCP"));
        }
        let always = definition.required.iter().any(|required| required == key);
        always.then(|| if matches!(shape, Shape::Integer(_)) { json!(0) } else { json!("") })
    }

    /// Whether the type names its fields; those of a map are members of a set by themselves.
    pub(super) fn names(self, name: &str) -> bool {
        matches!(self, Self::Definition(definition) if definition.fields.contains_key(name))
    }
}

/// The elements of a list, each with what it is known by.
///
/// # Errors
/// An element has not all keys, or is none that can be known; in upstream's words.
pub(super) fn elements<'a>(
    list: ListType<'_>,
    of: Type<'_>,
    value: Option<&'a Value>,
) -> Result<Vec<(Element, &'a Value)>, String> {
    let elements = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice).iter().enumerate();
    elements.map(|(index, value)| element(list, of, index, value).map(|element| (element, value))).collect()
}

/// What an element of a list is known by.
///
/// Source of the rules and texts: structured-merge-diff v4.0.2 `typed/helpers.go`, `listItemToPathElement`.
///
/// # Errors
/// As [`elements`].
pub(super) fn element(list: ListType<'_>, of: Type<'_>, index: usize, value: &Value) -> Result<Element, String> {
    let wrong = |what: &str| Err(format!("element {index}: associative list {what}"));
    let keys = match list {
        ListType::Atomic => return Ok(Element::Index(i64::try_from(index).unwrap_or(i64::MAX))),
        ListType::Set => {
            return match value {
                Value::Object(_) => wrong("without keys has an element that's a map type"),
                Value::Array(_) => {
                    Err(format!("element {index}: not supported: associative list with lists as elements"))
                }
                Value::Null => wrong("without keys has an element that's an explicit null"),
                value => Ok(Element::Value(value.clone())),
            };
        }
        ListType::Map(keys) => keys,
    };
    if value.is_null() {
        return wrong("with keys may not have a null element");
    }
    if !value.is_object() {
        return wrong("with keys may not have non-map elements");
    }
    let mut sorted: Vec<&String> = keys.iter().collect();
    sorted.sort();
    let mut found = Map::new();
    for key in sorted {
        let Some(value) = value.get(key).cloned().or_else(|| of.default(key)) else {
            return wrong(&format!(
                "with keys has an element that omits key field {key:?} (and doesn't have default value)"
            ));
        };
        found.insert(key.clone(), value);
    }
    Ok(Element::Key(found))
}
