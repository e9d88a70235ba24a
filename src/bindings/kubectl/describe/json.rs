//! Reading objects as kubectl's typed clients read them: what is missing is empty, zero or false.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::render::Quantity;
pub(super) use crate::render::go_value as show;

/// A string, or nothing.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A string; `none` where it is missing or empty.
pub(super) fn text_or<'a>(value: &'a Value, none: &'a str) -> &'a str {
    Some(text(value)).filter(|text| !text.is_empty()).unwrap_or(none)
}

/// An integer, or zero.
pub(super) fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// A boolean, or false.
pub(super) fn flag(value: &Value) -> bool {
    value.as_bool().unwrap_or_default()
}

/// The elements of an array.
pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The strings of an array, joined.
pub(super) fn joined(value: &Value, separator: &str) -> String {
    items(value).iter().map(text).collect::<Vec<_>>().join(separator)
}

/// The strings of an array joined by commas, `<none>` where it is empty.
pub(super) fn joined_or_none(value: &Value) -> String {
    text_or(&joined(value, ",").into(), "<none>").to_owned()
}

/// The fields of an object in the order of their names.
pub(super) fn sorted(value: &Value) -> Vec<(&str, &Value)> {
    let mut fields: Vec<(&str, &Value)> =
        value.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value)).collect();
    fields.sort_by_key(|(name, _)| *name);
    fields
}

/// An amount, or zero.
pub(super) fn quantity(value: &Value) -> Quantity {
    match value {
        Value::String(text) => Quantity::parse(text),
        Value::Number(number) => Quantity::parse(&number.to_string()),
        _ => None,
    }
    .unwrap_or(Quantity::ZERO)
}

/// A moment, where it is set.
pub(super) fn timestamp(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// A moment as kubectl writes it, in UTC: what is written into a notebook must not depend on who runs it.
pub(super) fn time(value: &Value) -> String {
    match timestamp(value) {
        Some(time) => time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
        // Go's zero time.
        None => "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(),
    }
}

/// A list of strings as Go's `%v` writes it, `[]` where it is missing.
pub(super) fn show_list(value: &Value) -> String {
    format!("[{}]", joined(value, " "))
}

/// `True` or `False`.
pub(super) fn capital(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// `True`, `False`, or `<unset>`.
pub(super) fn capital_or_unset(value: &Value) -> &'static str {
    value.as_bool().map_or("<unset>", capital)
}

/// A value, or `<unset>`.
pub(super) fn or_unset(value: &Value) -> String {
    if value.is_null() { "<unset>".to_owned() } else { show(value) }
}
