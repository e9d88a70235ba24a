//! Who may do what: authorization by roles, and reviews of it.
//!
//! - [`Attributes`]: what is asked for
//! - `roles`: the rules of a user
//! - `impersonate`: asking as another user
//! - `escalate`: giving others what one has not
//! - `review`: what may be done
//! - `token`: accounts by their tokens
//! - `node`: what kubelets may do

mod escalate;
mod impersonate;
mod node;
mod review;
mod roles;
#[cfg(test)]
mod tests;
mod token;

pub(super) use escalate::check as check_escalation;
pub(super) use impersonate::impersonated;
pub(super) use review::answer as review;
pub(super) use token::{authenticate, request as request_token, review as review_token};

use serde_json::json;

use super::User;
use super::request::{Request, Target};
use crate::sandbox::World;
use crate::sandbox::api::{Status, qualified};

/// What a user wants to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub verb: String,
    pub group: String,
    pub resource: String,
    pub subresource: String,
    pub name: String,
    pub namespace: String,
    /// Of what is no resource; else empty.
    pub path: String,
}

/// Whether it may be done, and what the authorizer says to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Decision {
    pub allowed: bool,
    pub reason: String,
}

impl Attributes {
    /// Of a request: apiserver v0.20.2 `endpoints/request/requestinfo.go`.
    pub(super) fn of(request: &Request, target: Option<&Target>) -> Self {
        let Some(target) = target else {
            let verb = request.method.to_lowercase();
            return Self { verb, path: request.path.clone(), ..Self::default() };
        };
        let verb = match (request.method.as_str(), target.name.is_some()) {
            ("GET" | "HEAD", false) if target.watch || request.flag("watch") => "watch",
            ("GET" | "HEAD", true) if !target.watch => "get",
            ("GET" | "HEAD", true) => "watch",
            ("GET" | "HEAD", false) => "list",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", true) => "delete",
            _ => "deletecollection",
        };
        let name = target.name.clone().unwrap_or_default();
        // A namespace is in itself.
        let itself = target.plural == "namespaces" && target.group.is_empty();
        let namespace = if itself { name.clone() } else { target.namespace.clone().unwrap_or_default() };
        Self {
            verb: verb.to_owned(),
            group: target.group.clone(),
            resource: target.plural.clone(),
            subresource: target.subresource.split('/').next().unwrap_or_default().to_owned(),
            name,
            namespace,
            path: String::new(),
        }
    }

    /// `pods/log`.
    pub(super) fn what(&self) -> String {
        let slash = if self.subresource.is_empty() { "" } else { "/" };
        format!("{}{slash}{}", self.resource, self.subresource)
    }
}

/// Whether a user may do something.
pub(super) fn decide(world: &mut World, user: &User, wanted: &Attributes) -> Decision {
    if user.may_do_everything() {
        return Decision { allowed: true, reason: String::new() };
    }
    roles::decide(world, user, wanted)
}

/// Refuses what a user may not do.
///
/// # Errors
/// 403, in the words of apiserver v0.20.2 `endpoints/handlers/responsewriters/errors.go`.
pub(super) fn allow(world: &mut World, user: &User, wanted: &Attributes) -> Result<(), Status> {
    let decision = decide(world, user, wanted);
    if decision.allowed { Ok(()) } else { Err(forbidden(user, wanted, &decision.reason)) }
}

fn forbidden(user: &User, wanted: &Attributes, reason: &str) -> Status {
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    if !wanted.path.is_empty() {
        let message = format!("forbidden: User {:?} cannot {} path {:?}{reason}", user.name, wanted.verb, wanted.path);
        return Status { code: 403, reason: "Forbidden", message, details: Some(json!({})) };
    }
    let what = qualified(&wanted.resource, &wanted.group);
    let name = if wanted.name.is_empty() { String::new() } else { format!(" {:?}", wanted.name) };
    let place = match wanted.namespace.as_str() {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace {namespace:?}"),
    };
    let message = format!(
        "{what}{name} is forbidden: User {:?} cannot {} resource {:?} in API group {:?} {place}{reason}",
        user.name,
        wanted.verb,
        wanted.what(),
        wanted.group
    );
    let mut details = json!({});
    for (key, value) in [("name", &wanted.name), ("group", &wanted.group), ("kind", &wanted.resource)] {
        if !value.is_empty() {
            details[key] = json!(value);
        }
    }
    Status { code: 403, reason: "Forbidden", message, details: Some(details) }
}
