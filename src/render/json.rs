//! JSON and values as Go prints them.

use serde_json::{Number, Value};

/// JSON on one line with sorted keys, as Go's `json.Marshal` writes it: `<`, `>` and `&` are escaped.
pub fn compact_json(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, COMPACT, 0);
    out
}

/// JSON with sorted keys, four spaces a level and a final newline, as `kubectl get -o json` prints it.
pub fn indented_json(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, INDENTED, 0);
    out.push('\n');
    out
}

/// As [`indented_json`], with the keys in the order in which they stand: so kubectl prints what it made itself.
pub fn ordered_json(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, Form { sorted: false, ..INDENTED }, 0);
    out.push('\n');
    out
}

/// As [`compact_json`], with the keys in the order in which they stand.
pub fn compact_ordered_json(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, Form { sorted: false, ..COMPACT }, 0);
    out
}

/// An object as an API server lays it out for people: the keys in the order in which they stand, two spaces a level, an
/// object without fields on two lines, and `fieldsV1`, which to it is raw JSON, on one. No final newline.
///
/// Source: json-iterator v1.1.10 `stream.go`, as a v1.20.2 prints it.
pub fn served_json(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, Form { indent: Some(2), sorted: false, served: true }, 0);
    out
}

/// How JSON is laid out.
#[derive(Clone, Copy)]
struct Form {
    /// Spaces a level; none: all on one line.
    indent: Option<usize>,
    /// Whether keys are sorted.
    sorted: bool,
    /// As by an API server.
    served: bool,
}

const COMPACT: Form = Form { indent: None, sorted: true, served: false };
const INDENTED: Form = Form { indent: Some(4), sorted: true, served: false };

fn write(out: &mut String, value: &Value, form: Form, depth: usize) {
    let line = |out: &mut String, depth: usize| {
        if let Some(width) = form.indent {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', width * depth));
        }
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&json_number(number)),
        Value::String(text) => quote(out, text),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(map) if map.is_empty() => {
            out.push('{');
            if form.served && form.indent.is_some() {
                line(out, depth + 1);
                line(out, depth);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(out, depth + 1);
                write(out, item, form, depth + 1);
            }
            line(out, depth);
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            if form.sorted {
                entries.sort_by_key(|(key, _)| *key);
            }
            out.push('{');
            for (at, (key, value)) in entries.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(out, depth + 1);
                quote(out, key);
                out.push(':');
                if form.indent.is_some() {
                    out.push(' ');
                }
                let raw = form.served && key == "fieldsV1";
                write(out, value, if raw { Form { sorted: false, ..COMPACT } } else { form }, depth + 1);
            }
            line(out, depth);
            out.push('}');
        }
    }
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// A number in JSON: integers as they are, floats as Go's encoder writes them.
fn json_number(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| !number.is_i64() && !number.is_u64()) else {
        return number.to_string();
    };
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        // Go writes e-09 as e-9.
        return exponent_form(float).replace("e-0", "e-").replace("e+0", "e+");
    }
    format!("{float}")
}

/// A number as Go's `%v` and its YAML print it: floats below 1e-04 and from 1e+06 on with an exponent.
pub fn go_number(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| !number.is_i64() && !number.is_u64()) else {
        return number.to_string();
    };
    let exponent = if float == 0.0 { 0 } else { float.abs().log10().floor() as i32 };
    if (-4..6).contains(&exponent) { format!("{float}") } else { exponent_form(float) }
}

/// `1e+21`, with at least two digits of exponent.
fn exponent_form(float: f64) -> String {
    let text = format!("{float:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => text,
    }
}

/// A value as Go's `%v` prints it: `map[a:1 b:[x y]]`, strings bare, `<nil>` for null.
pub fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) => go_number(number),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go_value).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries: Vec<String> =
                entries.into_iter().map(|(key, value)| format!("{key}:{}", go_value(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_that_of_go() {
        let value = json!({"b": [1, {"x": "<&>"}], "a": {}, "c": [], "d": "\u{1}\t\"", "e": 1.5});
        assert_eq!(
            compact_json(&value),
            r#"{"a":{},"b":[1,{"x":"\u003c\u0026\u003e"}],"c":[],"d":"\u0001\t\"","e":1.5}"#
        );
        assert_eq!(
            indented_json(&json!({"b": [1], "a": {}})),
            "{\n    \"a\": {},\n    \"b\": [\n        1\n    ]\n}\n"
        );
    }

    #[test]
    fn an_api_server_lays_objects_out_in_its_own_way() {
        let value = json!({"metadata": {}, "fieldsV1": {"f:b": {"f:a": {}}}, "items": [], "a": "<"});
        assert_eq!(
            served_json(&value),
            "{\n  \"metadata\": {\n    \n  },\n  \"fieldsV1\": {\"f:b\":{\"f:a\":{}}},\n  \"items\": [],\n  \"a\": \"\\u003c\"\n}"
        );
        assert_eq!(compact_ordered_json(&json!({"b": {}, "a": 1})), r#"{"b":{},"a":1}"#);
    }

    #[test]
    fn floats_are_those_of_go() {
        assert_eq!(compact_json(&json!([1e21, 1e-7, 100000.0, 0.1])), "[1e+21,1e-7,100000,0.1]");
        assert_eq!(go_value(&json!([1e6, 1e-7, 2.0, 0.1])), "[1e+06 1e-07 2 0.1]");
    }

    #[test]
    fn values_are_those_of_percent_v() {
        assert_eq!(go_value(&json!({"b": ["x", 1, null], "a": {"c": true}})), "map[a:map[c:true] b:[x 1 <nil>]]");
    }
}
