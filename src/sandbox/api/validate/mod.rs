//! What is wrong with an object, in the API's words.

mod pod;

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

/// What is wrong with `new`, with its defaults filled in; as a change of `old`, if that is given. Empty: nothing that is
/// checked here, which is names, containers and selectors.
pub fn validate(resource: &Resource, new: &Value, old: Option<&Value>) -> Vec<Cause> {
    let mut causes = Vec::new();
    if old.is_none() {
        causes.extend(name(resource, new));
    }
    match (resource.group, resource.kind) {
        ("", "Pod") if old.is_none() => causes.extend(pod::spec(&new["spec"], "spec")),
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet") => {
            causes.extend(pod::workload(resource.kind, new, old))
        }
        ("batch", "Job") if old.is_none() => {
            causes.extend(pod::spec(&new["spec"]["template"]["spec"], "spec.template.spec"));
        }
        _ => {}
    }
    causes
}

/// The name of a new object. Roles and what is like them may have any name that fits into a path.
fn name(resource: &Resource, new: &Value) -> Option<Cause> {
    const MESSAGE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
        and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
        '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
        start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
        '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    let name = new["metadata"]["name"].as_str().unwrap_or_default();
    // Those of APIServices are a version and a group: `v1.`.
    let as_in_paths = resource.group == "rbac.authorization.k8s.io" || resource.kind == "APIService";
    if name.is_empty() || as_in_paths || resource.kind == "Service" {
        return None;
    }
    let label = |part: &str| {
        let edge = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let bytes = part.as_bytes();
        edge(bytes.first())
            && edge(bytes.last())
            && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
    };
    let (fits, message) = match resource.kind {
        "Namespace" => (label(name), LABEL),
        _ => (name.split('.').all(label), MESSAGE),
    };
    (!fits).then(|| invalid_value("metadata.name", &format!("{name:?}"), message))
}

fn invalid_value(field: &str, value: &str, why: &str) -> Cause {
    let message = format!("Invalid value: {value}: {why}");
    Cause { reason: "FieldValueInvalid", field: field.to_owned(), message }
}

fn required(field: String, why: &str) -> Cause {
    let joint = if why.is_empty() { "" } else { ": " };
    Cause { reason: "FieldValueRequired", field, message: format!("Required value{joint}{why}") }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn mistakes_are_told_as_by_a_real_server() {
        let pods = Resource::named("pods").unwrap();
        let causes = validate(pods, &json!({"metadata": {"name": "Bad_Name"}, "spec": {}}), None);
        assert_eq!(causes[0].field, "metadata.name");
        assert!(causes[0].message.starts_with("Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must"));
        assert_eq!((causes[1].field.as_str(), causes[1].message.as_str()), ("spec.containers", "Required value"));
        let deployments = Resource::named("deployments.apps").unwrap();
        let container = json!([{"name": "a", "image": "b"}]);
        let of = |labels: Value| {
            json!({"metadata": {"name": "x"}, "spec": {"selector": {"matchLabels": {"a": "b"}},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": container}}}})
        };
        assert!(validate(deployments, &of(json!({"a": "b"})), None).is_empty());
        let causes = validate(deployments, &of(json!({"c": "d"})), None);
        let message = "Invalid value: map[string]string{\"c\":\"d\"}: `selector` does not match template `labels`";
        assert_eq!(causes[0].message, message);
    }
}
