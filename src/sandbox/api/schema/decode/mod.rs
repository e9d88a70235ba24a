//! A body's JSON as an object of its kind: what does not fit is refused in the words of the server's decoder, fields that
//! the kind does not have are dropped.
//!
//! Source: json-iterator v1.1.10 `reflect_*.go`, as apimachinery v0.20.2 `runtime/serializer/json` configures it.

mod go_time;
mod names;
mod scan;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Node, Shape};
use crate::render::Quantity;
use crate::sandbox::codec;
use scan::{Scan, shown};

/// What a text that is no amount is told.
pub const NO_QUANTITY: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// The fields whose moments have microseconds.
const MICRO: &[&str] = &["acquireTime", "renewTime", "eventTime", "lastObservedTime"];

/// Up to how many fields a type has a decoder of its own.
const FEW: usize = 10;

/// Reads an object of a definition, by the definition's name. The JSON is well-formed.
///
/// # Errors
/// What does not fit, in the server's words.
pub(super) fn decode(definition: &str, text: &[u8]) -> Result<Value, String> {
    let mut scan = Scan::new(text);
    let value = object(&mut scan, definition, true);
    match scan.error {
        Some(error) => Err(error),
        None => Ok(value),
    }
}

/// An object with the fields of a definition.
fn object(scan: &mut Scan<'_>, of: &str, top: bool) -> Value {
    let mut fields = Map::new();
    if !scan.object_start() {
        return Value::Object(fields);
    }
    let definition = super::definition(of);
    let few = definition.is_none_or(|definition| definition.fields.len() <= FEW);
    loop {
        let name = scan.field_name(few);
        let node = name.as_ref().and_then(|name| definition?.fields.get(name));
        match name.zip(node) {
            Some((name, node)) => {
                if let Some(value) = field(scan, of, &name, node) {
                    fields.insert(name.clone(), value);
                } else {
                    fields.shift_remove(&name);
                }
                scan.wrap(|| match name.as_str() {
                    "kind" if top => "TypeMeta: Kind: ".to_owned(),
                    "apiVersion" if top => "TypeMeta: APIVersion: ".to_owned(),
                    name => format!("{}: ", names::field(of, name)),
                });
            }
            None => scan.skip(),
        }
        let next = scan.token();
        if next == b',' {
            continue;
        }
        scan.wrap(|| format!("{}.", names::type_name(of)));
        if next != b'}' {
            scan.report("struct Decode", &format!("expect }}, but found {}", shown(next)));
        }
        return Value::Object(fields);
    }
}

/// A field's value; none for null.
fn field(scan: &mut Scan<'_>, of: &str, name: &str, node: &Node) -> Option<Value> {
    // Go's decoder looks for null in pointers, and again in what they point to.
    let message = matches!(node.shape, Shape::Named(_) | Shape::Time | Shape::IntOrString | Shape::Quantity);
    let (kind, group) = (of.rsplit('.').next().unwrap_or(of), of.rsplit('.').nth(2).unwrap_or_default());
    if codec::is_pointer(&format!("{group}.{kind}"), name, message) && scan.null() {
        return None;
    }
    value(scan, of, name, &node.shape)
}

fn value(scan: &mut Scan<'_>, of: &str, name: &str, shape: &Shape) -> Option<Value> {
    match shape {
        Shape::Named(definition) => Some(object(scan, definition, false)),
        Shape::Map(node) => map(scan, of, name, &node.shape),
        Shape::List(node) => {
            let list = list(scan, of, name, &node.shape);
            scan.wrap(|| match &node.shape {
                Shape::Named(element) => format!("[]{}: ", names::type_name(element)),
                Shape::List(_) | Shape::Map(_) | Shape::Any => "[]interface {}: ".to_owned(),
                Shape::Integer(bits) => format!("[]int{bits}: "),
                _ => format!("[]{}: ", names::element(of, name)),
            });
            list
        }
        Shape::String => Some(json!(scan.string())),
        Shape::Boolean => (!scan.null()).then(|| json!(scan.boolean())),
        Shape::Integer(bits) => (!scan.null()).then(|| json!(scan.integer(*bits))),
        Shape::Number => {
            let raw: Value = serde_json::from_slice(scan.raw()).unwrap_or_default();
            if !raw.is_number() && !raw.is_null() {
                scan.report("readFloat64SlowPath", "unexpected end of number");
            }
            Some(raw).filter(Value::is_number)
        }
        Shape::Bytes => bytes(scan),
        Shape::Any => {
            let raw = serde_json::from_slice(scan.raw()).unwrap_or_default();
            Some(raw).filter(|raw: &Value| !raw.is_null())
        }
        Shape::Time | Shape::Quantity | Shape::IntOrString => {
            let raw: Value = serde_json::from_slice(scan.raw()).unwrap_or_default();
            match unmarshal(shape, name, raw) {
                Ok(value) => value,
                Err(why) => {
                    scan.report("unmarshalerDecoder", &why);
                    None
                }
            }
        }
    }
}

/// A value whose Go type reads itself.
///
/// # Errors
/// Why it does not, in Go's words.
pub fn unmarshal(shape: &Shape, name: &str, raw: Value) -> Result<Option<Value>, String> {
    let wrong = |into: &str| {
        let kind = match &raw {
            Value::Bool(_) => "bool".to_owned(),
            Value::Number(number) if number.is_f64() && into == "int32" => format!("number {number}"),
            Value::Number(_) => "number".to_owned(),
            Value::String(_) => "string".to_owned(),
            Value::Array(_) => "array".to_owned(),
            _ => "object".to_owned(),
        };
        format!("json: cannot unmarshal {kind} into Go value of type {into}")
    };
    match (shape, &raw) {
        (_, Value::Null) => Ok(None),
        (Shape::Time, Value::String(text)) => {
            go_time::check(text, MICRO.contains(&name))?;
            Ok(Some(raw))
        }
        (Shape::Time, _) => Err(wrong("string")),
        (Shape::Quantity, Value::String(text)) => match Quantity::parse(text) {
            Some(_) => Ok(Some(raw)),
            None => Err(NO_QUANTITY.to_owned()),
        },
        (Shape::Quantity, Value::Number(number)) => Ok(Some(json!(number.to_string()))),
        (Shape::Quantity, _) => Err(NO_QUANTITY.to_owned()),
        (_, Value::String(_)) => Ok(Some(raw)),
        (_, Value::Number(number)) if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) => {
            Ok(Some(raw))
        }
        (_, Value::Number(number)) => {
            Err(format!("json: cannot unmarshal number {number} into Go value of type int32"))
        }
        _ => Err(wrong("int32")),
    }
}

fn bytes(scan: &mut Scan<'_>) -> Option<Value> {
    if scan.null() {
        return None;
    }
    if scan.peek() != b'"' {
        scan.report("base64Codec", "invalid input");
        return None;
    }
    let text = scan.string();
    if let Some(at) = illegal_base64(&text) {
        scan.report("decode base64", &format!("illegal base64 data at input byte {at}"));
    }
    Some(json!(text.replace(['\n', '\r'], "")))
}

/// Where Go's decoder of base64 stops; `None`: it does not. It skips the line ends that some programs put in.
pub fn illegal_base64(text: &str) -> Option<usize> {
    let plain = text.replace(['\n', '\r'], "");
    STANDARD.decode(&plain).is_err().then(|| illegal_at(&plain))
}

/// Where Go's decoder of base64 stops.
fn illegal_at(text: &str) -> usize {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    match text.bytes().position(|byte| !legal(byte)) {
        Some(at) if text.as_bytes()[at] == b'=' && at % 4 >= 2 => {
            // Padding ends the text.
            let end = (at / 4 + 1) * 4;
            if at % 4 == 2 && text.as_bytes().get(at + 1).is_some_and(|byte| *byte != b'=') {
                at + 1
            } else {
                end.min(text.len())
            }
        }
        Some(at) => at,
        None => text.len() / 4 * 4,
    }
}

fn list(scan: &mut Scan<'_>, of: &str, name: &str, element: &Shape) -> Option<Value> {
    match scan.token() {
        b'n' => {
            scan.rest("ull");
            return None;
        }
        b'[' => {}
        other => {
            scan.report("decode slice", &format!("expect [ or n, but found {}", shown(other)));
            return None;
        }
    }
    if scan.token() == b']' {
        return Some(json!([]));
    }
    scan.unread();
    let mut elements = Vec::new();
    loop {
        elements.push(value(scan, of, name, element).unwrap_or_else(|| zero(element)));
        match scan.token() {
            b',' => {}
            b']' => return Some(json!(elements)),
            other => {
                scan.report("decode slice", &format!("expect ], but found {}", shown(other)));
                return None;
            }
        }
    }
}

fn map(scan: &mut Scan<'_>, of: &str, name: &str, element: &Shape) -> Option<Value> {
    match scan.token() {
        b'n' => {
            scan.rest("ull");
            return None;
        }
        b'{' => {}
        other => {
            scan.report("ReadMapCB", &format!("expect {{ or n, but found {}", shown(other)));
            return None;
        }
    }
    let mut entries = Map::new();
    if scan.token() == b'}' {
        return Some(Value::Object(entries));
    }
    scan.unread();
    loop {
        let key = scan.string();
        let found = scan.token();
        if found != b':' {
            scan.report("ReadMapCB", &format!("expect : after object field, but found {}", shown(found)));
            return None;
        }
        let value = value(scan, of, name, element).unwrap_or_else(|| zero(element));
        entries.insert(key, value);
        match scan.token() {
            b',' => {}
            b'}' => return Some(Value::Object(entries)),
            other => {
                scan.report("ReadMapCB", &format!("expect }}, but found {}", shown(other)));
                return None;
            }
        }
    }
}

/// What null is within a list or a map.
fn zero(shape: &Shape) -> Value {
    match shape {
        Shape::Named(_) => json!({}),
        Shape::String | Shape::Bytes => json!(""),
        Shape::Quantity => json!("0"),
        Shape::Boolean => json!(false),
        Shape::Integer(_) => json!(0),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests;
