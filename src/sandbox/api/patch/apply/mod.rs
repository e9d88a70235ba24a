//! Who manages which fields, and server-side apply.
//!
//! Source of the rules: k8s.io/apiserver `pkg/endpoints/handlers/fieldmanager` of v1.20 and
//! sigs.k8s.io/structured-merge-diff v4 `merge`.

mod check;
mod entries;
mod set;
mod shape;
mod walk;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use self::check::check;
use self::entries::{Entry, read, rfc3339, write};
use self::set::{Path, Set};
use self::shape::Type;
use self::walk::{Comparison, compare, fields_of, merged, whole, without};
use super::Status;
use crate::sandbox::api::{Resource, schema};
use crate::sandbox::codec;

/// Who writes, and when.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The field manager: `kubectl-client-side-apply`.
    pub manager: &'a str,
    /// The time of day.
    pub now: Timestamp,
}

/// What nobody manages.
const UNMANAGED: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "clusterName"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

/// Who manages what an object that was not tracked had before it was first applied.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// The annotation in which `kubectl apply` keeps what it applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Notes in `new`'s managedFields what a create (`old` is `None`), update or patch by `writer` changed. To be called with
/// defaults filled in and before admission, whose changes nobody manages. An object that is not tracked stays so.
pub fn track(resource: &Resource, old: Option<&Value>, new: &mut Value, writer: Writer<'_>) {
    let given = &new["metadata"]["managedFields"];
    if *given == json!([{}]) {
        return write(new, Vec::new());
    }
    let mut entries = read(new);
    if entries.is_empty() {
        entries = old.map(read).unwrap_or_default();
    }
    if entries.is_empty() && old.is_some() {
        return write(new, entries);
    }
    let of = type_of(resource, new);
    let empty = old.is_none().then(|| empty(resource, new));
    // What cannot be compared is stored untracked, as upstream does.
    let Ok(comparison) = compare(old.or(empty.as_ref()).unwrap_or(&Value::Null), &stored(resource, new), of) else {
        return write(new, entries);
    };
    let api_version = new["apiVersion"].as_str().unwrap_or_default().to_owned();
    old.iter().for_each(|old| entries.iter_mut().for_each(|entry| whole(&mut entry.set, old, of)));
    change(&mut entries, comparison, writer, &api_version);
    write(new, entries);
}

/// Gives the writer of an update what it changed, and takes that from the others.
fn change(entries: &mut Vec<Entry>, comparison: Comparison, writer: Writer<'_>, api_version: &str) {
    let mut set = comparison.added.union(&comparison.modified);
    UNMANAGED.iter().for_each(|path| set.remove(path));
    let lost = set.union(&comparison.removed);
    let manager = if writer.manager.is_empty() { "unknown" } else { writer.manager };
    let own = |entry: &&Entry| entry.is(manager, "Update", api_version);
    let before = entries.iter().find(own).map(|entry| (entry.set.clone(), entry.time.clone()));
    for entry in entries.iter_mut() {
        entry.set = entry.set.difference(&lost);
    }
    if !set.is_empty() {
        give(entries, manager, "Update", api_version, writer.now, |before| before.union(&set));
        // Who changes only what is his already is not told to have done so now.
        let after = entries.iter_mut().find(|entry| entry.is(manager, "Update", api_version));
        if let (Some((set, time)), Some(after)) = (before, after)
            && after.set == set
        {
            after.time = time;
        }
    }
    entries.retain(|entry| !entry.set.is_empty());
}

/// Sets what a manager manages, from what it managed before.
fn give(
    entries: &mut Vec<Entry>,
    manager: &str,
    operation: &str,
    api_version: &str,
    now: Timestamp,
    set: impl FnOnce(&Set) -> Set,
) {
    let time = Some(rfc3339(now));
    match entries.iter_mut().find(|entry| entry.is(manager, operation, api_version)) {
        Some(entry) => {
            entry.set = set(&entry.set);
            entry.time = time;
            api_version.clone_into(&mut entry.api_version);
        }
        None => entries.push(Entry {
            manager: manager.to_owned(),
            operation: operation.to_owned(),
            api_version: api_version.to_owned(),
            time,
            set: set(&Set::default()),
        }),
    }
}

/// What server-side apply of `applied` makes of `live` (`None`: it is created), with managedFields; yet without defaults.
/// If nothing changes, `live` itself.
///
/// # Errors
/// 409 with a cause for each field that another manager has, unless `force`; 400 of an object with managedFields; 500 of
/// one that its type cannot have, as upstream.
pub fn apply(
    resource: &Resource,
    live: Option<&Value>,
    applied: &Value,
    writer: Writer<'_>,
    force: bool,
) -> Result<Value, Status> {
    if applied["metadata"]["managedFields"].as_array().is_some_and(|fields| !fields.is_empty()) {
        return Err(super::bad_request("metadata.managedFields must be nil".to_owned()));
    }
    let of = type_of(resource, applied);
    let api_version = applied["apiVersion"].as_str().unwrap_or_default();
    let wrong = |why: String| internal(format!("failed to create typed patch object: {why}"));
    check(applied, of).map_err(wrong)?;
    let blank = empty(resource, applied);
    let before = live.unwrap_or(&blank);
    let mut entries = read(before);
    if entries.is_empty() && live.is_some() {
        let everything = compare(&blank, before, of).map_err(wrong)?;
        let first = Writer { manager: BEFORE_FIRST_APPLY, ..writer };
        change(&mut entries, everything, first, before["apiVersion"].as_str().unwrap_or_default());
    }
    entries.iter_mut().for_each(|entry| whole(&mut entry.set, before, of));
    let mut set = fields_of(applied, of).map_err(wrong)?;
    UNMANAGED.iter().for_each(|path| set.remove(path));
    let mut object = merged(before, applied, of).map_err(wrong)?;

    let last =
        entries.iter().find(|entry| entry.is(writer.manager, "Apply", api_version)).map(|entry| entry.set.clone());
    let own = |entry: &Entry| entry.is(writer.manager, "Apply", api_version);
    if let Some(last) = last {
        let others = entries.iter().filter(|entry| !own(entry));
        let kept = others.fold(set.clone(), |all, entry| all.union(&entry.set));
        without(&mut object, &last, &kept, of).map_err(wrong)?;
    }
    if let Type::Definition(definition) = of {
        schema::convert(&mut object, definition).map_err(|why| {
            internal(format!(
                "failed to convert new object to proper version: unable to convert unstructured object to {}, Kind={}: \
                 {why}",
                if api_version.contains('/') { api_version.to_owned() } else { format!("/{api_version}") },
                applied["kind"].as_str().unwrap_or_default()
            ))
        })?;
    }
    let comparison = compare(before, &stored(resource, &object), of).map_err(wrong)?;
    let changed = comparison.added.union(&comparison.modified);
    let conflicts: Vec<(String, Set)> = entries
        .iter()
        .filter(|entry| !own(entry))
        .map(|entry| (entry.told(), entry.set.intersection(&changed)))
        .filter(|(_, fields)| !fields.is_empty())
        .collect();
    if !force && !conflicts.is_empty() {
        let allowed = if writer.manager == "kubectl" { last_applied(before, of) } else { Set::default() };
        let conflicts = conflicts.into_iter().map(|(who, fields)| (who, fields.difference(&allowed)));
        let conflicts: Vec<(String, Set)> = conflicts.filter(|(_, fields)| !fields.is_empty()).collect();
        if !conflicts.is_empty() {
            return Err(conflict(&conflicts));
        }
    }
    let same = comparison.is_same() && entries.iter().any(|entry| own(entry) && entry.set == set);
    if same && let Some(live) = live {
        return Ok(live.clone());
    }
    let lost = changed.union(&comparison.removed);
    for entry in entries.iter_mut().filter(|entry| !own(entry)) {
        entry.set = entry.set.difference(&lost);
    }
    give(&mut entries, writer.manager, "Apply", api_version, writer.now, |_| set);
    if writer.manager == "kubectl" && live.is_some_and(|live| live["metadata"]["annotations"][LAST_APPLIED].is_string())
    {
        object["metadata"]["annotations"][LAST_APPLIED] = json!(configuration(applied));
    }
    write(&mut object, entries);
    Ok(object)
}

/// 500 without a reason, as upstream's field manager answers.
fn internal(message: String) -> Status {
    Status { code: 500, reason: "", message, details: None }
}

fn type_of(resource: &Resource, object: &Value) -> Type<'static> {
    let definition =
        schema::of_object(object).or_else(|| schema::of_kind(resource.group, resource.version, resource.kind));
    definition.map_or(Type::Deduced, Type::Definition)
}

/// An object of the same kind that says nothing.
fn empty(resource: &Resource, object: &Value) -> Value {
    let mut empty =
        stored(resource, &json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": {}}));
    zero(&mut empty);
    empty
}

/// Takes out what is no zero value: reading fills some defaults in.
fn zero(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.values_mut().for_each(zero);
        fields
            .retain(|_, value| value.is_null() || value.is_object() || *value == "" || *value == 0 || *value == false);
    }
}

/// An object as it will be read: with the fields that Go's types always have, and without what they leave out. A custom
/// resource is read as it is written.
pub fn stored(resource: &Resource, object: &Value) -> Value {
    let encoded = codec::encode(resource, object);
    encoded.ok().and_then(|bytes| codec::decode(&bytes, 0).ok()).unwrap_or_else(|| object.clone())
}

/// The fields that client-side apply set last and that are still as it set them: kubectl may take those.
fn last_applied(live: &Value, of: Type<'_>) -> Set {
    let text = live["metadata"]["annotations"][LAST_APPLIED].as_str().unwrap_or_default();
    let Ok(applied) = serde_json::from_str::<Value>(text) else { return Set::default() };
    let (Ok(set), Ok(comparison)) = (fields_of(&applied, of), compare(&applied, live, of)) else {
        return Set::default();
    };
    set.difference(&comparison.modified).difference(&comparison.added).difference(&comparison.removed)
}

/// What the annotation says of an applied object.
fn configuration(applied: &Value) -> String {
    let mut applied = applied.clone();
    if let Some(annotations) = applied["metadata"]["annotations"].as_object_mut() {
        annotations.shift_remove(LAST_APPLIED);
    }
    if let Some(metadata) = applied["metadata"].as_object_mut()
        && metadata.get("annotations").and_then(Value::as_object).is_some_and(Map::is_empty)
    {
        metadata.shift_remove("annotations");
    }
    format!("{}\n", crate::render::compact_json(&applied))
}

/// 409, of fields that others manage.
fn conflict(conflicts: &[(String, Set)]) -> Status {
    let told = |path: &Path| path.iter().map(set::Element::told).collect::<String>();
    let mut sorted: Vec<(&String, Vec<String>)> =
        conflicts.iter().map(|(who, set)| (who, set.paths().iter().map(told).collect())).collect();
    sorted.sort();
    let causes: Vec<Value> = sorted
        .iter()
        .flat_map(|(who, paths)| paths.iter().map(move |path| (who, path)))
        .map(|(who, path)| {
            json!({"reason": "FieldManagerConflict", "message": format!("conflict with {who}"), "field": path})
        })
        .collect();
    let message = match (&sorted[..], causes.len()) {
        ([(who, paths)], 1) => format!("Apply failed with 1 conflict: conflict with {who}: {}", paths.concat()),
        (_, count) => {
            let each = sorted.iter().map(|(who, paths)| {
                let paths: String = paths.iter().map(|path| format!("\n- {path}")).collect();
                format!("conflicts with {who}:{paths}")
            });
            format!("Apply failed with {count} conflicts: {}", each.collect::<Vec<_>>().join("\n"))
        }
    };
    Status { code: 409, reason: "Conflict", message, details: Some(json!({"causes": causes})) }
}

#[cfg(test)]
mod tests;
