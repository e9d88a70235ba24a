//! Strategic merge patches applied here, as the server applies them: for dry runs that ask no server.
//!
//! Source of the rules: kubernetes v1.20 `staging/src/k8s.io/apimachinery/pkg/util/strategicpatch`, `mergeMap`.

use serde_json::{Map, Value};

use super::strategic_patch::{Field, Shape};
use crate::client::Failure;

const DIRECTIVE: &str = "$patch";
const ORDER: &str = "$setElementOrder/";
const REMOVALS: &str = "$deleteFromPrimitiveList/";
const RETAINED: &str = "$retainKeys";

/// Lays `patch` over `object`.
///
/// # Errors
/// A directive that is none, or an element of a merged list without its key, in kubectl's words.
pub(super) fn merge(object: Map<String, Value>, patch: &Map<String, Value>, shape: Shape<'_>) -> Merged {
    match patch.get(DIRECTIVE).and_then(Value::as_str) {
        Some("replace") => {
            let rest = patch.iter().filter(|(key, _)| *key != DIRECTIVE);
            return Ok(rest.map(|(key, value)| (key.clone(), value.clone())).collect());
        }
        Some("delete") => return Ok(Map::new()),
        Some("merge") | None => {}
        Some(_) => return wrong(format!("Unknown patch type found: {}", crate::render::go_value(&patch[DIRECTIVE]))),
    }
    let mut object = object;
    if let Some(retained) = patch.get(RETAINED).and_then(Value::as_array) {
        object.retain(|key, _| retained.iter().any(|retained| retained == key));
    }
    for (key, new) in patch.iter().filter(|(key, _)| !key.starts_with('$')) {
        if new.is_null() {
            object.shift_remove(key);
            continue;
        }
        let field = shape.field(key);
        let merged = match (object.get_mut(key).map(Value::take), new) {
            (Some(Value::Object(old)), Value::Object(new)) if !field.replaces => merge(old, new, field.shape)?.into(),
            (Some(Value::Array(old)), Value::Array(new)) if field.merges => merge_lists(old, new, &field)?.into(),
            _ => new.clone(),
        };
        object.insert(key.clone(), merged);
    }
    for (key, list) in patch {
        let (Some(list), shape) = (list.as_array(), |key: &str| shape.field(key)) else { continue };
        if let Some(key) = key.strip_prefix(REMOVALS)
            && let Some(Value::Array(values)) = object.get_mut(key)
        {
            values.retain(|value| !list.contains(value));
        } else if let Some(key) = key.strip_prefix(ORDER)
            && let Some(Value::Array(values)) = object.get_mut(key)
        {
            let by = shape(key).merge_key;
            let stored = values.clone();
            *values = ordered(std::mem::take(values), list, &stored, by);
        }
    }
    Ok(object)
}

/// A merged object.
type Merged = Result<Map<String, Value>, Failure>;

fn merge_lists(old: Vec<Value>, new: &[Value], field: &Field<'_>) -> Result<Vec<Value>, Failure> {
    let by = field.merge_key;
    let mut merged = old.clone();
    if !new.iter().all(Value::is_object) {
        merged.extend(new.iter().filter(|value| !old.contains(value)).cloned());
        return Ok(ordered(merged, new, &old, ""));
    }
    if new.iter().any(|element| element[DIRECTIVE] == "replace") {
        return Ok(new.iter().filter(|element| element.get(DIRECTIVE).is_none()).cloned().collect());
    }
    for element in new {
        let Some(fields) = element.as_object() else { continue };
        if fields.get(by).is_none() {
            let shown = crate::render::go_value(element);
            return wrong(format!("map: {shown} does not contain declared merge key: {by}"));
        }
        let same = |other: &Value| other[by] == element[by];
        if element[DIRECTIVE] == "delete" {
            merged.retain(|other| !same(other));
            continue;
        }
        match merged.iter().position(same) {
            Some(place) => {
                let under = merged[place].as_object().cloned().unwrap_or_default();
                merged[place] = merge(under, fields, field.shape)?.into();
            }
            None => merged.push(element.clone()),
        }
    }
    Ok(ordered(merged, new, &old, by))
}

/// What a patch mentions stands in the patch's order, the rest in its own; where both were there before, that order
/// decides between them, and what is new comes first.
fn ordered(list: Vec<Value>, patch: &[Value], stored: &[Value], by: &str) -> Vec<Value> {
    let same = |a: &Value, b: &Value| if by.is_empty() { a == b } else { a[by] == b[by] };
    let place = |among: &[Value], value: &Value| among.iter().position(|other| same(other, value));
    let (mut mentioned, rest): (Vec<Value>, Vec<Value>) =
        list.into_iter().partition(|value| place(patch, value).is_some());
    mentioned.sort_by_key(|value| place(patch, value));
    let (mut mentioned, mut rest) = (mentioned.into_iter().peekable(), rest.into_iter().peekable());
    let mut ordered = Vec::new();
    while let (Some(own), Some(other)) = (mentioned.peek(), rest.peek()) {
        let rest_first = place(stored, other).zip(place(stored, own)).is_some_and(|(other, own)| other < own);
        ordered.extend(if rest_first { rest.next() } else { mentioned.next() });
    }
    ordered.extend(mentioned.chain(rest));
    ordered
}

fn wrong<T>(what: String) -> Result<T, Failure> {
    Err(Failure::answer(format!("error: {what}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::k8s::{OpenApi, Schema};

    const SWAGGER: &str = r##"{"definitions": {"Thing": {"type": "object", "properties": {
        "containers": {"type": "array", "items": {"type": "object"},
            "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"},
        "finalizers": {"type": "array", "items": {"type": "string"}, "x-kubernetes-patch-strategy": "merge"},
        "strategy": {"type": "object", "x-kubernetes-patch-strategy": "retainKeys"}}}}}"##;

    fn merged(object: Value, patch: Value) -> Result<Value, String> {
        let openapi = OpenApi::parse(SWAGGER).unwrap();
        let thing = Schema { reference: Some("Thing".to_owned()), ..Schema::default() };
        let shape = Shape { openapi: &openapi, schema: Some(&thing) };
        let (object, patch) = (object.as_object().cloned().unwrap(), patch.as_object().cloned().unwrap());
        merge(object, &patch, shape).map(Value::Object).map_err(|failure| failure.message)
    }

    #[test]
    fn merges_lists_by_key_and_keeps_their_order() {
        let object = json!({"containers": [{"name": "a", "x": 1}, {"name": "b"}, {"name": "c"}]});
        for (patch, names) in [
            (json!({"containers": [{"name": "n"}]}), json!(["n", "a", "b", "c"])),
            (json!({"containers": [{"name": "b", "$patch": "delete"}]}), json!(["a", "c"])),
            (json!({"containers": [{"$patch": "replace"}, {"name": "z"}]}), json!(["z"])),
            (json!({"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}]}), json!(["b", "c", "a"])),
        ] {
            let merged = merged(object.clone(), patch.clone()).unwrap();
            let found: Vec<_> =
                merged["containers"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
            assert_eq!(Value::Array(found), names, "{patch}");
        }
        let changed = merged(object.clone(), json!({"containers": [{"name": "a", "y": 2, "x": null}]})).unwrap();
        assert_eq!(changed["containers"][0], json!({"name": "a", "y": 2}));
        assert_eq!(
            merged(object, json!({"containers": [{"image": "x:1"}]})).unwrap_err(),
            "error: map: map[image:x:1] does not contain declared merge key: name"
        );
    }

    #[test]
    fn heeds_the_directives() {
        assert_eq!(
            merged(
                json!({"finalizers": ["a", "b"], "strategy": {"type": "x", "rolling": 1}, "gone": 1}),
                json!({"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"], "gone": null,
                    "strategy": {"$retainKeys": ["type"], "type": "y"}}),
            )
            .unwrap(),
            json!({"finalizers": ["c", "b"], "strategy": {"type": "y"}})
        );
        assert_eq!(merged(json!({"a": 1}), json!({"$patch": "replace", "b": 2})).unwrap(), json!({"b": 2}));
    }
}
