//! Roles and their bindings.
//!
//! Source: v1.20.2 `pkg/apis/rbac/validation/validation.go`.

use serde_json::Value;

use super::causes::Causes;
use super::{go, items, meta, names, text};

const GROUP: &str = "rbac.authorization.k8s.io";

/// A Role or ClusterRole.
pub(super) fn role(kind: &str, new: &Value, causes: &mut Causes) {
    for (index, rule) in items(&new["rules"]).iter().enumerate() {
        self::rule(rule, kind == "Role", &format!("rules[{index}]"), causes);
    }
    if new["aggregationRule"].is_object() {
        const FIELD: &str = "aggregationRule.clusterRoleSelectors";
        let selectors = items(&new["aggregationRule"]["clusterRoleSelectors"]);
        if selectors.is_empty() {
            causes.required(FIELD, "at least one clusterRoleSelector required if aggregationRule is non-nil");
        }
        for (index, selector) in selectors.iter().enumerate() {
            let field = format!("{FIELD}[{index}]");
            meta::selector(selector, &field, causes);
            if !meta::usable(selector) {
                causes.invalid(&field, "\"null\"", "invalid label selector.");
            }
        }
    }
}

fn rule(rule: &Value, namespaced: bool, path: &str, causes: &mut Causes) {
    let any = |field: &str| !items(&rule[field]).is_empty();
    if !any("verbs") {
        causes.required(format!("{path}.verbs"), "verbs must contain at least one value");
    }
    if any("nonResourceURLs") {
        let (field, shown) = (format!("{path}.nonResourceURLs"), go::list("string", &rule["nonResourceURLs"]));
        if namespaced {
            causes.invalid(&field, &shown, "namespaced rules cannot apply to non-resource URLs");
        }
        if any("apiGroups") || any("resources") || any("resourceNames") {
            causes.invalid(&field, &shown, "rules cannot apply to both regular resources and non-resource URLs");
        }
        return;
    }
    if !any("apiGroups") {
        causes.required(format!("{path}.apiGroups"), "resource rules must supply at least one api group");
    }
    if !any("resources") {
        causes.required(format!("{path}.resources"), "resource rules must supply at least one resource");
    }
}

/// A RoleBinding or ClusterRoleBinding; as a change of `old`, if that is given.
pub(super) fn binding(kind: &str, new: &Value, old: Option<&Value>, causes: &mut Causes) {
    let role = &new["roleRef"];
    let group = text(&role["apiGroup"]);
    if role.is_object() && group != GROUP {
        causes.unsupported("roleRef.apiGroup", format!("{group:?}"), &[GROUP]);
    }
    let kinds: &[&str] = if kind == "RoleBinding" { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    causes.one_of("roleRef.kind", text(&role["kind"]), kinds);
    match text(&role["name"]) {
        "" => causes.required("roleRef.name", ""),
        name => causes.invalid_text("roleRef.name", name, names::path_segment(name)),
    }
    for (index, subject) in items(&new["subjects"]).iter().enumerate() {
        self::subject(subject, kind == "RoleBinding", &format!("subjects[{index}]"), causes);
    }
    if old.is_some_and(|old| old["roleRef"] != *role) {
        let shown = format!(
            "rbac.RoleRef{{APIGroup:{:?}, Kind:{:?}, Name:{:?}}}",
            group,
            text(&role["kind"]),
            text(&role["name"])
        );
        causes.invalid("roleRef", shown, "cannot change roleRef");
    }
}

fn subject(subject: &Value, namespaced: bool, path: &str, causes: &mut Causes) {
    let of = |field: &str| text(&subject[field]);
    if of("name").is_empty() {
        causes.required(format!("{path}.name"), "");
    }
    let wanted = match of("kind") {
        "ServiceAccount" => {
            if !of("name").is_empty() {
                causes.invalid_text(format!("{path}.name"), of("name"), names::subdomain(of("name")));
            }
            ""
        }
        "User" | "Group" => GROUP,
        kind => {
            causes.unsupported(format!("{path}.kind"), format!("{kind:?}"), &["ServiceAccount", "User", "Group"]);
            return;
        }
    };
    if of("apiGroup") != wanted {
        causes.unsupported(format!("{path}.apiGroup"), format!("{:?}", of("apiGroup")), &[wanted]);
    }
    if of("kind") == "ServiceAccount" && !namespaced && of("namespace").is_empty() {
        causes.required(format!("{path}.namespace"), "");
    }
}
