//! Amounts: what containers ask for, what limits and quotas allow.
//!
//! Source: v1.20.2 `pkg/apis/core/validation/validation.go`, `pkg/apis/core/helper/helpers.go`.

use serde_json::Value;

use super::causes::Causes;
use super::{go, names, quantity, sorted};
use crate::render::Quantity;

/// What a container may ask for without a domain in the name.
const OF_CONTAINERS: &[&str] = &["cpu", "memory", "ephemeral-storage"];
/// What may be limited for a namespace without a domain in the name.
const OF_QUOTA: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
    "services.nodeports",
    "services.loadbalancers",
];
/// What is known without a domain in the name: these, and what quotas know.
const STANDARD: &[&str] = &["storage"];
/// The objects that quotas count under their resource's name.
pub(in crate::sandbox::api) const OBJECT_COUNTS: &[&str] = &[
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
];
/// What else is counted in whole numbers.
const SERVICE_COUNTS: &[&str] = &["services.nodeports", "services.loadbalancers"];

/// Pages of a size.
fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-") || name.starts_with("requests.hugepages-")
}

/// Whether a name has a domain of someone else: `example.com/gpu`.
pub(super) fn is_extended(name: &str) -> bool {
    name.contains('/') && !name.contains("kubernetes.io/") && !name.starts_with("requests.")
}

/// The name of a resource, at a field.
pub(super) fn name(name: &str, field: &str, causes: &mut Causes) {
    let wrong = names::qualified(name);
    if !wrong.is_empty() {
        causes.invalid_text(field, name, wrong);
        return;
    }
    let standard = OF_QUOTA.contains(&name) || STANDARD.contains(&name) || is_huge_page(name);
    if !name.contains('/') && !standard {
        causes.invalid(field, format!("{name:?}"), "must be a standard resource type or fully qualified");
    }
}

/// Likewise, of what a container has.
pub(super) fn container_name(name: &str, field: &str, causes: &mut Causes) {
    self::name(name, field, causes);
    if !name.contains('/') && !OF_CONTAINERS.contains(&name) && !is_huge_page(name) {
        causes.invalid(field, format!("{name:?}"), "must be a standard resource for containers");
    }
}

/// Likewise, of what a quota limits.
pub(super) fn quota_name(name: &str, field: &str, causes: &mut Causes) {
    self::name(name, field, causes);
    if !name.contains('/') && !OF_QUOTA.contains(&name) && !is_huge_page(name) {
        causes.invalid(field, format!("{name:?}"), "must be a standard resource for quota");
    }
}

/// An amount of a resource.
pub(super) fn amount(name: &str, value: &Value, field: &str, causes: &mut Causes) {
    let Some(quantity) = quantity(value) else { return };
    if quantity < Quantity::ZERO {
        causes.invalid(field, format!("{:?}", go::shown(value)), "must be greater than or equal to 0");
    }
    let whole = OBJECT_COUNTS.contains(&name) || SERVICE_COUNTS.contains(&name) || is_extended(name);
    if whole && quantity.milli_value() % 1000 != 0 {
        causes.invalid(field, go::quantity(value), "must be an integer");
    }
}

/// What a container asks for and may use.
pub(super) fn requirements(resources: &Value, field: &str, causes: &mut Causes) {
    let limits = &resources["limits"];
    let (mut plain, mut huge) = (false, false);
    let mut see = |name: &str| {
        plain |= matches!(name, "cpu" | "memory");
        huge |= is_huge_page(name);
    };
    for (name, value) in sorted(limits) {
        let field = format!("{field}.limits[{name}]");
        container_name(name, &field, causes);
        amount(name, value, &field, causes);
        see(name);
    }
    for (name, value) in sorted(&resources["requests"]) {
        let path = format!("{field}.requests[{name}]");
        container_name(name, &path, causes);
        amount(name, value, &path, causes);
        see(name);
        let overcommit = !is_extended(name) && !is_huge_page(name);
        match quantity(&limits[name]) {
            Some(limit) if !overcommit && quantity(value) != Some(limit) => {
                let why = format!("must be equal to {name} limit");
                causes.invalid(format!("{field}.requests"), format!("{:?}", go::shown(value)), &why);
            }
            Some(limit) if overcommit && quantity(value).is_some_and(|request| request > limit) => {
                let why = format!("must be less than or equal to {name} limit");
                causes.invalid(format!("{field}.requests"), format!("{:?}", go::shown(value)), &why);
            }
            None if !overcommit => {
                causes.required(format!("{field}.limits"), "Limit must be set for non overcommitable resources");
            }
            _ => {}
        }
    }
    if huge && !plain {
        causes.forbidden(field, "HugePages require cpu or memory");
    }
}
