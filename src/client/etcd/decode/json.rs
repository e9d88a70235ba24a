//! A protobuf message as Kubernetes writes it in JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage, Value as Field};
use serde_json::{Map, Value};

use super::presence;

/// Struct fields that Go inlines (`json:",inline"`), which protobuf cannot: their fields stand among their parent's.
const INLINED: [&str; 7] = [
    "ephemeralContainerCommon",
    "handler",
    "ingressRuleValue",
    "localObjectReference",
    "persistentVolumeSource",
    "rule",
    "volumeSource",
];

/// Whether the fields of a message field of this name stand among its parent's.
pub(crate) fn is_inlined(field: &str) -> bool {
    INLINED.contains(&field)
}

/// Adds the message's fields to `object`.
pub(super) fn add_fields(message: &DynamicMessage, object: &mut Map<String, Value>) {
    let descriptor = message.descriptor();
    let name = presence::short_name(&descriptor);
    for field in descriptor.fields() {
        let present = message.has_field(&field);
        if !present {
            if field.is_list() && presence::is_null_when_empty(&name, field.name()) {
                object.insert(key(&field).to_owned(), Value::Null);
            }
            continue;
        }
        let value = message.get_field(&field);
        if let Field::Message(inner) = &*value
            && is_inlined(field.name())
        {
            add_fields(inner, object);
        } else if !is_zero(&value) || presence::is_shown_when_zero(&name, field.name()) {
            object.insert(key(&field).to_owned(), json(&value, &field));
        }
    }
}

/// The field's name in JSON, which is that of the message but for one.
pub(crate) fn key(field: &FieldDescriptor) -> &str {
    match field.name() {
        "Webhooks" => "webhooks",
        name => name,
    }
}

/// Whether a present value is what Go's `omitempty` leaves out. Structs never are.
fn is_zero(value: &Field) -> bool {
    match value {
        Field::Bool(value) => !value,
        Field::I32(value) => *value == 0,
        Field::I64(value) => *value == 0,
        Field::U32(value) => *value == 0,
        Field::U64(value) => *value == 0,
        Field::F32(value) => *value == 0.0,
        Field::F64(value) => *value == 0.0,
        Field::String(value) => value.is_empty(),
        Field::Bytes(value) => value.is_empty(),
        Field::List(value) => value.is_empty(),
        Field::Map(value) => value.is_empty(),
        Field::EnumNumber(_) | Field::Message(_) => false,
    }
}

fn json(value: &Field, field: &FieldDescriptor) -> Value {
    match value {
        Field::Bool(value) => (*value).into(),
        Field::I32(value) => (*value).into(),
        Field::I64(value) => (*value).into(),
        Field::U32(value) => (*value).into(),
        Field::U64(value) => (*value).into(),
        Field::F32(value) => (*value).into(),
        Field::F64(value) => (*value).into(),
        Field::EnumNumber(value) => (*value).into(),
        Field::String(value) => value.as_str().into(),
        Field::Bytes(value) => STANDARD.encode(value).into(),
        Field::Message(message) => message_json(message),
        Field::List(items) => items.iter().map(|item| json(item, field)).collect(),
        Field::Map(entries) => {
            let mut entries: Vec<(String, Value)> =
                entries.iter().map(|(key, value)| (key_text(key), entry_json(value, field))).collect();
            // As Go sorts a map.
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(entries.into_iter().collect())
        }
    }
}

fn entry_json(value: &Field, field: &FieldDescriptor) -> Value {
    match field.kind() {
        Kind::Message(entry) => json(value, &entry.map_entry_value_field()),
        _ => json(value, field),
    }
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::String(text) => text.clone(),
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
    }
}

/// A message whose JSON is not an object of its fields, or else that object.
fn message_json(message: &DynamicMessage) -> Value {
    let text = |name: &str| message.get_field_by_name(name).and_then(|field| field.as_str().map(str::to_owned));
    let number = |name: &str| {
        let field = message.get_field_by_name(name);
        field.and_then(|field| field.as_i64().or_else(|| field.as_i32().map(i64::from))).unwrap_or_default()
    };
    let raw = |name: &str| {
        let field = message.get_field_by_name(name);
        // Empty: nil, which is null.
        field.and_then(|field| serde_json::from_slice(field.as_bytes()?).ok()).unwrap_or(Value::Null)
    };
    match message.descriptor().full_name() {
        "k8s.io.apimachinery.pkg.apis.meta.v1.Time" => time(message, number("seconds"), 0),
        "k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime" => time(message, number("seconds"), number("nanos")),
        "k8s.io.apimachinery.pkg.api.resource.Quantity" => text("string").unwrap_or_default().into(),
        "k8s.io.apimachinery.pkg.util.intstr.IntOrString" => match number("type") {
            0 => number("intVal").into(),
            _ => text("strVal").unwrap_or_default().into(),
        },
        "k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1" => raw("Raw"),
        "k8s.io.apimachinery.pkg.runtime.RawExtension" => raw("raw"),
        name if name.ends_with(".ExtraValue") || name.ends_with(".Verbs") => {
            let mut object = Map::new();
            add_fields(message, &mut object);
            object.remove("items").unwrap_or(Value::Null)
        }
        _ => {
            let mut object = Map::new();
            add_fields(message, &mut object);
            object.into()
        }
    }
}

/// RFC 3339 in UTC: whole seconds for a Time, always six digits for a MicroTime; null where it was never set.
fn time(message: &DynamicMessage, seconds: i64, nanos: i64) -> Value {
    if message.fields().next().is_none() {
        return Value::Null;
    }
    let nanos = i32::try_from(nanos).unwrap_or_default();
    let Ok(time) = jiff::Timestamp::new(seconds, nanos) else { return Value::Null };
    let format = if message.descriptor().name() == "Time" { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S.%6fZ" };
    time.strftime(format).to_string().into()
}
