//! `metadata`, labels and selectors.
//!
//! Source: apimachinery v0.20.2 `api/validation/objectmeta.go`, `apis/meta/v1/validation`.

use serde_json::Value;

use super::causes::Causes;
use super::{go, items, names, sorted, text};
use crate::sandbox::api::Resource;

/// Bytes that all annotations may have together.
const ANNOTATIONS: usize = 256 * 1024;
/// What finalizers without a domain there are.
const STANDARD_FINALIZERS: &[&str] = &["kubernetes", "orphan", "foregroundDeletion"];

/// The rule of a resource's names.
pub(super) fn name_rule(resource: &Resource) -> fn(&str) -> Vec<String> {
    match (resource.group, resource.kind) {
        ("", "Namespace") => names::label,
        ("", "Service") => names::label_1035,
        ("rbac.authorization.k8s.io", _) => names::path_segment,
        // Those of APIServices are a version and a group: `v1.`. Those of events are anything.
        ("apiregistration.k8s.io", _) | ("" | "events.k8s.io", "Event") => names::path_segment,
        _ => names::subdomain,
    }
}

/// The metadata of a new object.
pub(super) fn created(resource: &Resource, object: &Value, causes: &mut Causes) {
    let metadata = &object["metadata"];
    let rule = name_rule(resource);
    let base = text(&metadata["generateName"]);
    if !base.is_empty() {
        causes.invalid_text("metadata.generateName", base, names::of_prefix(rule, base));
    }
    let name = text(&metadata["name"]);
    if name.is_empty() {
        causes.required("metadata.name", "name or generateName is required");
    } else {
        causes.invalid_text("metadata.name", name, rule(name));
    }
    common(metadata, causes);
}

/// The metadata of a changed object.
pub(super) fn changed(object: &Value, before: &Value, causes: &mut Causes) {
    let (metadata, old) = (&object["metadata"], &before["metadata"]);
    // The identity is looked at by what all kinds have in common and again by each of them, which causes tell.
    for field in ["name", "namespace", "uid", "uid"] {
        let same = text(&metadata[field]) == text(&old[field]);
        causes.immutable(format!("metadata.{field}"), go::value(&metadata[field]), same);
    }
    let (at, known) = (&metadata["deletionTimestamp"], &old["deletionTimestamp"]);
    causes.immutable("metadata.deletionTimestamp", go::time(text(at)), at == known);
    let (grace, known) = (&metadata["deletionGracePeriodSeconds"], &old["deletionGracePeriodSeconds"]);
    if grace != known {
        let why = "field is immutable; may only be changed via deletion";
        causes.invalid("metadata.deletionGracePeriodSeconds", grace, why);
    }
    common(metadata, causes);
}

fn common(metadata: &Value, causes: &mut Causes) {
    if metadata["generation"].as_i64().is_some_and(|generation| generation < 0) {
        causes.not_negative("metadata.generation", metadata["generation"].as_i64());
    }
    labels(&metadata["labels"], "metadata.labels", causes);
    annotations(&metadata["annotations"], "metadata.annotations", causes);
    owners(&metadata["ownerReferences"], causes);
    let finalizers = items(&metadata["finalizers"]);
    for finalizer in finalizers {
        causes.invalid_text("metadata.finalizers", text(finalizer), names::qualified(text(finalizer)));
    }
    if ["orphan", "foregroundDeletion"].iter().all(|own| finalizers.iter().any(|known| known == own)) {
        let shown: Vec<String> = finalizers.iter().map(Value::to_string).collect();
        let why = "finalizer orphan and foregroundDeletion cannot be both set";
        causes.invalid("metadata.finalizers", format!("[]string{{{}}}", shown.join(", ")), why);
    }
    for (index, finalizer) in finalizers.iter().enumerate() {
        let finalizer = text(finalizer);
        if !finalizer.contains('/') && !STANDARD_FINALIZERS.contains(&finalizer) {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            causes.invalid(format!("metadata.finalizers[{index}]"), format!("{finalizer:?}"), why);
        }
    }
}

/// Labels at a field.
pub(super) fn labels(labels: &Value, field: &str, causes: &mut Causes) {
    for (key, value) in sorted(labels) {
        causes.invalid_text(field, key, names::qualified(key));
        causes.invalid_text(field, text(value), names::label_value(text(value)));
    }
}

pub(super) fn annotations(annotations: &Value, field: &str, causes: &mut Causes) {
    let mut size = 0;
    for (key, value) in sorted(annotations) {
        causes.invalid_text(field, key, names::qualified(&key.to_lowercase()));
        size += key.len() + text(value).len();
    }
    if size > ANNOTATIONS {
        causes.too_long(field, ANNOTATIONS);
    }
}

fn owners(owners: &Value, causes: &mut Causes) {
    const FIELD: &str = "metadata.ownerReferences";
    let mut controller: Option<&str> = None;
    for owner in items(owners) {
        if text(&owner["apiVersion"]).is_empty() {
            causes.invalid(format!("{FIELD}.apiVersion"), "\"\"", "version must not be empty");
        }
        for field in ["kind", "name", "uid"] {
            if text(&owner[field]).is_empty() {
                causes.invalid(format!("{FIELD}.{field}"), "\"\"", &format!("{field} must not be empty"));
            }
        }
        if owner["kind"] == "Event" && owner["apiVersion"] == "v1" {
            causes.invalid(FIELD, go::owner(owner), "/v1, Kind=Event is disallowed from being an owner");
        }
        if owner["controller"] == true {
            let name = text(&owner["name"]);
            if let Some(first) = controller {
                let shown: Vec<String> = items(owners).iter().map(go::owner).collect();
                let why = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {name}"
                );
                causes.invalid(FIELD, format!("[]v1.OwnerReference{{{}}}", shown.join(", ")), &why);
            } else {
                controller = Some(name);
            }
        }
    }
}

/// A label selector at a field.
pub(super) fn selector(selector: &Value, field: &str, causes: &mut Causes) {
    labels(&selector["matchLabels"], &format!("{field}.matchLabels"), causes);
    for (index, expression) in items(&selector["matchExpressions"]).iter().enumerate() {
        let field = format!("{field}.matchExpressions[{index}]");
        let some = !items(&expression["values"]).is_empty();
        match text(&expression["operator"]) {
            "In" | "NotIn" if !some => {
                causes.required(format!("{field}.values"), "must be specified when `operator` is 'In' or 'NotIn'")
            }
            "Exists" | "DoesNotExist" if some => causes.forbidden(
                format!("{field}.values"),
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            ),
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => causes.invalid(format!("{field}.operator"), format!("{other:?}"), "not a valid selector operator"),
        }
        let key = text(&expression["key"]);
        causes.invalid_text(format!("{field}.key"), key, names::qualified(key));
    }
}

/// Whether a selector can be used at all, which wrong operators and values prevent.
pub(super) fn usable(selector: &Value) -> bool {
    let mut causes = Causes::default();
    self::selector(selector, "", &mut causes);
    causes.0.is_empty()
}

/// Whether a label selector selects these labels; none selects nothing, an empty one everything.
pub(super) fn selects(selector: &Value, labels: &Value) -> bool {
    if selector.is_null() {
        return false;
    }
    let matches = sorted(&selector["matchLabels"]).into_iter().all(|(key, value)| labels.get(key) == Some(value));
    matches
        && items(&selector["matchExpressions"]).iter().all(|expression| {
            let value = labels.get(text(&expression["key"]));
            let among = value.is_some_and(|value| items(&expression["values"]).contains(value));
            match text(&expression["operator"]) {
                "In" => among,
                "NotIn" => !among,
                "Exists" => value.is_some(),
                _ => value.is_none(),
            }
        })
}

/// Whether a selector has no requirement.
pub(super) fn empty(selector: &Value) -> bool {
    sorted(&selector["matchLabels"]).is_empty() && items(&selector["matchExpressions"]).is_empty()
}
