//! Why a request is refused, as the API says it.

use serde_json::{Value, json};

use super::Resource;

/// A `metav1.Status` of a failure.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// HTTP's code.
    pub code: u16,
    /// As in `NotFound`.
    pub reason: &'static str,
    /// For people.
    pub message: String,
    /// `details`: what it is about, and the causes.
    pub details: Option<Value>,
}

impl Status {
    /// 404 of an object.
    pub fn not_found(resource: &Resource, name: &str) -> Self {
        Self::of(404, "NotFound", resource, name, "not found")
    }

    /// 409 of an object that is there.
    pub fn already_exists(resource: &Resource, name: &str) -> Self {
        Self::of(409, "AlreadyExists", resource, name, "already exists")
    }

    /// 404 of a path.
    pub fn no_resource() -> Self {
        let message = "the server could not find the requested resource".to_owned();
        Self { code: 404, reason: "NotFound", message, details: None }
    }

    fn of(code: u16, reason: &'static str, resource: &Resource, name: &str, what: &str) -> Self {
        let dot = if resource.group.is_empty() { "" } else { "." };
        let plural = format!("{}{dot}{}", resource.plural, resource.group);
        let details = json!({"name": name, "group": resource.group, "kind": resource.plural});
        Self { code, reason, message: format!("{plural} {name:?} {what}"), details: Some(details) }
    }
}
