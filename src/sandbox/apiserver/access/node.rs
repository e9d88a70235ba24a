//! What kubelets may do: the rules of the role `system:node`, and of Secrets, ConfigMaps and claims only those of the Pods on
//! their node. v1.20 `plugin/pkg/auth/authorizer/node`.

use serde_json::{Value, json};

use super::{Attributes, Decision, roles};
use crate::sandbox::World;
use crate::sandbox::apiserver::User;
use crate::sandbox::object;

pub(super) fn decide(world: &mut World, user: &User, wanted: &Attributes) -> Decision {
    let node = user.name.strip_prefix("system:node:").filter(|_| user.groups.iter().any(|g| g == "system:nodes"));
    let Some(node) = node else { return Decision::default() };
    let denied = |reason: String| Decision { allowed: false, reason };
    let graphed = wanted.group.is_empty()
        && matches!(
            wanted.resource.as_str(),
            "secrets" | "configmaps" | "persistentvolumeclaims" | "persistentvolumes"
        );
    if graphed && wanted.path.is_empty() {
        if !matches!(wanted.verb.as_str(), "get" | "list" | "watch") {
            return denied("can only read resources of this type".to_owned());
        }
        if !wanted.subresource.is_empty() {
            return denied("cannot read subresource".to_owned());
        }
        if wanted.namespace.is_empty() && wanted.resource != "persistentvolumes" {
            return denied("can only read namespaced object of this type".to_owned());
        }
        if wanted.name.is_empty() || !world.informers.pods_on(node).iter().any(|pod| needs(world, pod, wanted)) {
            return denied(format!("no relationship found between node '{node}' and this object"));
        }
        return Decision { allowed: true, reason: String::new() };
    }
    let role = json!({"kind": "ClusterRole", "name": "system:node"});
    let rules = roles::of_role(world, &role, "").unwrap_or_default();
    Decision { allowed: rules.iter().any(|rule| roles::allows(rule, wanted)), reason: String::new() }
}

/// Whether a Pod needs an object.
fn needs(world: &World, pod: &Value, wanted: &Attributes) -> bool {
    let claims = object::items(&pod["spec"]["volumes"]).iter();
    let mut claims = claims.filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str());
    if wanted.resource == "persistentvolumes" {
        return claims.any(|claim| {
            let claim = world.informers.get("persistentvolumeclaims", object::namespace(pod), claim);
            claim.is_some_and(|claim| claim["spec"]["volumeName"] == wanted.name.as_str())
        });
    }
    if object::namespace(pod) != wanted.namespace {
        return false;
    }
    match wanted.resource.as_str() {
        "persistentvolumeclaims" => claims.any(|claim| claim == wanted.name),
        "secrets" => names(&pod["spec"], &["secretRef", "secretKeyRef", "secret", "imagePullSecrets"], &wanted.name),
        _ => names(&pod["spec"], &["configMapRef", "configMapKeyRef", "configMap"], &wanted.name),
    }
}

/// Whether one of some references, anywhere in a Pod, is to a name.
fn names(value: &Value, references: &[&str], name: &str) -> bool {
    let is_it = |reference: &Value| reference["name"] == name || reference["secretName"] == name;
    match value {
        Value::Object(fields) => fields.iter().any(|(field, value)| {
            let meant = references.contains(&field.as_str());
            meant && (is_it(value) || object::items(value).iter().any(is_it)) || names(value, references, name)
        }),
        Value::Array(items) => items.iter().any(|item| names(item, references, name)),
        _ => false,
    }
}
