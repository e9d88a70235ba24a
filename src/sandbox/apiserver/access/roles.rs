//! The rules that roles give a user: v1.20 `pkg/registry/rbac/validation/rule.go` and `plugin/pkg/auth/authorizer/rbac`.

use serde_json::Value;

use super::{Attributes, Decision, node};
use crate::sandbox::World;
use crate::sandbox::apiserver::User;
use crate::sandbox::object;

/// The user name of an account begins with it, before its namespace and name.
pub(super) const ACCOUNT: &str = "system:serviceaccount:";

/// A rule of a user, and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Granted {
    pub rule: Value,
    /// As in `ClusterRoleBinding "a" of ClusterRole "b" to User "c"`.
    pub source: String,
}

/// The rules of a user in a namespace, or with an empty one, everywhere; and what could not be found out.
pub(super) fn rules(world: &mut World, user: &User, namespace: &str) -> (Vec<Granted>, Vec<String>) {
    let (mut granted, mut errors) = (Vec::new(), Vec::new());
    let mut bindings = bindings(world, "clusterrolebindings", None);
    if !namespace.is_empty() {
        bindings.extend(self::bindings(world, "rolebindings", Some(namespace)));
    }
    for binding in bindings {
        let inside = object::namespace(&binding).to_owned();
        let mut subjects = object::items(&binding["subjects"]).iter();
        let Some(subject) = subjects.find(|subject| means(subject, user, &inside)) else { continue };
        let role = &binding["roleRef"];
        match of_role(world, role, &inside) {
            Ok(rules) => {
                let source = source(&binding, subject);
                granted.extend(rules.into_iter().map(|rule| Granted { rule, source: source.clone() }));
            }
            // The cache that is asked here calls them by their singular.
            Err(why) => errors.push(why.replacen("roles.rbac", "role.rbac", 1)),
        }
    }
    (granted, errors)
}

fn bindings(world: &mut World, resource: &str, namespace: Option<&str>) -> Vec<std::sync::Arc<Value>> {
    // Both are built in.
    world.api("apiserver").list(resource, namespace).unwrap_or_default()
}

/// The rules of the role that a binding names.
///
/// # Errors
/// There is no such role.
pub(super) fn of_role(world: &mut World, role: &Value, namespace: &str) -> Result<Vec<Value>, String> {
    let name = role["name"].as_str().unwrap_or_default();
    let found = match role["kind"].as_str() {
        Some("Role") => world.api("apiserver").get("roles", Some(namespace), name),
        _ => world.api("apiserver").get("clusterroles", None, name),
    };
    found.map(|role| object::items(&role["rules"]).to_vec()).map_err(|status| status.message)
}

/// Whether a subject of a binding is a user.
fn means(subject: &Value, user: &User, namespace: &str) -> bool {
    let text = |field: &str| subject[field].as_str().unwrap_or_default();
    match text("kind") {
        "User" => user.name == text("name"),
        "Group" => user.groups.iter().any(|group| group == text("name")),
        "ServiceAccount" => {
            let own = match text("namespace") {
                "" => namespace,
                own => own,
            };
            !own.is_empty() && user.name == format!("{ACCOUNT}{own}:{}", text("name"))
        }
        _ => false,
    }
}

fn source(binding: &Value, subject: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (role, name) = (&binding["roleRef"], object::name(binding));
    let to = match subject["namespace"].as_str().filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => format!("{:?}", format!("{}/{namespace}", text(&subject["name"]))),
        None => format!("{:?}", text(&subject["name"])),
    };
    let (kind, shown) = match object::namespace(binding) {
        "" => ("ClusterRoleBinding", name.to_owned()),
        namespace => ("RoleBinding", format!("{name}/{namespace}")),
    };
    format!("{kind} {shown:?} of {} {:?} to {} {to}", text(&role["kind"]), text(&role["name"]), text(&subject["kind"]))
}

pub(super) fn decide(world: &mut World, user: &User, wanted: &Attributes) -> Decision {
    let (granted, errors) = rules(world, user, &wanted.namespace);
    if let Some(found) = granted.iter().find(|granted| allows(&granted.rule, wanted)) {
        return Decision { allowed: true, reason: format!("RBAC: allowed by {}", found.source) };
    }
    let node = node::decide(world, user, wanted);
    if node.allowed {
        return node;
    }
    let reason = match &errors[..] {
        [] => String::new(),
        [one] => format!("RBAC: {one}"),
        many => format!("RBAC: [{}]", many.join(", ")),
    };
    // Each authorizer says why.
    let both = [node.reason, reason].into_iter().filter(|reason| !reason.is_empty()).collect::<Vec<_>>();
    Decision { allowed: false, reason: both.join("\n") }
}

fn has(list: &Value, wanted: &str) -> bool {
    object::items(list).iter().any(|own| own == wanted || own == "*")
}

/// Whether a rule allows something: v1.20 `pkg/apis/rbac/v1/evaluation_helpers.go`.
pub(super) fn allows(rule: &Value, wanted: &Attributes) -> bool {
    if !has(&rule["verbs"], &wanted.verb) {
        return false;
    }
    if !wanted.path.is_empty() {
        let urls = object::items(&rule["nonResourceURLs"]).iter().filter_map(Value::as_str);
        return urls.into_iter().any(|url| covers_url(url, &wanted.path));
    }
    let names = object::items(&rule["resourceNames"]);
    has(&rule["apiGroups"], &wanted.group)
        && has_resource(&rule["resources"], &wanted.what(), &wanted.subresource)
        && (names.is_empty() || names.iter().any(|name| name == wanted.name.as_str()))
}

fn has_resource(list: &Value, what: &str, subresource: &str) -> bool {
    let any = format!("*/{subresource}");
    has(list, what) || (!subresource.is_empty() && object::items(list).iter().any(|own| *own == any.as_str()))
}

/// Whether a URL of a rule, which may end with `*`, covers another.
fn covers_url(own: &str, url: &str) -> bool {
    own == "*" || own == url || own.strip_suffix('*').is_some_and(|start| url.starts_with(start))
}

/// Whether rules allow all that another one does, resource by resource: `Covers`; what they do not, in single rules.
pub(super) fn uncovered(own: &[Value], wanted: &Value) -> Vec<Value> {
    singles(wanted).into_iter().filter(|single| !own.iter().any(|rule| covers(rule, single))).collect()
}

/// A rule taken apart into rules of one verb and one thing each: `BreakdownRule`.
fn singles(rule: &Value) -> Vec<Value> {
    let list = |field: &str| object::items(&rule[field]).to_vec();
    let mut all = Vec::new();
    for group in list("apiGroups") {
        for resource in list("resources") {
            for verb in list("verbs") {
                let single = serde_json::json!({"apiGroups": [group], "resources": [resource], "verbs": [verb]});
                let names = list("resourceNames");
                if names.is_empty() {
                    all.push(single.clone());
                }
                for name in names {
                    let mut named = single.clone();
                    named["resourceNames"] = serde_json::json!([name]);
                    all.push(named);
                }
            }
        }
    }
    for url in list("nonResourceURLs") {
        for verb in list("verbs") {
            all.push(serde_json::json!({"nonResourceURLs": [url], "verbs": [verb]}));
        }
    }
    all
}

fn covers(rule: &Value, single: &Value) -> bool {
    let all = |field: &str| object::items(&single[field]).iter().filter_map(Value::as_str).collect::<Vec<_>>();
    let verbs = all("verbs").iter().all(|verb| has(&rule["verbs"], verb));
    if !all("nonResourceURLs").is_empty() {
        let own: Vec<&str> = object::items(&rule["nonResourceURLs"]).iter().filter_map(Value::as_str).collect();
        return verbs && all("nonResourceURLs").iter().all(|url| own.iter().any(|own| covers_url(own, url)));
    }
    let names = object::items(&rule["resourceNames"]);
    let named = names.is_empty()
        || (!all("resourceNames").is_empty()
            && all("resourceNames").iter().all(|name| names.iter().any(|own| own == name)));
    verbs
        && named
        && all("apiGroups").iter().all(|group| has(&rule["apiGroups"], group))
        && all("resources").iter().all(|resource| {
            has_resource(&rule["resources"], resource, resource.split_once('/').map_or("", |(_, sub)| sub))
        })
}
