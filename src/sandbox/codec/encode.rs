//! JSON to protobuf, as the code that Kubernetes generates writes it: fields in the order of their numbers, maps in the
//! order of their keys, and all that is no pointer, also when it is zero.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::encoding::{WireType, encode_key, encode_varint};
use serde_json::{Map, Value};

use super::plan::{PLANS, Plan};
use super::{Invalid, time};
use crate::client::etcd::decode::{Count, Field, Form, Scalar};
use crate::render::Quantity;

/// Writes the fields of `object`.
pub(super) fn message(plan: &Plan, object: &Map<String, Value>, out: &mut Vec<u8>) -> Result<(), Invalid> {
    for (field, always) in plan.fields() {
        if field.inlined {
            delimited(field.number, out, |out| nested(field, |inner| message(inner, object, out)))?;
            continue;
        }
        let value = object.get(&field.key).filter(|value| !value.is_null());
        write_field(field, always, value, out).map_err(|invalid| invalid.within(&field.key))?;
    }
    Ok(())
}

fn write_field(field: &Field, always: bool, value: Option<&Value>, out: &mut Vec<u8>) -> Result<(), Invalid> {
    match (field.count, value) {
        (Count::One, None) if always => element(field, field.number, None, out),
        (_, None) => Ok(()),
        (Count::One, value) => element(field, field.number, value, out),
        (Count::Many, Some(Value::Array(items))) => items.iter().enumerate().try_for_each(|(at, item)| {
            let item = Some(item).filter(|item| !item.is_null());
            element(field, field.number, item, out).map_err(|invalid| invalid.at(at))
        }),
        (Count::Map, Some(Value::Object(entries))) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            entries.into_iter().try_for_each(|(key, value)| {
                delimited(field.number, out, |out| {
                    bytes(1, key.as_bytes(), out);
                    let value = Some(value).filter(|value| !value.is_null());
                    if value.is_none() && field.kind == Scalar::Bytes {
                        return Ok(());
                    }
                    element(field, 2, value, out).map_err(|invalid| invalid.within(key))
                })
            })
        }
        (count, Some(value)) => Err(Invalid::kind(value, if count == Count::Many { "array" } else { "object" })),
    }
}

/// One value, as field `number`; none is zero.
fn element(field: &Field, number: u32, value: Option<&Value>, out: &mut Vec<u8>) -> Result<(), Invalid> {
    match (field.kind, value) {
        (Scalar::Bool, None | Some(Value::Bool(_))) => {
            varint(number, u64::from(value == Some(&Value::Bool(true))), out);
        }
        (Scalar::Int32 | Scalar::Int64, None) => varint(number, 0, out),
        (Scalar::Int32, Some(Value::Number(n))) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => {
            varint(number, n.as_i64().unwrap_or_default().cast_unsigned(), out);
        }
        (Scalar::Int64, Some(Value::Number(n))) if n.is_i64() => {
            varint(number, n.as_i64().unwrap_or_default().cast_unsigned(), out);
        }
        (Scalar::Double, None) => double(number, 0.0, out),
        (Scalar::Double, Some(Value::Number(n))) => double(number, n.as_f64().unwrap_or_default(), out),
        (Scalar::Text | Scalar::Bytes, None) => bytes(number, b"", out),
        (Scalar::Text, Some(Value::String(text))) => bytes(number, text.as_bytes(), out),
        (Scalar::Bytes, Some(Value::String(text))) => {
            let value = STANDARD.decode(text).map_err(|error| Invalid::new(format!("illegal base64 data: {error}")))?;
            bytes(number, &value, out);
        }
        (Scalar::Message(_), value) => {
            return delimited(number, out, |out| nested(field, |plan| special(plan, value, out)));
        }
        (Scalar::Int32 | Scalar::Int64 | Scalar::Double, Some(value)) => return Err(Invalid::kind(value, "number")),
        (Scalar::Bool, Some(value)) => return Err(Invalid::kind(value, "bool")),
        (Scalar::Text | Scalar::Bytes, Some(value)) => return Err(Invalid::kind(value, "string")),
    }
    Ok(())
}

/// A message, whose JSON may be no object.
fn special(plan: &Plan, value: Option<&Value>, out: &mut Vec<u8>) -> Result<(), Invalid> {
    match (plan.shape.form, value) {
        (Form::Object, None) => message(plan, &Map::new(), out),
        (Form::Object, Some(Value::Object(object))) => message(plan, object, out),
        (Form::Object, Some(value)) => Err(Invalid::kind(value, "object")),
        (Form::Time | Form::MicroTime, None) => Ok(()),
        (Form::Time | Form::MicroTime, Some(Value::String(text))) => {
            if let Some((seconds, nanos)) = time::parse(text, plan.shape.form == Form::MicroTime)? {
                varint(1, seconds.cast_unsigned(), out);
                varint(2, u64::from(nanos), out);
            }
            Ok(())
        }
        (Form::Quantity, value) => {
            bytes(1, quantity(value)?.as_bytes(), out);
            Ok(())
        }
        (Form::IntOrString, value) => {
            let (kind, number, text) = match value {
                None => (0, 0, ""),
                Some(Value::Number(n)) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => {
                    (0, n.as_i64().unwrap_or_default(), "")
                }
                Some(Value::String(text)) => (1, 0, text.as_str()),
                Some(value) => return Err(Invalid::kind(value, "number or string")),
            };
            varint(1, kind, out);
            varint(2, number.cast_unsigned(), out);
            bytes(3, text.as_bytes(), out);
            Ok(())
        }
        (Form::Raw, None) => Ok(()),
        (Form::Raw, Some(value)) => {
            bytes(1, value.to_string().as_bytes(), out);
            Ok(())
        }
        (Form::Items, value) => {
            plan.fields().next().map_or(Ok(()), |(items, always)| write_field(items, always, value, out))
        }
        (Form::Time | Form::MicroTime, Some(value)) => Err(Invalid::kind(value, "string")),
    }
}

/// In its canonical form.
fn quantity(value: Option<&Value>) -> Result<String, Invalid> {
    let text = match value {
        None => return Ok("0".to_owned()),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(value) => return Err(Invalid::kind(value, "string")),
    };
    let parsed = Quantity::parse(&text);
    parsed.map(|quantity| quantity.to_string()).ok_or_else(|| {
        Invalid::new(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'".into(),
        )
    })
}

fn nested(field: &Field, write: impl FnOnce(&Plan) -> Result<(), Invalid>) -> Result<(), Invalid> {
    match field.kind {
        Scalar::Message(place) => write(PLANS.at(place)),
        // Only messages are nested.
        _ => Ok(()),
    }
}

fn delimited(
    number: u32,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), Invalid>,
) -> Result<(), Invalid> {
    let mut inner = Vec::new();
    write(&mut inner)?;
    bytes(number, &inner, out);
    Ok(())
}

pub(super) fn bytes(number: u32, value: &[u8], out: &mut Vec<u8>) {
    encode_key(number, WireType::LengthDelimited, out);
    encode_varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

fn varint(number: u32, value: u64, out: &mut Vec<u8>) {
    encode_key(number, WireType::Varint, out);
    encode_varint(value, out);
}

fn double(number: u32, value: f64, out: &mut Vec<u8>) {
    encode_key(number, WireType::SixtyFourBit, out);
    out.extend_from_slice(&value.to_le_bytes());
}
