//! Why a request is refused, as the API says it. Reasons and wording: apimachinery v0.20.2 `api/errors/errors.go`.

use serde_json::{Map, Value, json};

use super::Resource;
use super::resource::qualified;
use super::validate::Cause;

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

    /// 409 of a write that does not fit what is there. `what` is the resource's plural, with a subresource: `pods/binding`.
    pub fn conflict(resource: &Resource, what: &str, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", qualified(what, resource.group));
        Self { code: 409, reason: "Conflict", message, details: Some(details(resource, what, name)) }
    }

    /// 409 of a write that was made from a version that is not the current one.
    pub fn stale(resource: &Resource, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(resource, resource.plural, name, why)
    }

    /// 403 of what admission does not let pass.
    pub fn forbidden(resource: &Resource, name: &str, why: &str) -> Self {
        let what = resource.qualified();
        let message = if name.is_empty() {
            format!("{what} is forbidden: {why}")
        } else {
            format!("{what} {name:?} is forbidden: {why}")
        };
        Self { code: 403, reason: "Forbidden", message, details: Some(details(resource, resource.plural, name)) }
    }

    /// 404 of a path.
    pub fn no_resource() -> Self {
        let message = "the server could not find the requested resource".to_owned();
        Self { code: 404, reason: "NotFound", message, details: Some(json!({})) }
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self { code: 400, reason: "BadRequest", message: message.into(), details: None }
    }

    /// 422 of a patch that does not make an object of the kind: apiserver v0.20.2 `endpoints/handlers/patch.go`.
    pub(super) fn unfit_patch(patch: &str, why: &str) -> Self {
        let cause = format!("Invalid value: {patch:?}: {why}");
        let details = json!({"causes": [{"reason": "FieldValueInvalid", "message": cause, "field": "patch"}]});
        let message = format!(" \"\" is invalid: patch: {cause}");
        Self { code: 422, reason: "Invalid", message, details: Some(details) }
    }

    /// 401.
    pub fn unauthorized() -> Self {
        Self { code: 401, reason: "Unauthorized", message: "Unauthorized".to_owned(), details: None }
    }

    /// 405 of a resource that has not the verb.
    pub fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource".to_owned();
        Self { code: 405, reason: "MethodNotAllowed", message, details: Some(json!({})) }
    }

    /// 410 of a revision that is compacted.
    pub fn expired(message: impl Into<String>) -> Self {
        Self { code: 410, reason: "Expired", message: message.into(), details: None }
    }

    /// 415 of a body in a format that is not accepted.
    pub fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self { code: 415, reason: "UnsupportedMediaType", message: message.into(), details: None }
    }

    /// 500.
    pub fn internal(why: &str) -> Self {
        let message = format!("Internal error occurred: {why}");
        let details = json!({"causes": [{"message": why}]});
        Self { code: 500, reason: "InternalError", message, details: Some(details) }
    }

    /// 501 of what the sandbox does not model, in words of its own.
    pub fn not_modelled(what: &str) -> Self {
        let message = format!("the sandbox does not model {what}");
        Self { code: 501, reason: "NotImplemented", message, details: None }
    }

    /// This, with a cause.
    #[must_use]
    pub fn because(mut self, cause: &Cause) -> Self {
        let details = self.details.get_or_insert_with(|| json!({}));
        let mut value = json!({"reason": cause.reason, "message": cause.message});
        if !cause.field.is_empty() {
            value["field"] = json!(cause.field);
        }
        details["causes"] = json!([value]);
        self
    }

    /// As the API sends it.
    pub fn to_value(&self) -> Value {
        let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"});
        status["message"] = json!(self.message);
        if !self.reason.is_empty() {
            status["reason"] = json!(self.reason);
        }
        if let Some(details) = &self.details {
            status["details"] = details.clone();
        }
        status["code"] = json!(self.code);
        status
    }

    fn of(code: u16, reason: &'static str, resource: &Resource, name: &str, what: &str) -> Self {
        let message = format!("{} {name:?} {what}", resource.qualified());
        Self { code, reason, message, details: Some(details(resource, resource.plural, name)) }
    }
}

/// What a status about no object in particular is about.
pub(super) fn details_of(resource: &Resource) -> Value {
    details(resource, resource.plural, "")
}

/// What a status is about, without what is empty.
fn details(resource: &Resource, what: &str, name: &str) -> Value {
    let parts = [("name", name), ("group", resource.group), ("kind", what)];
    let parts = parts.into_iter().filter(|(_, text)| !text.is_empty());
    Value::Object(parts.map(|(key, text)| (key.to_owned(), json!(text))).collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn says_what_upstream_says() {
        let deployments = Resource::named("deployments").unwrap();
        assert_eq!(Status::not_found(deployments, "x").message, r#"deployments.apps "x" not found"#);
        let stale = Status::stale(deployments, "x").to_value();
        let message = "Operation cannot be fulfilled on deployments.apps \"x\": the object has been modified; please \
                       apply your changes to the latest version and try again";
        assert_eq!(stale["message"], message);
        assert_eq!(stale["details"], json!({"name": "x", "group": "apps", "kind": "deployments"}));
    }
}
