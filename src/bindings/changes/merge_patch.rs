//! Three-way JSON merge patches, which apply uses for custom resources.
//!
//! Source: kubernetes v1.20 `staging/src/k8s.io/apimachinery/pkg/util/jsonmergepatch`.

use serde_json::{Map, Value};

/// The patch that takes `current` to `modified` and drops what `original` had and `modified` has no more. Fields
/// that stand only in `current` are others' and stay.
pub(super) fn three_way(original: &Value, modified: &Value, current: &Value) -> Value {
    let mut patch = fields(original, modified, &|_, modified| modified.is_none().then_some(Value::Null));
    let changes = fields(current, modified, &|current, modified| {
        modified.filter(|value| !value.is_null() && current != Some(*value)).cloned()
    });
    lay_over(&mut patch, changes);
    Value::Object(patch)
}

/// Gives the value of a field in the patch, from the old and the new one; none where it is left out.
type Differ<'a> = &'a dyn Fn(Option<&Value>, Option<&Value>) -> Option<Value>;

/// The fields of a patch from `from` to `to`; `differ` gives the value of those that are not maps on both sides.
fn fields(from: &Value, to: &Value, differ: Differ<'_>) -> Map<String, Value> {
    let empty = Map::new();
    let (from, to) = (from.as_object().unwrap_or(&empty), to.as_object().unwrap_or(&empty));
    let keys = to.keys().chain(from.keys().filter(|key| !to.contains_key(*key)));
    keys.filter_map(|key| {
        let (old, new) = (from.get(key), to.get(key));
        let value = match (old, new) {
            (Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) => {
                let nested = fields(old, new, differ);
                (!nested.is_empty()).then_some(Value::Object(nested))
            }
            _ => differ(old, new),
        };
        Some((key.clone(), value?))
    })
    .collect()
}

fn lay_over(patch: &mut Map<String, Value>, changes: Map<String, Value>) {
    for (key, value) in changes {
        match (patch.get_mut(&key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => lay_over(below, above),
            (_, value) => {
                patch.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keeps_what_others_wrote() {
        let original = json!({"spec": {"a": 1, "b": 2, "n": {"x": 1, "y": 1}}});
        let modified = json!({"spec": {"a": 3, "n": {"x": 1}, "l": [1]}});
        let current = json!({"spec": {"a": 1, "b": 2, "n": {"x": 1, "y": 1}, "l": [2]}, "status": {"ok": true}});
        assert_eq!(
            three_way(&original, &modified, &current),
            json!({"spec": {"b": null, "n": {"y": null}, "a": 3, "l": [1]}})
        );
        assert_eq!(three_way(&modified, &modified, &modified), json!({}));
    }
}
