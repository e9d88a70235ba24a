//! How a value merges, and what its parts are.

use serde_json::{Map, Value};

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

    /// Whether the type names its fields; those of a map are members of a set by themselves.
    pub(super) fn names(self, name: &str) -> bool {
        matches!(self, Self::Definition(definition) if definition.fields.contains_key(name))
    }
}

/// The elements of a list, each with what it is known by.
///
/// # Errors
/// An element has not all keys; in upstream's words.
pub(super) fn elements<'a>(list: ListType<'_>, value: Option<&'a Value>) -> Result<Vec<(Element, &'a Value)>, String> {
    let elements = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let known = |(index, element): (usize, &'a Value)| {
        let ListType::Map(keys) = list else { return Ok((Element::Value(element.clone()), element)) };
        let mut sorted: Vec<&String> = keys.iter().collect();
        sorted.sort();
        let mut found = Map::new();
        for key in sorted {
            let value = element.get(key).filter(|value| !value.is_null()).ok_or_else(|| {
                format!(
                    "element {index}: associative list with keys has an element that omits key field {key:?} \
                     (and doesn't have default value)"
                )
            })?;
            found.insert(key.clone(), value.clone());
        }
        Ok((Element::Key(found), element))
    };
    elements.iter().enumerate().map(known).collect()
}
