//! Kubernetes' own merge patch: lists merge by their keys, and directives (`$patch: delete`) say the rest.
//!
//! Source of the rules: k8s.io/apimachinery `pkg/util/strategicpatch` and the `patchStrategy` and `patchMergeKey` of
//! the API's types.

mod list;
mod order;

use serde_json::{Map, Value, json};

use super::Status;
use crate::render::go_value as go_text;
use crate::sandbox::api::Resource;
use crate::sandbox::api::schema::{self, Definition, Node, Shape};
use crate::sandbox::codec::go_kind;

/// Replaces or deletes the object that holds it.
const PATCH: &str = "$patch";
/// The fields that stay.
const RETAIN_KEYS: &str = "$retainKeys";
/// `$deleteFromPrimitiveList/finalizers`: what leaves a list of plain values.
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
/// `$setElementOrder/containers`: the order of a list.
const SET_ORDER: &str = "$setElementOrder/";

/// `original`, an object of `resource`, as `patch` changes it.
///
/// # Errors
/// 400 of a wrong directive; 422 of a value that does not fit its field; 500 of lists that cannot be merged, as upstream.
pub fn strategic(resource: &Resource, original: &Value, patch: &Value) -> Result<Value, Status> {
    let definition = schema::of_object(original)
        .or_else(|| schema::of_kind(resource.group, resource.version, resource.kind))
        .ok_or_else(|| Status {
            code: 415,
            reason: "UnsupportedMediaType",
            message: "the body of the request was in an unknown format - accepted media types include: \
                      application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
                .to_owned(),
            details: None,
        })?;
    let Value::Object(fields) = patch else {
        let kind = go_kind(patch);
        let message = format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}");
        return Err(super::bad_request(message));
    };
    let original = original.as_object().cloned().unwrap_or_default();
    let merged = Merge { patch }.object(original, fields, Type::Definition(definition))?;
    Ok(Value::Object(merged))
}

/// What is known of an object's fields.
#[derive(Clone, Copy)]
enum Type<'a> {
    /// They have types of their own.
    Definition(&'a Definition),
    /// All have one type.
    Map(&'a Node),
    /// Nothing.
    Unknown,
}

impl<'a> Type<'a> {
    fn of(node: Option<&'a Node>) -> Self {
        match node.map(|node| (&node.shape, node.definition())) {
            Some((_, Some(definition))) => Self::Definition(definition),
            Some((Shape::Map(node), None)) => Self::Map(node),
            _ => Self::Unknown,
        }
    }

    fn field(self, name: &str) -> Option<&'a Node> {
        match self {
            Self::Definition(definition) => definition.fields.get(name),
            Self::Map(node) => Some(node),
            Self::Unknown => None,
        }
    }
}

/// One merge: the whole patch is quoted where a value does not fit.
struct Merge<'a> {
    patch: &'a Value,
}

type Object = Map<String, Value>;

impl Merge<'_> {
    /// An object with a patch of it merged in.
    fn object(&self, mut original: Object, patch: &Object, of: Type<'_>) -> Result<Object, Status> {
        if let Some(directive) = patch.get(PATCH) {
            return match directive.as_str() {
                Some("replace") => {
                    let kept = patch.iter().filter(|(key, _)| *key != PATCH);
                    Ok(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
                }
                Some("delete") => Ok(Object::new()),
                _ => {
                    let (directive, patch) = (go_text(directive), go_text(&Value::Object(patch.clone())));
                    Err(internal(format!("unknown patch type: {directive} in map: {patch}")))
                }
            };
        }
        retain_keys(&mut original, patch)?;
        self.ordered_lists(&mut original, patch, of)?;
        for (key, value) in patch {
            if key == RETAIN_KEYS || key.starts_with(SET_ORDER) || patch.contains_key(&format!("{SET_ORDER}{key}")) {
                continue;
            }
            if let Some(list) = key.strip_prefix(DELETE_FROM) {
                if patch.contains_key(&format!("{SET_ORDER}{list}")) {
                    continue;
                }
                if let (Some(Value::Array(list)), Value::Array(gone)) = (original.get_mut(list), value) {
                    list.retain(|element| !gone.contains(element));
                }
                continue;
            }
            let node = of.field(key);
            match (original.get_mut(key), value) {
                (_, Value::Null) => {
                    original.shift_remove(key);
                }
                (Some(Value::Object(old)), Value::Object(new)) if node.is_none_or(merges) => {
                    if matches!(of, Type::Definition(_)) && node.is_none() {
                        // A field that the type does not have is dropped.
                        continue;
                    }
                    let merged = self.object(std::mem::take(old), new, Type::of(node))?;
                    original.insert(key.clone(), merged.into());
                }
                (Some(Value::Array(old)), Value::Array(new)) if node.is_some_and(|node| node.merge) => {
                    let merged = self.list(std::mem::take(old), new, node)?;
                    original.insert(key.clone(), merged.into());
                }
                (_, value) => {
                    let value = self.new_value(value, key, node)?;
                    original.insert(key.clone(), value);
                }
            }
        }
        Ok(original)
    }

    /// A value where there was none, or one that is replaced: without its directives.
    fn new_value(&self, value: &Value, name: &str, node: Option<&Node>) -> Result<Value, Status> {
        if let Some(node) = node
            && let Some(reason) = unfit(value, name, &node.shape)
        {
            return Err(self.invalid(&reason));
        }
        Ok(match value {
            Value::Object(fields) => {
                let of = Type::of(node);
                let mut made = Object::new();
                for (key, value) in fields.iter().filter(|(key, _)| !key.starts_with('$')) {
                    let node = of.field(key);
                    match value {
                        // Null is no field, but the empty text of a map.
                        Value::Null if matches!(of, Type::Map(node) if node.shape == Shape::String) => {
                            made.insert(key.clone(), json!(""));
                        }
                        Value::Null => {}
                        value => {
                            made.insert(key.clone(), self.new_value(value, key, node)?);
                        }
                    }
                }
                made.into()
            }
            Value::Array(elements) => {
                let of = node.and_then(|node| match &node.shape {
                    Shape::List(element) => Some(&**element),
                    _ => None,
                });
                let made: Result<Vec<Value>, Status> =
                    elements.iter().map(|element| self.new_value(element, name, of)).collect();
                made?.into()
            }
            plain => plain.clone(),
        })
    }

    /// 422, quoting the patch.
    fn invalid(&self, reason: &str) -> Status {
        Status::unfit_patch(&go_text(self.patch), reason)
    }
}

/// An object of a strategy of its own is replaced; none of 1.20's is but those that keep named keys.
fn merges(node: &Node) -> bool {
    !matches!(node.shape, Shape::List(_))
}

/// Removes the fields that `$retainKeys` does not name.
fn retain_keys(original: &mut Object, patch: &Object) -> Result<(), Status> {
    let Some(directive) = patch.get(RETAIN_KEYS) else { return Ok(()) };
    let wrong = || super::bad_request("invalid patch format of retainKeys".to_owned());
    let kept = directive.as_array().ok_or_else(wrong)?;
    let names = |key: &str| kept.iter().any(|kept| kept == key);
    if patch.iter().any(|(key, value)| !key.starts_with('$') && !value.is_null() && !names(key)) {
        return Err(wrong());
    }
    original.retain(|key, _| names(key));
    Ok(())
}

/// Why Go's converter refuses a value for a field: apimachinery v0.20.2 `runtime/converter.go`.
fn unfit(value: &Value, name: &str, shape: &Shape) -> Option<String> {
    let given = match value {
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
        Value::Null => return None,
    };
    let wanted = match shape {
        Shape::Named(_) => "struct",
        Shape::Map(_) => "map",
        Shape::List(_) => "slice",
        Shape::String => "string",
        Shape::Integer(32) => "int32",
        Shape::Integer(_) => "int64",
        Shape::Boolean => "bool",
        Shape::Bytes if given == "string" => {
            return schema::decode::illegal_base64(value.as_str()?)
                .map(|at| format!("error decoding from json: illegal base64 data at input byte {at}"));
        }
        Shape::Bytes => "slice",
        Shape::Time | Shape::Quantity | Shape::IntOrString => {
            return schema::decode::unmarshal(shape, name, value.clone()).err();
        }
        Shape::Number | Shape::Any => return None,
    };
    match (wanted, given) {
        ("struct" | "map", "map") | ("int32" | "int64", "int64") => None,
        (wanted, given) if wanted == given => None,
        ("struct", given) => Some(format!("cannot restore struct from: {given}")),
        ("map" | "slice", given) => Some(format!("cannot restore {wanted} from {given}")),
        ("string", "int64") | ("int32" | "int64", "float64") => Some(format!("cannot convert {given} to {wanted}")),
        (wanted, _) => Some(format!("unrecognized type: {wanted}")),
    }
}

/// 500, as upstream answers what it does not expect in a patch.
fn internal(message: String) -> Status {
    Status { code: 500, reason: "", message, details: None }
}

#[cfg(test)]
mod tests;
