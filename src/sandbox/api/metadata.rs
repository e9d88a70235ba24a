//! What the server itself writes into `metadata`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::sandbox::World;

/// Of which generated suffixes are made: apimachinery `util/rand`, without vowels and what looks like others.
const SUFFIX: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// Longer bases are cut, so that a name is at most 63 long: apiserver `storage/names/generate.go`.
const LONGEST_BASE: usize = 58;

/// The fields of ObjectMeta in the order in which Go writes them.
const ORDER: &[&str] = &[
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "clusterName",
    "managedFields",
];

/// A moment as `metav1.Time` writes it, in whole seconds.
pub fn rfc3339(at: Timestamp) -> Value {
    json!(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

impl World {
    /// A UID, from the world's chance.
    pub fn uid(&mut self) -> String {
        let bits = (self.rng.u128(..) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    /// A name that begins with `base`, as `generateName` makes it.
    pub fn generated_name(&mut self, base: &str) -> String {
        let mut cut = base.len().min(LONGEST_BASE);
        while !base.is_char_boundary(cut) {
            cut -= 1;
        }
        let mut name = base[..cut].to_owned();
        for _ in 0..5 {
            name.push(char::from(SUFFIX[self.rng.usize(..SUFFIX.len())]));
        }
        name
    }
}

/// Puts `kind`, `apiVersion` and the fields of `metadata` in Go's order; the rest follows as it is.
pub(super) fn order(object: &mut Value) {
    if let Some(fields) = object.as_object_mut() {
        sort(fields, &["kind", "apiVersion", "metadata"]);
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        sort(metadata, ORDER);
    }
}

fn sort(fields: &mut Map<String, Value>, order: &[&str]) {
    let mut old = std::mem::take(fields);
    for &name in order {
        if let Some(value) = old.shift_remove(name) {
            fields.insert(name.to_owned(), value);
        }
    }
    fields.extend(old);
}

/// `metadata.name`, empty where there is none.
pub(super) fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

/// Whether a list below `metadata` has anything in it.
pub(super) fn has_finalizers(object: &Value) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|finalizers| !finalizers.is_empty())
}

/// Sets `to[field]` to `from[field]`, or removes it where there is none.
pub(super) fn copy(to: &mut Value, from: &Value, field: &str) {
    match from.get(field) {
        Some(value) => to[field] = value.clone(),
        None => {
            if let Some(fields) = to.as_object_mut() {
                fields.shift_remove(field);
            }
        }
    }
}
