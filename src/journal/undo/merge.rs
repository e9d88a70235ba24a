//! Taking a change out of a value that others may have changed since.

use serde_json::{Map, Value};

/// `current` without the change that made `became` of `before`. None: there is no such field.
///
/// Maps are merged by key, lists by element. Where others have changed the very same thing, it is as it was before.
pub(super) fn merge(before: Option<&Value>, became: Option<&Value>, current: Option<&Value>) -> Option<Value> {
    if before == became {
        return current.cloned();
    }
    if became == current || before == current {
        return before.cloned();
    }
    match (before, became, current) {
        (_, _, Some(Value::Object(current))) => {
            let empty = Map::new();
            let map = |value: Option<&Value>| value.and_then(Value::as_object).unwrap_or(&empty).clone();
            let (before_map, became) = (map(before), map(became));
            let mut names: Vec<&String> = current.keys().collect();
            names.extend(before_map.keys().filter(|name| !current.contains_key(*name)));
            let fields: Map<String, Value> = names
                .into_iter()
                .filter_map(|name| {
                    Some((name.clone(), merge(before_map.get(name), became.get(name), current.get(name))?))
                })
                .collect();
            (before.is_some() || !fields.is_empty()).then_some(Value::Object(fields))
        }
        (before, became, Some(Value::Array(current))) => {
            let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
            let (before_list, became) = (list(before), list(became));
            let mut items: Vec<Value> =
                current.iter().filter(|item| before_list.contains(item) || !became.contains(item)).cloned().collect();
            for item in before_list.into_iter().filter(|item| !became.contains(item)) {
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            (before.is_some() || !items.is_empty()).then_some(Value::Array(items))
        }
        _ => before.cloned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(before: Value, became: Value, current: Value) -> Value {
        merge(Some(&before), Some(&became), Some(&current)).unwrap()
    }

    #[test]
    fn what_others_changed_stays() {
        assert_eq!(merged(json!({"a": 1}), json!({"a": 2}), json!({"a": 2, "b": 3})), json!({"a": 1, "b": 3}));
        assert_eq!(merged(json!({"a": 1}), json!({}), json!({"b": 3})), json!({"b": 3, "a": 1}));
        assert_eq!(merged(json!([1, 2]), json!([1]), json!([1, 9])), json!([1, 9, 2]));
    }

    #[test]
    fn what_the_run_did_not_change_is_left_alone() {
        assert_eq!(merged(json!({"a": 1}), json!({"a": 1}), json!({"a": 7})), json!({"a": 7}));
        assert_eq!(merge(None, None, Some(&json!(1))), Some(json!(1)));
    }

    #[test]
    fn what_the_run_added_goes() {
        assert_eq!(merge(None, Some(&json!({"a": 1})), Some(&json!({"a": 1}))), None);
        assert_eq!(merge(None, Some(&json!({"a": 1})), Some(&json!({"a": 1, "b": 2}))), Some(json!({"b": 2})));
        assert_eq!(merge(None, Some(&json!(["x"])), Some(&json!(["x", "y"]))), Some(json!(["y"])));
    }

    #[test]
    fn where_both_changed_it_is_as_before() {
        assert_eq!(merged(json!(1), json!(2), json!(3)), json!(1));
    }
}
