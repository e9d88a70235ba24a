//! Values of a script as JSON and back, and as the text that `print` and a cell's last expression show.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rhai::{Array, Blob, Dynamic, FLOAT, FnPtr, INT, Map};
use serde_json::Value;

use super::{Block, Printed, Thrown};

/// A JSON value as a script sees it. Integers stay integers; what does not fit into 64 signed bits becomes a float.
pub fn from_json(value: &Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => integer.into(),
            None => number.as_f64().unwrap_or(f64::NAN).into(),
        },
        Value::String(text) => text.clone().into(),
        Value::Array(items) => items.iter().map(from_json).collect::<Array>().into(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.as_str().into(), from_json(value))).collect::<Map>().into()
        }
    }
}

/// A script's value as JSON, fields sorted by name. Bytes become text where they are UTF-8, else base64.
pub fn to_json(value: &Dynamic) -> Value {
    if let Some(value) = scalar(value) {
        return value;
    }
    if let Some(items) = value.read_lock::<Array>() {
        return items.iter().map(to_json).collect();
    }
    if let Some(fields) = value.read_lock::<Map>() {
        return fields.iter().map(|(name, value)| (name.to_string(), to_json(value))).collect();
    }
    if let Some(bytes) = value.read_lock::<Blob>() {
        return std::str::from_utf8(&bytes).map_or_else(|_| STANDARD.encode(&*bytes), str::to_owned).into();
    }
    if let Some(thrown) = value.read_lock::<Thrown>() {
        return thrown.map().iter().map(|(name, value)| (name.to_string(), to_json(value))).collect();
    }
    if let Some(printed) = value.read_lock::<Printed>() {
        return printed.map().iter().map(|(name, value)| (name.to_string(), to_json(value))).collect();
    }
    if let Some(function) = value.read_lock::<FnPtr>() {
        return format!("Fn({})", function.fn_name()).into();
    }
    value.to_string().into()
}

fn scalar(value: &Dynamic) -> Option<Value> {
    if value.is_unit() {
        return Some(Value::Null);
    }
    if let Ok(value) = value.as_bool() {
        return Some(value.into());
    }
    if let Ok(integer) = value.as_int() {
        return Some(integer.into());
    }
    if let Ok(float) = value.as_float() {
        return Some(float.into());
    }
    if let Ok(character) = value.as_char() {
        return Some(character.to_string().into());
    }
    value.as_immutable_string_ref().ok().map(|text| text.as_str().into())
}

/// Whether a value has a text of its own here; else its type's `to_string` has to be asked.
pub(crate) fn is_known(value: &Dynamic) -> bool {
    scalar(value).is_some()
        || value.is_array()
        || value.is_map()
        || value.is_blob()
        || value.is_fnptr()
        || value.read_lock::<Thrown>().is_some()
        || value.read_lock::<Printed>().is_some()
        || value.read_lock::<Block>().is_some()
}

/// A value as `print` shows it: text as it is, maps and arrays as JSON over several lines.
pub fn text_of(value: &Dynamic) -> String {
    if let Some(block) = value.read_lock::<Block>() {
        return block.to_string();
    }
    if let Some(printed) = value.read_lock::<Printed>() {
        return printed.stdout.clone();
    }
    if let Some(thrown) = value.read_lock::<Thrown>() {
        return thrown.to_string();
    }
    if value.is_array() || value.is_map() {
        return pretty(value);
    }
    if value.is_int() || value.is_float() || value.is_char() {
        return value.to_string();
    }
    match to_json(value) {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// A value as `debug` shows it, and a claim's evidence: JSON, so that a text has quotes.
pub fn debug_of(value: &Dynamic) -> String {
    if value.is_array() || value.is_map() { pretty(value) } else { to_json(value).to_string() }
}

fn pretty(value: &Dynamic) -> String {
    // Keys are strings and numbers are finite or null, so this cannot fail; were it to, the compact form is right too.
    let json = to_json(value);
    serde_json::to_string_pretty(&json).unwrap_or_else(|_| json.to_string())
}

/// How a type is called in messages.
pub fn type_of(value: &Dynamic) -> &str {
    match value.type_name() {
        "()" => "nothing",
        name if name == std::any::type_name::<INT>() => "an integer",
        name if name == std::any::type_name::<FLOAT>() => "a float",
        "string" => "a string",
        "array" => "an array",
        "map" => "a map",
        "bool" => "a bool",
        "blob" => "bytes",
        "Fn" => "a function",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_stay_exact_where_they_fit() {
        let value = json!({"a": 9_007_199_254_740_993_i64, "b": [1, 2.5, null, true], "c": "x"});
        assert_eq!(to_json(&from_json(&value)), value);
        assert!(from_json(&json!(u64::MAX)).is_float());
        assert!(from_json(&json!(i64::MIN)).is_int());
    }

    #[test]
    fn shows_values_as_people_read_them() {
        assert_eq!(text_of(&"a \"b\"".into()), "a \"b\"");
        assert_eq!(debug_of(&"a".into()), "\"a\"");
        assert_eq!(text_of(&Dynamic::UNIT), "");
        assert_eq!(text_of(&2.0.into()), "2.0");
        assert_eq!(text_of(&from_json(&json!({"b": 1, "a": []}))), "{\n  \"a\": [],\n  \"b\": 1\n}");
        assert_eq!(text_of(&Dynamic::from_blob(b"hi".to_vec())), "hi");
        assert_eq!(text_of(&Dynamic::from_blob(vec![255])), "/w==");
    }
}
