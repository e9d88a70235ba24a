//! Reviews: who someone is and what may be done. They are answered and never stored:
//! v1.20 `pkg/registry/{authentication,authorization}`.

use serde_json::{Map, Value, json};

use super::{Attributes, decide, review_token, roles};
use crate::sandbox::World;
use crate::sandbox::api::patch::apply::{Writer, track};
use crate::sandbox::api::validate::{Cause, invalid_kind};
use crate::sandbox::api::{Resource, Status, group_version};
use crate::sandbox::apiserver::User;
use crate::sandbox::apiserver::answer::Answer;
use crate::sandbox::apiserver::request::{Request, Target};
use crate::sandbox::object;

/// Answers a review; none: it is not one.
pub(in crate::sandbox::apiserver) fn answer(
    world: &mut World,
    resource: &Resource,
    target: &Target,
    request: &Request,
    user: &User,
) -> Result<Option<Answer>, Status> {
    if !resource.folder.is_empty() || matches!(resource.plural, "bindings" | "componentstatuses") {
        return Ok(None);
    }
    if !matches!(resource.group, "authentication.k8s.io" | "authorization.k8s.io") {
        return Err(Status::not_modelled(resource.plural));
    }
    if request.method != "POST" {
        return Err(Status::method_not_allowed());
    }
    let mut review = request.object((resource.group, &target.version), resource.kind)?;
    if resource.plural == "selfsubjectrulesreviews" {
        // Of this one only the status is sent back.
        let status = own_rules(world, &review, user)?;
        let (kind, version) = (resource.kind, group_version(resource.group, &target.version));
        let answer = json!({"kind": kind, "apiVersion": version, "metadata": {"creationTimestamp": null}, "spec": {},
            "status": status});
        return Ok(Some(Answer::object(201, &answer, request)));
    }
    let status = match resource.plural {
        "tokenreviews" => review_token(world, &review)?,
        "selfsubjectaccessreviews" => access(world, resource, &review, user)?,
        _ => {
            let spec = &review["spec"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            if resource.plural == "localsubjectaccessreviews" {
                same_namespace(resource, target, &review)?;
            }
            // v1beta1 calls them otherwise.
            let named = if target.version == "v1beta1" { "group" } else { "groups" };
            let groups = object::items(&spec[named]).iter().map(text).collect();
            access(world, resource, &review, &User { name: text(&spec["user"]), groups })?
        }
    };
    if !review["metadata"].is_object() {
        review["metadata"] = json!({});
    }
    review["kind"] = json!(resource.kind);
    review["apiVersion"] = json!(group_version(resource.group, &target.version));
    review.as_object_mut().and_then(|fields| fields.shift_remove("status"));
    let (manager, now) = (request.manager(), world.now());
    track(resource, None, &mut review, Writer { manager: &manager, now });
    review["status"] = status;
    let mut metadata = Map::new();
    metadata.insert("creationTimestamp".to_owned(), Value::Null);
    metadata.extend(review["metadata"].as_object().cloned().unwrap_or_default());
    review["metadata"] = Value::Object(metadata);
    let mut ordered = Map::new();
    for field in ["kind", "apiVersion", "metadata", "spec", "status"] {
        ordered.insert(field.to_owned(), review[field].take());
    }
    let review = Value::Object(ordered);
    Ok(Some(Answer::object(201, &review, request)))
}

fn same_namespace(resource: &Resource, target: &Target, review: &Value) -> Result<(), Status> {
    let namespace = target.namespace.as_deref().unwrap_or_default();
    if review["spec"]["resourceAttributes"]["namespace"] == namespace {
        return Ok(());
    }
    let own = review["spec"]["resourceAttributes"]["namespace"].as_str().unwrap_or_default();
    let message = format!("Invalid value: {own:?}: must match metadata.namespace");
    let field = "spec.resourceAttributes.namespace".to_owned();
    Err(refused(resource, &[Cause { reason: "FieldValueInvalid", message, field }]))
}

fn refused(resource: &Resource, causes: &[Cause]) -> Status {
    // Upstream does not say of what kind.
    invalid_kind("", resource.group, "", causes)
}

/// Whether a user may do what a review asks for.
fn access(world: &mut World, resource: &Resource, review: &Value, user: &User) -> Result<Value, Status> {
    let spec = &review["spec"];
    let (of_resource, of_path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    let cause =
        |reason, message: &str, field: &str| Cause { reason, message: message.to_owned(), field: field.to_owned() };
    let mut causes = Vec::new();
    let fields = "spec.resourceAttributes";
    if of_resource.is_null() == of_path.is_null() {
        let message = if of_path.is_null() {
            "Invalid value: \"null\": exactly one of nonResourceAttributes or resourceAttributes must be specified"
        } else {
            "Invalid value: \"\": cannot be specified in combination with resourceAttributes"
        };
        let field = if of_path.is_null() { fields } else { "spec.nonResourceAttributes" };
        causes.push(cause("FieldValueInvalid", message, field));
    }
    if resource.plural != "selfsubjectaccessreviews" && user.name.is_empty() && user.groups.is_empty() {
        let message = "Invalid value: \"\": at least one of user or group must be specified";
        causes.push(cause("FieldValueInvalid", message, "spec.user"));
    }
    if !causes.is_empty() {
        return Err(refused(resource, &causes));
    }
    let of = if of_path.is_null() { of_resource } else { of_path };
    let text = |field: &str| of[field].as_str().unwrap_or_default().to_owned();
    let wanted = Attributes {
        verb: text("verb"),
        group: text("group"),
        resource: text("resource"),
        subresource: text("subresource"),
        name: text("name"),
        namespace: text("namespace"),
        path: text("path"),
    };
    let decision = decide(world, user, &wanted);
    let mut status = json!({"allowed": decision.allowed});
    if !decision.reason.is_empty() {
        status["reason"] = json!(decision.reason);
    }
    Ok(status)
}

/// All rules of a user in a namespace.
fn own_rules(world: &mut World, review: &Value, user: &User) -> Result<Value, Status> {
    let Some(namespace) = review["spec"]["namespace"].as_str().filter(|namespace| !namespace.is_empty()) else {
        return Err(Status::bad_request("no namespace on request"));
    };
    let (granted, errors) = roles::rules(world, user, namespace);
    let (mut of_resources, mut of_paths) = (Vec::new(), Vec::new());
    for rule in granted.iter().map(|granted| &granted.rule) {
        let mut shown = json!({"verbs": rule["verbs"]});
        let is_path = !object::items(&rule["nonResourceURLs"]).is_empty();
        let fields: &[&str] = if is_path { &["nonResourceURLs"] } else { &["apiGroups", "resources", "resourceNames"] };
        for field in fields.iter().filter(|field| !object::items(&rule[**field]).is_empty()) {
            shown[*field] = rule[*field].clone();
        }
        if is_path { of_paths.push(shown) } else { of_resources.push(shown) }
    }
    let mut status =
        json!({"resourceRules": of_resources, "nonResourceRules": of_paths, "incomplete": !errors.is_empty()});
    if !errors.is_empty() {
        status["evaluationError"] = json!(errors.join(", "));
    }
    Ok(status)
}
