//! Protobuf as Kubernetes writes it in JSON, straight from its bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use serde_json::{Map, Value};

use super::shapes::{Count, Field, Form, SHAPES, Scalar, Shape};

/// How deep messages may be within each other: as prost takes them.
const DEEPEST: usize = 100;

/// Why bytes are no message.
pub(super) type Broken = Cow<'static, str>;

/// What was read of a field.
enum Slot<'a> {
    Absent,
    Number(Value, bool),
    Bytes(&'a [u8]),
    Text(&'a str),
    /// A message that comes in parts is one: their bytes in a row.
    Message(Cow<'a, [u8]>),
    Many(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

/// Adds the fields of a message to `object`.
pub(super) fn add_fields(
    shape: &Shape,
    bytes: &[u8],
    depth: usize,
    object: &mut Map<String, Value>,
) -> Result<(), Broken> {
    for (field, slot) in shape.fields.iter().zip(read(shape, bytes, depth)?) {
        let (value, zero) = match slot {
            Slot::Absent if field.shows_null => (Value::Null, false),
            Slot::Absent => continue,
            Slot::Number(value, zero) => (value, zero),
            Slot::Bytes(bytes) => (STANDARD.encode(bytes).into(), bytes.is_empty()),
            Slot::Text(text) => (text.into(), text.is_empty()),
            Slot::Message(bytes) => {
                let Scalar::Message(inner) = field.kind else { continue };
                if field.inlined {
                    add_fields(SHAPES.at(inner), &bytes, depth + 1, object)?;
                    continue;
                }
                // Structs are always shown.
                (message(SHAPES.at(inner), &bytes, depth + 1)?, false)
            }
            Slot::Many(items) => (items.into(), false),
            // In the order of their keys, as Go sorts a map.
            Slot::Map(entries) => (Value::Object(entries.into_iter().collect()), false),
        };
        // `omitempty` leaves zeros out.
        if !zero || field.shows_zero {
            object.insert(field.key.clone(), value);
        }
    }
    Ok(())
}

/// Reads the fields of a message, each into its place.
fn read<'a>(shape: &Shape, mut bytes: &'a [u8], depth: usize) -> Result<Vec<Slot<'a>>, Broken> {
    if depth > DEEPEST {
        return Err("recursion limit reached".into());
    }
    let mut slots: Vec<Slot<'a>> = shape.fields.iter().map(|_| Slot::Absent).collect();
    while !bytes.is_empty() {
        let (number, wire) = decode_key(&mut bytes).map_err(text)?;
        let Some(place) = shape.place(number) else {
            skip_field(wire, number, &mut bytes, DecodeContext::default()).map_err(text)?;
            continue;
        };
        let field = &shape.fields[place];
        match field.count {
            Count::One => one(field, wire, &mut bytes, &mut slots[place])?,
            Count::Many => {
                let mut items = match std::mem::replace(&mut slots[place], Slot::Absent) {
                    Slot::Many(items) => items,
                    _ => Vec::new(),
                };
                many(field, wire, &mut bytes, depth, &mut items)?;
                if !items.is_empty() {
                    slots[place] = Slot::Many(items);
                }
            }
            Count::Map => {
                let (key, value) = entry(field, chunk(wire, &mut bytes)?, depth)?;
                match &mut slots[place] {
                    Slot::Map(entries) => drop(entries.insert(key, value)),
                    slot => *slot = Slot::Map(BTreeMap::from([(key, value)])),
                }
            }
        }
    }
    Ok(slots)
}

fn one<'a>(field: &Field, wire: WireType, bytes: &mut &'a [u8], slot: &mut Slot<'a>) -> Result<(), Broken> {
    *slot = match field.kind {
        Scalar::Bytes => Slot::Bytes(chunk(wire, bytes)?),
        Scalar::Text => Slot::Text(utf8(chunk(wire, bytes)?)?),
        Scalar::Message(_) => {
            let more = chunk(wire, bytes)?;
            match std::mem::replace(slot, Slot::Absent) {
                Slot::Message(some) => Slot::Message([&some, more].concat().into()),
                _ => Slot::Message(more.into()),
            }
        }
        kind => {
            let (value, zero) = number(kind, wire, bytes)?;
            Slot::Number(value, zero)
        }
    };
    Ok(())
}

fn many(field: &Field, wire: WireType, bytes: &mut &[u8], depth: usize, items: &mut Vec<Value>) -> Result<(), Broken> {
    let number_of = matches!(field.kind, Scalar::Bool | Scalar::Int32 | Scalar::Int64 | Scalar::Double);
    if number_of && wire == WireType::LengthDelimited {
        let mut packed = chunk(wire, bytes)?;
        let each = if field.kind == Scalar::Double { WireType::SixtyFourBit } else { WireType::Varint };
        while !packed.is_empty() {
            items.push(number(field.kind, each, &mut packed)?.0);
        }
    } else if number_of {
        items.push(number(field.kind, wire, bytes)?.0);
    } else {
        items.push(element(field.kind, chunk(wire, bytes)?, depth)?);
    }
    Ok(())
}

/// A list's element or a map's value that is no number.
fn element(kind: Scalar, bytes: &[u8], depth: usize) -> Result<Value, Broken> {
    match kind {
        Scalar::Bytes => Ok(STANDARD.encode(bytes).into()),
        Scalar::Message(inner) => message(SHAPES.at(inner), bytes, depth + 1),
        _ => Ok(utf8(bytes)?.into()),
    }
}

fn entry(field: &Field, mut bytes: &[u8], depth: usize) -> Result<(String, Value), Broken> {
    let (mut key, mut value) = ("", None);
    while !bytes.is_empty() {
        let (number_of, wire) = decode_key(&mut bytes).map_err(text)?;
        match (number_of, field.kind) {
            (1, _) => key = utf8(chunk(wire, &mut bytes)?)?,
            (2, Scalar::Bool | Scalar::Int32 | Scalar::Int64 | Scalar::Double) => {
                value = Some(number(field.kind, wire, &mut bytes)?.0);
            }
            (2, kind) => value = Some(element(kind, chunk(wire, &mut bytes)?, depth)?),
            _ => skip_field(wire, number_of, &mut bytes, DecodeContext::default()).map_err(text)?,
        }
    }
    let value = match (value, field.kind) {
        (Some(value), _) => value,
        (None, Scalar::Bool) => false.into(),
        (None, Scalar::Int32 | Scalar::Int64) => 0.into(),
        (None, Scalar::Double) => 0.0.into(),
        (None, kind) => element(kind, b"", depth)?,
    };
    Ok((key.to_owned(), value))
}

/// A number, and whether it is zero.
fn number(kind: Scalar, wire: WireType, bytes: &mut &[u8]) -> Result<(Value, bool), Broken> {
    if kind == Scalar::Double {
        let (eight, rest) = bytes.split_first_chunk().ok_or("buffer underflow")?;
        expect(WireType::SixtyFourBit, wire)?;
        *bytes = rest;
        let value = f64::from_le_bytes(*eight);
        return Ok((value.into(), value == 0.0));
    }
    expect(WireType::Varint, wire)?;
    let bits = decode_varint(bytes).map_err(text)?.cast_signed();
    // An int32 is what the lower half says, as generated code takes it.
    #[allow(clippy::cast_possible_truncation)]
    Ok(match kind {
        Scalar::Bool => ((bits != 0).into(), bits == 0),
        Scalar::Int32 => ((bits as i32).into(), bits as i32 == 0),
        _ => (bits.into(), bits == 0),
    })
}

fn expect(wanted: WireType, wire: WireType) -> Result<(), Broken> {
    if wire == wanted { Ok(()) } else { Err(format!("invalid wire type: {wire:?} (expected {wanted:?})").into()) }
}

/// Bytes behind their length.
fn chunk<'a>(wire: WireType, bytes: &mut &'a [u8]) -> Result<&'a [u8], Broken> {
    expect(WireType::LengthDelimited, wire)?;
    let length = usize::try_from(decode_varint(bytes).map_err(text)?).map_err(text)?;
    let (chunk, rest) = bytes.split_at_checked(length).ok_or("buffer underflow")?;
    *bytes = rest;
    Ok(chunk)
}

fn utf8(bytes: &[u8]) -> Result<&str, Broken> {
    std::str::from_utf8(bytes).map_err(|_| "invalid string value: data is not UTF-8 encoded".into())
}

fn text(error: impl std::fmt::Display) -> Broken {
    error.to_string().into()
}

/// A message whose JSON is not an object of its fields, or else that object.
fn message(shape: &Shape, bytes: &[u8], depth: usize) -> Result<Value, Broken> {
    if shape.form == Form::Object {
        let mut object = Map::new();
        add_fields(shape, bytes, depth, &mut object)?;
        return Ok(object.into());
    }
    let mut slots = read(shape, bytes, depth)?.into_iter();
    // All of these have what is asked for in the order of their fields.
    let mut next = || slots.next().unwrap_or(Slot::Absent);
    Ok(match shape.form {
        Form::Object => Value::Null,
        Form::Time | Form::MicroTime => time(shape.form, &next(), &next()),
        Form::Quantity => match next() {
            Slot::Text(text) => text.into(),
            _ => "".into(),
        },
        Form::IntOrString => match (next(), next(), next()) {
            (Slot::Number(_, false), _, Slot::Text(text)) => text.into(),
            (Slot::Number(_, false), ..) => "".into(),
            (_, Slot::Number(number, _), _) => number,
            _ => 0.into(),
        },
        Form::Raw => match next() {
            // Empty: nil, which is null.
            Slot::Bytes(json) => serde_json::from_slice(json).unwrap_or(Value::Null),
            _ => Value::Null,
        },
        Form::Items => match next() {
            Slot::Many(items) => items.into(),
            _ => Value::Null,
        },
    })
}

/// RFC 3339 in UTC: whole seconds for a Time, always six digits for a MicroTime; null where it was never set.
fn time(form: Form, seconds: &Slot<'_>, nanos: &Slot<'_>) -> Value {
    let number = |slot: &Slot<'_>| match slot {
        Slot::Number(number, _) => number.as_i64().unwrap_or_default(),
        _ => 0,
    };
    if matches!((seconds, nanos), (Slot::Absent, Slot::Absent)) {
        return Value::Null;
    }
    let (nanos, format) = match form {
        Form::MicroTime => (i32::try_from(number(nanos)).unwrap_or_default(), "%Y-%m-%dT%H:%M:%S.%6fZ"),
        _ => (0, "%Y-%m-%dT%H:%M:%SZ"),
    };
    let Ok(time) = jiff::Timestamp::new(number(seconds), nanos) else { return Value::Null };
    time.strftime(format).to_string().into()
}
