//! JSON as Go's `encoding/json` writes it: keys sorted, `<`, `>` and `&` escaped. kubectl compares the last-applied
//! annotation by its bytes, so another form of the same object would never be "unchanged".

use std::fmt::Write as _;

use serde_json::Value;

/// `value` on one line.
pub fn go_json(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, &mut text);
    text
}

fn write_value(value: &Value, into: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort();
            into.push('{');
            for (place, key) in keys.into_iter().enumerate() {
                if place > 0 {
                    into.push(',');
                }
                write_text(key, into);
                into.push(':');
                write_value(&fields[key], into);
            }
            into.push('}');
        }
        Value::Array(items) => {
            into.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    into.push(',');
                }
                write_value(item, into);
            }
            into.push(']');
        }
        Value::String(text) => write_text(text, into),
        Value::Number(number) if number.is_f64() => write_float(number.as_f64().unwrap_or_default(), into),
        _ => into.push_str(&value.to_string()),
    }
}

fn write_float(value: f64, into: &mut String) {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        into.push_str(&if size >= 1e21 { text.replace('e', "e+") } else { text });
    } else {
        into.push_str(&value.to_string());
    }
}

fn write_text(text: &str, into: &mut String) {
    into.push('"');
    for c in text.chars() {
        match c {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                // Writing to a String cannot fail.
                let _ = write!(into, "\\u{:04x}", c as u32);
            }
            c => into.push(c),
        }
    }
    into.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writes_as_go_does() {
        assert_eq!(
            go_json(&json!({"b": [1, 0.5, 1e21, 1e-7, null], "a": "<x> & \"y\"\u{1}\n"})),
            r#"{"a":"\u003cx\u003e \u0026 \"y\"\u0001\n","b":[1,0.5,1e+21,1e-7,null]}"#
        );
    }
}
