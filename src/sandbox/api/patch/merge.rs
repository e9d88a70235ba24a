//! JSON Merge Patch, RFC 7386.

use serde_json::{Map, Value};

/// `original` with `patch` merged into it: objects merge, null removes, everything else replaces.
pub fn merge(original: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut merged = original.as_object().cloned().unwrap_or_else(Map::new);
    for (key, value) in patch {
        if value.is_null() {
            merged.shift_remove(key);
        } else {
            let changed = merge(merged.get(key).unwrap_or(&Value::Null), value);
            merged.insert(key.clone(), changed);
        }
    }
    merged.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    /// RFC 7386, appendix A: original, patch, result.
    const VECTORS: &str = r#"[
        [{"a":"b"}, {"a":"c"}, {"a":"c"}],
        [{"a":"b"}, {"b":"c"}, {"a":"b","b":"c"}],
        [{"a":"b"}, {"a":null}, {}],
        [{"a":"b","b":"c"}, {"a":null}, {"b":"c"}],
        [{"a":["b"]}, {"a":"c"}, {"a":"c"}],
        [{"a":"c"}, {"a":["b"]}, {"a":["b"]}],
        [{"a":{"b":"c"}}, {"a":{"b":"d","c":null}}, {"a":{"b":"d"}}],
        [{"a":[{"b":"c"}]}, {"a":[1]}, {"a":[1]}],
        [["a","b"], ["c","d"], ["c","d"]],
        [{"a":"b"}, ["c"], ["c"]],
        [{"a":"foo"}, null, null],
        [{"a":"foo"}, "bar", "bar"],
        [{"e":null}, {"a":1}, {"e":null,"a":1}],
        [[1,2], {"a":"b","c":null}, {"a":"b"}],
        [{}, {"a":{"bb":{"ccc":null}}}, {"a":{"bb":{}}}]
    ]"#;

    #[test]
    fn the_examples_of_the_rfc_hold() {
        let vectors: Vec<[Value; 3]> = serde_json::from_str(VECTORS).unwrap();
        for [original, patch, result] in &vectors {
            assert_eq!(&merge(original, patch), result, "{original} {patch}");
        }
    }
}
