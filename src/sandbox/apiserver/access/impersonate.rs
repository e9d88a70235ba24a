//! Asking as another user: apiserver v0.20.2 `endpoints/filters/impersonation.go`.

use super::roles::ACCOUNT;
use super::{Attributes, allow, token};
use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::apiserver::User;
use crate::sandbox::apiserver::request::Request;

const AUTHENTICATED: &str = "system:authenticated";
const UNAUTHENTICATED: &str = "system:unauthenticated";

/// The user as whom a request is to be answered; none: as the one who asks.
///
/// # Errors
/// 403 of who may not, 500 of groups without a user.
pub(in crate::sandbox::apiserver) fn impersonated(
    world: &mut World,
    request: &Request,
    asks: &User,
) -> Result<Option<User>, Status> {
    let wanted = &request.impersonate;
    if wanted.user.is_empty() {
        if wanted.groups.is_empty() && wanted.extra.is_empty() {
            return Ok(None);
        }
        return Err(Status::internal("requested groups or extra without impersonating a user"));
    }
    let account = wanted.user.strip_prefix(ACCOUNT).and_then(|rest| rest.split_once(':'));
    let may = |resource: &str, group: &str, namespace: &str, name: &str, subresource: &str| Attributes {
        verb: "impersonate".to_owned(),
        group: group.to_owned(),
        resource: resource.to_owned(),
        subresource: subresource.to_owned(),
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        path: String::new(),
    };
    let mut groups = wanted.groups.clone();
    match account {
        Some((namespace, name)) => {
            allow(world, asks, &may("serviceaccounts", "", namespace, name, ""))?;
            if groups.is_empty() {
                groups = token::groups(namespace);
            }
        }
        None => allow(world, asks, &may("users", "", "", &wanted.user, ""))?,
    }
    for group in &wanted.groups {
        allow(world, asks, &may("groups", "", "", group, ""))?;
    }
    for (key, value) in &wanted.extra {
        allow(world, asks, &may("userextras", "authentication.k8s.io", "", value, key))?;
    }
    let told = groups.iter().any(|group| group == AUTHENTICATED || group == UNAUTHENTICATED);
    if wanted.user == "system:anonymous" {
        groups.extend((!told).then(|| UNAUTHENTICATED.to_owned()));
    } else {
        groups.extend((!told).then(|| AUTHENTICATED.to_owned()));
    }
    Ok(Some(User { name: wanted.user.clone(), groups }))
}
