//! Three-way strategic merge patches, which apply uses for the kinds that Kubernetes itself has: lists are merged by
//! their elements' keys, as the server's schema says.
//!
//! Source of the rules: kubernetes v1.20 `staging/src/k8s.io/apimachinery/pkg/util/strategicpatch`.

use serde_json::{Map, Value, json};

use crate::client::k8s::{OpenApi, Schema};

/// What is known of a value: its schema, if any.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) openapi: &'a OpenApi,
    pub(super) schema: Option<&'a Schema>,
}

/// How a field is patched.
pub(super) struct Field<'a> {
    /// Of its value, or of its elements where it is a list.
    pub(super) shape: Shape<'a>,
    pub(super) merges: bool,
    pub(super) replaces: bool,
    retains_keys: bool,
    pub(super) merge_key: &'a str,
}

impl<'a> Shape<'a> {
    pub(super) fn field(self, key: &str) -> Field<'a> {
        let own = self.schema.map(|schema| self.openapi.resolve(schema).1);
        let field = own.and_then(|own| own.properties.get(key).or(own.values.as_deref()));
        let value = field.map(|field| self.openapi.resolve(field).1);
        let schema = value.map(|value| value.items.as_deref().unwrap_or(value));
        let strategy = field.and_then(|field| field.patch_strategy.as_deref()).unwrap_or_default();
        let has = |wanted: &str| strategy.split(',').any(|one| one == wanted);
        Field {
            shape: Shape { openapi: self.openapi, schema },
            merges: has("merge"),
            replaces: has("replace"),
            retains_keys: has("retainKeys"),
            merge_key: field.and_then(|field| field.merge_key.as_deref()).unwrap_or_default(),
        }
    }
}

/// Which half of a three-way patch is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    /// What was added or changed; what is missing is others'.
    Changes,
    /// What was taken away.
    Deletions,
}

/// The patch that takes `current` to `modified` and drops what `original` had and `modified` has no more.
pub(super) fn three_way(original: &Value, modified: &Value, current: &Value, shape: Shape<'_>) -> Value {
    let empty = Map::new();
    let map = |value: &'_ Value| value.as_object().cloned().unwrap_or_default();
    let modified = modified.as_object().unwrap_or(&empty);
    let changes = diff_maps(&map(current), modified, shape, Half::Changes, false);
    let mut patch = diff_maps(&map(original), modified, shape, Half::Deletions, false);
    lay_over(&mut patch, changes, shape);
    Value::Object(patch)
}

fn diff_maps(
    original: &Map<String, Value>,
    modified: &Map<String, Value>,
    shape: Shape<'_>,
    half: Half,
    retains_keys: bool,
) -> Map<String, Value> {
    let mut patch = Map::new();
    for (key, new) in modified {
        let field = shape.field(key);
        match (original.get(key), new) {
            (Some(Value::Object(old)), Value::Object(new)) if !field.replaces => {
                let nested = diff_maps(old, new, field.shape, half, field.retains_keys);
                if !nested.is_empty() {
                    patch.insert(key.clone(), nested.into());
                }
            }
            (Some(Value::Array(old)), Value::Array(new)) if field.merges => {
                diff_lists(key, old, new, &field, half, &mut patch);
            }
            (old, new) if half == Half::Changes && old != Some(new) => {
                patch.insert(key.clone(), new.clone());
            }
            _ => {}
        }
    }
    if half == Half::Deletions {
        for key in original.keys().filter(|key| !modified.contains_key(*key)) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    if retains_keys && !patch.is_empty() {
        let mut keys: Vec<&String> = modified.keys().collect();
        keys.sort();
        patch.insert("$retainKeys".to_owned(), json!(keys));
    }
    patch
}

fn diff_lists(key: &str, old: &[Value], new: &[Value], field: &Field<'_>, half: Half, patch: &mut Map<String, Value>) {
    if old.is_empty() {
        if half == Half::Changes && !new.is_empty() {
            patch.insert(key.to_owned(), new.into());
        }
        return;
    }
    if old.iter().chain(new).all(Value::is_object) {
        diff_lists_of_maps(key, old, new, field, half, patch);
        return;
    }
    let (changes, deletions) = match half {
        Half::Changes => (missing_from(old, new), Vec::new()),
        Half::Deletions => (Vec::new(), missing_from(new, old)),
    };
    if !changes.is_empty() || !deletions.is_empty() {
        patch.insert(format!("$setElementOrder/{key}"), new.into());
    }
    if !changes.is_empty() {
        patch.insert(key.to_owned(), changes.into());
    }
    if !deletions.is_empty() {
        patch.insert(format!("$deleteFromPrimitiveList/{key}"), deletions.into());
    }
}

/// What of `list` does not stand in `other`.
fn missing_from(other: &[Value], list: &[Value]) -> Vec<Value> {
    list.iter().filter(|value| !other.contains(value)).cloned().collect()
}

fn diff_lists_of_maps(
    key: &str,
    old: &[Value],
    new: &[Value],
    field: &Field<'_>,
    half: Half,
    patch: &mut Map<String, Value>,
) {
    let by = field.merge_key;
    let same = |a: &Value, b: &Value| a[by] == b[by];
    let mut elements = Vec::new();
    for element in new {
        match (old.iter().find(|old| same(old, element)), element) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                let mut nested = diff_maps(old, new, field.shape, half, field.retains_keys);
                if !nested.is_empty() {
                    nested.insert(by.to_owned(), element[by].clone());
                    elements.push(nested.into());
                }
            }
            _ if half == Half::Changes => elements.push(element.clone()),
            _ => {}
        }
    }
    if half == Half::Deletions {
        for gone in old.iter().filter(|old| !new.iter().any(|new| same(old, new))) {
            let mut deletion = Map::new();
            deletion.insert("$patch".to_owned(), "delete".into());
            deletion.insert(by.to_owned(), gone[by].clone());
            elements.push(deletion.into());
        }
    }
    let ordered = old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new));
    if !elements.is_empty() || (half == Half::Changes && !ordered) {
        let order: Vec<Value> = new.iter().map(|element| json!({ by: element[by] })).collect();
        patch.insert(format!("$setElementOrder/{key}"), order.into());
    }
    if !elements.is_empty() {
        patch.insert(key.to_owned(), elements.into());
    }
}

/// Lays the changes over the deletions.
fn lay_over(patch: &mut Map<String, Value>, changes: Map<String, Value>, shape: Shape<'_>) {
    for (key, above) in changes {
        let field = shape.field(&key);
        match (patch.get_mut(&key), above) {
            (Some(Value::Object(below)), Value::Object(above)) => lay_over(below, above, field.shape),
            (Some(Value::Array(below)), Value::Array(above)) if field.merges => {
                let mut rest = std::mem::take(below);
                for mut element in above {
                    let same = rest.iter().position(|other| other[field.merge_key] == element[field.merge_key]);
                    if let Some(Value::Object(mut under)) = same.map(|place| rest.remove(place)) {
                        if let Value::Object(over) = std::mem::take(&mut element) {
                            lay_over(&mut under, over, field.shape);
                        }
                        element = under.into();
                    }
                    below.push(element);
                }
                below.append(&mut rest);
            }
            (_, above) => {
                patch.insert(key, above);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SWAGGER: &str = r##"{"definitions": {
        "Thing": {"type": "object", "properties": {
            "containers": {"type": "array", "items": {"$ref": "#/definitions/Container"},
                "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"},
            "finalizers": {"type": "array", "items": {"type": "string"}, "x-kubernetes-patch-strategy": "merge"},
            "args": {"type": "array", "items": {"type": "string"}},
            "strategy": {"$ref": "#/definitions/Strategy", "x-kubernetes-patch-strategy": "retainKeys"}}},
        "Container": {"type": "object", "properties": {"env": {"type": "array", "items": {"type": "object"},
            "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"}}},
        "Strategy": {"type": "object", "properties": {"type": {"type": "string"}}}
    }}"##;

    fn patch(original: Value, modified: Value, current: Value) -> Value {
        let openapi = OpenApi::parse(SWAGGER).unwrap();
        let thing = Schema { reference: Some("Thing".to_owned()), ..Schema::default() };
        three_way(&original, &modified, &current, Shape { openapi: &openapi, schema: Some(&thing) })
    }

    #[test]
    fn leaves_what_others_wrote() {
        let mine = json!({"containers": [{"name": "a", "image": "x"}]});
        let live = json!({"containers": [{"name": "a", "image": "x", "pull": "Always"}], "status": 1});
        assert_eq!(patch(mine.clone(), mine, live), json!({}));
    }

    #[test]
    fn merges_lists_by_key() {
        assert_eq!(
            patch(
                json!({"containers": [{"name": "a", "image": "x", "env": [{"name": "E"}]}, {"name": "b"}]}),
                json!({"containers": [{"name": "a", "image": "y"}]}),
                json!({"containers": [{"name": "a", "image": "x", "env": [{"name": "E"}]}, {"name": "b"}, {"name": "c"}]}),
            ),
            json!({
                "$setElementOrder/containers": [{"name": "a"}],
                "containers": [{"name": "a", "image": "y", "env": null}, {"$patch": "delete", "name": "b"}],
            })
        );
    }

    #[test]
    fn merges_lists_of_scalars_only_where_the_schema_says_so() {
        assert_eq!(
            patch(
                json!({"finalizers": ["a", "b"], "args": ["a"]}),
                json!({"finalizers": ["a", "c"], "args": ["b"]}),
                json!({"finalizers": ["a", "b", "x"], "args": ["a"]}),
            ),
            json!({
                "$deleteFromPrimitiveList/finalizers": ["b"],
                "$setElementOrder/finalizers": ["a", "c"],
                "finalizers": ["c"],
                "args": ["b"],
            })
        );
    }

    #[test]
    fn retains_the_keys_of_a_union() {
        assert_eq!(
            patch(
                json!({"strategy": {"type": "Rolling"}}),
                json!({"strategy": {"type": "Recreate"}}),
                json!({"strategy": {"type": "Rolling", "rolling": {"max": 1}}}),
            ),
            json!({"strategy": {"type": "Recreate", "$retainKeys": ["type"]}})
        );
    }
}
