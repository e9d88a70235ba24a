//! What two objects differ in, which fields an object has, and what both give together.
//!
//! Source of the rules: sigs.k8s.io/structured-merge-diff v4 `typed`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::set::{Element, Path, Set};
use super::shape::{Form, Type, elements};

/// What one object has that another has not, or has otherwise.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub added: Set,
    pub removed: Set,
    pub modified: Set,
    path: Path,
}

/// What is there in `new`, but not in `old`, and the other way, and what is otherwise.
///
/// # Errors
/// An element of a list omits its keys.
pub(super) fn compare(old: &Value, new: &Value, of: Type<'_>) -> Result<Comparison, String> {
    let mut comparison = Comparison::default();
    comparison.below(Some(old), Some(new), of)?;
    Ok(comparison)
}

impl Comparison {
    pub(super) fn is_same(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.modified.is_empty()
    }

    fn at(&mut self, old: Option<&Value>, new: Option<&Value>, of: Type<'_>) -> Result<(), String> {
        match (old, new) {
            (None, None) => return Ok(()),
            (None, Some(_)) => self.added.insert(&self.path),
            (Some(_), None) => self.removed.insert(&self.path),
            (Some(_), Some(_)) => {}
        }
        self.below(old, new, of)
    }

    fn below(&mut self, old: Option<&Value>, new: Option<&Value>, of: Type<'_>) -> Result<(), String> {
        match of.form([old, new]) {
            Form::Fields(of) if !(is_empty(old) && is_empty(new)) => {
                let (old, new) = (fields(old), fields(new));
                let more = new.into_iter().flatten().map(|(name, _)| name);
                let more = more.filter(|name| !old.is_some_and(|old| old.contains_key(*name)));
                for name in old.into_iter().flatten().map(|(name, _)| name).chain(more) {
                    self.path.push(Element::Field(name.clone()));
                    let of_field = of.field(name);
                    self.at(old.and_then(|old| old.get(name)), new.and_then(|new| new.get(name)), of_field)?;
                    self.path.pop();
                }
            }
            Form::Elements(list, each) if !(is_empty(old) && is_empty(new)) => {
                let (old, new) = (elements(list, each, old)?, elements(list, each, new)?);
                let (old_by, new_by) = (by_key(&old), by_key(&new));
                let more = new.iter().filter(|(key, _)| !old_by.contains_key(key));
                for (key, _) in old.iter().chain(more) {
                    self.path.push(key.clone());
                    self.at(old_by.get(key).copied(), new_by.get(key).copied(), each)?;
                    self.path.pop();
                }
            }
            _ => {
                if let (Some(old), Some(new)) = (old, new)
                    && old != new
                {
                    self.modified.insert(&self.path);
                }
            }
        }
        Ok(())
    }
}

/// Of elements with the same key, the first.
fn by_key<'a>(elements: &'a [(Element, &'a Value)]) -> BTreeMap<&'a Element, &'a Value> {
    elements.iter().rev().map(|(key, value)| (key, *value)).collect()
}

fn fields(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value.and_then(Value::as_object)
}

/// Neither fields nor elements.
fn is_empty(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Object(fields)) => fields.is_empty(),
        Some(Value::Array(elements)) => elements.is_empty(),
        Some(Value::Null) | None => true,
        Some(_) => false,
    }
}

/// The fields that an applied object sets.
///
/// # Errors
/// An element of a list omits its keys.
pub(super) fn fields_of(value: &Value, of: Type<'_>) -> Result<Set, String> {
    let mut set = Set::default();
    match of.form([Some(value), None]) {
        _ if value.is_null() => set.member = true,
        Form::Fields(of) => {
            for (name, value) in value.as_object().into_iter().flatten() {
                let mut child = fields_of(value, of.field(name)).map_err(|why| {
                    let joint = if why.starts_with(['.', '[']) { "" } else { ": " };
                    format!(".{name}{joint}{why}")
                })?;
                child.member |= value.is_null() || !of.names(name);
                if !child.is_empty() {
                    set.children.insert(Element::Field(name.clone()), child);
                }
            }
        }
        Form::Elements(list, each) => {
            for (key, value) in elements(list, each, Some(value))? {
                let mut child = fields_of(value, each).map_err(|why| format!("{}{why}", key.told()))?;
                child.member = true;
                set.children.insert(key, child);
            }
        }
        Form::Leaf => set.member = true,
    }
    Ok(set)
}

/// Whoever manages a map or a list, and nothing in it, manages all that is in it.
///
/// Source: structured-merge-diff `typed/reconcile_schema.go`, which takes it for a field that was one value once.
pub(super) fn whole(set: &mut Set, value: &Value, of: Type<'_>) {
    let form = of.form([Some(value), None]);
    for (element, child) in &mut set.children {
        let (value, of) = match (&form, element) {
            (Form::Fields(of), Element::Field(name)) => (value.get(name), of.field(name)),
            (Form::Elements(list, each), _) => {
                let elements = elements(*list, *each, Some(value)).unwrap_or_default();
                (elements.into_iter().find(|(key, _)| key == element).map(|(_, value)| value), *each)
            }
            _ => continue,
        };
        let Some(value) = value else { continue };
        if !child.children.is_empty() {
            whole(child, value, of);
        } else if !matches!(of, Type::Deduced) && !matches!(of.form([Some(value), None]), Form::Leaf) {
            child.children = fields_of(value, of).unwrap_or_default().children;
        }
    }
}

/// `live` with `applied` merged into it.
///
/// # Errors
/// An element of a list omits its keys.
pub(super) fn merged(live: &Value, applied: &Value, of: Type<'_>) -> Result<Value, String> {
    match of.form([Some(live), Some(applied)]) {
        Form::Fields(of) if live.is_object() && applied.is_object() => {
            let mut object = live.as_object().cloned().unwrap_or_default();
            for (name, value) in applied.as_object().into_iter().flatten() {
                let value = match object.get(name) {
                    Some(old) => merged(old, value, of.field(name))?,
                    None => value.clone(),
                };
                object.insert(name.clone(), value);
            }
            Ok(object.into())
        }
        Form::Elements(list, each) if live.is_array() && applied.is_array() => {
            let (live, mut applied) = (elements(list, each, Some(live))?, elements(list, each, Some(applied))?);
            let mut all = Vec::new();
            for (key, old) in live {
                let found = applied.iter().position(|(other, _)| *other == key).map(|index| applied.remove(index));
                all.push(match found {
                    Some((_, new)) => merged(old, new, each)?,
                    None => old.clone(),
                });
            }
            all.extend(applied.into_iter().map(|(_, new)| new.clone()));
            Ok(all.into())
        }
        _ => Ok(applied.clone()),
    }
}

/// Takes out of `value` what is in `gone`, unless something of it is in `kept`.
///
/// # Errors
/// An element of a list omits its keys.
pub(super) fn without(value: &mut Value, gone: &Set, kept: &Set, of: Type<'_>) -> Result<(), String> {
    let nothing = Set::default();
    let form = of.form([Some(&*value), None]);
    for (element, gone) in &gone.children {
        let kept = kept.children.get(element).unwrap_or(&nothing);
        let whole = gone.member && kept.is_empty();
        match (&form, element) {
            (Form::Fields(of), Element::Field(name)) => {
                let Some(fields) = value.as_object_mut() else { continue };
                if whole {
                    fields.shift_remove(name);
                } else if let Some(child) = fields.get_mut(name) {
                    without(child, gone, kept, of.field(name))?;
                }
            }
            (Form::Elements(list, each), _) => {
                let place = elements(*list, *each, Some(&*value))?.iter().position(|(key, _)| key == element);
                let Some((place, all)) = place.zip(value.as_array_mut()) else { continue };
                if whole {
                    all.remove(place);
                } else if let Some(child) = all.get_mut(place) {
                    without(child, gone, kept, *each)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}
