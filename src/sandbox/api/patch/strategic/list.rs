//! Lists that merge.

use serde_json::Value;

use super::order::arrange;
use super::{DELETE_FROM, Merge, Object, PATCH, SET_ORDER, Status, Type, go_text, internal};
use crate::sandbox::api::schema::{Node, Shape};

impl Merge<'_> {
    /// A list with a patch of it merged in. What the patch names comes in the patch's order.
    pub(super) fn list(
        &self,
        original: Vec<Value>,
        patch: &[Value],
        node: Option<&Node>,
    ) -> Result<Vec<Value>, Status> {
        let (merged, named) = self.unordered(original.clone(), patch, node)?;
        Ok(arrange(merged, &named, &original, key_of(node)))
    }

    /// The merged list, yet without its order, and the patch's elements that are no directives.
    fn unordered(
        &self,
        original: Vec<Value>,
        patch: &[Value],
        node: Option<&Node>,
    ) -> Result<(Vec<Value>, Vec<Value>), Status> {
        let objects = original.iter().chain(patch).filter(|element| element.is_object()).count();
        if objects == 0 {
            let mut merged: Vec<Value> = Vec::new();
            for element in original.iter().chain(patch) {
                if !merged.contains(element) {
                    merged.push(element.clone());
                }
            }
            return Ok((merged, patch.to_vec()));
        }
        if objects < original.len() + patch.len() {
            let lists = go_text(&Value::Array(vec![original.into(), patch.into()]));
            return Err(internal(format!("list element types are not identical: {lists}")));
        }
        let Some(key) = key_of(node) else {
            return Err(internal("cannot merge lists without merge key for type map".to_owned()));
        };
        let of = Type::of(node.and_then(|node| match &node.shape {
            Shape::List(element) => Some(&**element),
            _ => None,
        }));
        let (mut merged, mut named, replaced) = directives(original, patch, key)?;
        if replaced {
            return Ok((named.clone(), named));
        }
        for element in &mut named {
            let Some(fields) = element.as_object() else { continue };
            let Some(value) = fields.get(key) else {
                let element = go_text(element);
                return Err(internal(format!("map: {element} does not contain declared merge key: {key}")));
            };
            match merged.iter_mut().find(|other| other.get(key) == Some(value)) {
                Some(Value::Object(other)) => {
                    let changed = self.object(std::mem::take(other), fields, of)?;
                    *other = changed;
                }
                _ => {
                    let of = node.and_then(|node| match &node.shape {
                        Shape::List(element) => Some(&**element),
                        _ => None,
                    });
                    merged.push(self.new_value(element, "", of)?);
                }
            }
        }
        Ok((merged, named))
    }

    /// The lists whose order a patch gives.
    pub(super) fn ordered_lists(&self, original: &mut Object, patch: &Object, of: Type<'_>) -> Result<(), Status> {
        for (directive, order) in patch {
            let Some(name) = directive.strip_prefix(SET_ORDER) else { continue };
            let node = of.field(name);
            let key = key_of(node);
            let order = order.as_array().map_or(&[][..], Vec::as_slice);
            let changes = patch.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            in_order(changes, order, key)?;
            let old = original.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            let (mut merged, _) = if changes.is_empty() {
                (old.clone(), Vec::new())
            } else {
                self.unordered(old.clone(), changes, node)?
            };
            if let Some(Value::Array(gone)) = patch.get(&format!("{DELETE_FROM}{name}")) {
                merged.retain(|element| !gone.contains(element));
            }
            if patch.get(name).is_some_and(Value::is_null) {
                original.shift_remove(name);
            } else if !merged.is_empty() || original.contains_key(name) {
                original.insert(name.to_owned(), arrange(merged, order, &old, key).into());
            }
        }
        Ok(())
    }
}

fn key_of(node: Option<&Node>) -> Option<&str> {
    node.and_then(|node| node.merge_key.as_deref())
}

/// What the directives among a patch's elements leave: of the list, of the patch, and whether the patch replaces the list.
fn directives(mut original: Vec<Value>, patch: &[Value], key: &str) -> Result<(Vec<Value>, Vec<Value>, bool), Status> {
    let (mut named, mut replaced) = (Vec::new(), false);
    for element in patch {
        match element.get(PATCH).map(|directive| directive.as_str().unwrap_or_default()) {
            None => named.push(element.clone()),
            Some("delete") => match element.get(key) {
                Some(value) => original.retain(|other| other.get(key) != Some(value)),
                None => return Err(internal("delete patch type with no merge key defined".to_string())),
            },
            Some("replace") => replaced = true,
            Some("merge") => return Err(internal("merging lists cannot yet be specified in the patch".to_owned())),
            Some(other) => {
                let element = go_text(element);
                return Err(internal(format!("unknown patch type: {other} in map: {element}")));
            }
        }
    }
    Ok((original, named, replaced))
}

/// Refuses a patch whose elements are in another order than it wants for the list.
fn in_order(changes: &[Value], order: &[Value], key: Option<&str>) -> Result<(), Status> {
    let same = |element: &Value, place: &Value| match key {
        Some(key) => element.get(key) == place.get(key),
        None => element == place,
    };
    let mut places = order.iter();
    let changes: Vec<&Value> = changes.iter().filter(|element| element.get(PATCH).is_none()).collect();
    if changes.iter().all(|element| places.any(|place| same(element, place))) {
        return Ok(());
    }
    let changes = go_text(&Value::Array(changes.into_iter().cloned().collect()));
    let order = go_text(&Value::Array(order.to_vec()));
    Err(internal(format!("The order in patch list:\n{changes}\n doesn't match $setElementOrder list:\n{order}\n")))
}
