//! `metadata.managedFields`: who manages which fields.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::set::Set;

/// One manager's fields.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    pub api_version: String,
    pub time: Option<String>,
    pub set: Set,
}

impl Entry {
    /// Whether both are of one manager: one that applies is the same in all versions.
    pub(super) fn is(&self, manager: &str, operation: &str, api_version: &str) -> bool {
        self.manager == manager
            && self.operation == operation
            && (operation == "Apply" || self.api_version == api_version)
    }

    /// As errors tell it.
    pub(super) fn told(&self) -> String {
        match self.operation.as_str() {
            "Update" => format!("{:?} using {}", self.manager, self.api_version),
            _ => format!("{:?}", self.manager),
        }
    }
}

/// The entries of an object.
pub(super) fn read(object: &Value) -> Vec<Entry> {
    let entries = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    entries
        .filter(|entry| entry["fieldsType"] == "FieldsV1")
        .map(|entry| Entry {
            manager: text(entry, "manager"),
            operation: text(entry, "operation"),
            api_version: text(entry, "apiVersion"),
            time: entry["time"].as_str().map(str::to_owned),
            set: Set::parse(&entry["fieldsV1"]),
        })
        .collect()
}

/// Writes them, in upstream's order: appliers, then updaters, each by time and name.
pub(super) fn write(object: &mut Value, mut entries: Vec<Entry>) {
    let Some(metadata) = object["metadata"].as_object_mut() else { return };
    entries.retain(|entry| !entry.set.is_empty());
    if entries.is_empty() {
        metadata.shift_remove("managedFields");
        return;
    }
    entries.sort_by(|a, b| {
        let key = |entry: &Entry| (entry.operation.clone(), entry.time.clone());
        key(a).cmp(&key(b)).then_with(|| a.manager.cmp(&b.manager)).then_with(|| a.api_version.cmp(&b.api_version))
    });
    let entries: Vec<Value> = entries.iter().map(entry).collect();
    metadata.insert("managedFields".to_owned(), entries.into());
}

fn entry(entry: &Entry) -> Value {
    let mut written = json!({"manager": entry.manager, "operation": entry.operation, "apiVersion": entry.api_version});
    if let Some(time) = &entry.time {
        written["time"] = json!(time);
    }
    written["fieldsType"] = json!("FieldsV1");
    written["fieldsV1"] = entry.set.fields();
    written
}

/// A time as the API writes it.
pub(super) fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
