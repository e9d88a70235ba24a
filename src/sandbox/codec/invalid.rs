//! Why an object's JSON is not of its kind.

use serde_json::Value;

/// A field has what it cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}{separator}{reason}", separator = if path.is_empty() { "" } else { ": " })]
pub struct Invalid {
    /// Which field: `spec.containers[0].name`.
    pub path: String,
    /// What is wrong: `cannot unmarshal string into a number`.
    pub reason: String,
}

impl Invalid {
    pub(super) fn new(reason: String) -> Self {
        Self { path: String::new(), reason }
    }

    pub(super) fn kind(value: &Value, wanted: &str) -> Self {
        match value {
            Value::Number(number) if wanted == "number" => {
                Self::new(format!("cannot unmarshal number {number} into its field"))
            }
            _ => Self::new(format!("cannot unmarshal {} into {wanted}", go_kind(value))),
        }
    }

    pub(super) fn within(mut self, field: &str) -> Self {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{field}{joint}{}", self.path);
        self
    }

    pub(super) fn at(mut self, index: usize) -> Self {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("[{index}]{joint}{}", self.path);
        self
    }
}

/// What Go's `encoding/json` calls a value.
pub(in crate::sandbox) fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
