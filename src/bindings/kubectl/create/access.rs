//! `create serviceaccount`, `role`, `clusterrole`, `rolebinding` and `clusterrolebinding`.

use futures::FutureExt;
use serde_json::{Value, json};

use super::super::Kubectl;
use super::generator::{Generator, listed, wrong};
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;

/// The group of roles and bindings.
const RBAC: &str = "rbac.authorization.k8s.io";

/// What kubectl takes for a verb without a warning.
const VERBS: &[&str] = &[
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
    "*",
];

/// What can be done with a path of the API that is no resource.
const URL_VERBS: &[&str] = &["*", "get", "post", "put", "delete", "patch", "head", "options"];

pub(super) const SERVICE_ACCOUNT: Generator = Generator {
    words: &[&["serviceaccount", "sa"]],
    flags: &[],
    required: &[],
    build: |_, _, name| std::future::ready(Ok(object("ServiceAccount", "v1", name))).boxed(),
};

pub(super) const ROLE: Generator = Generator {
    words: &[&["role"]],
    flags: &[Flag::value("verb", None), Flag::value("resource", None), Flag::value("resource-name", None)],
    required: &[],
    build: |kubectl, flags, name| role(kubectl, flags, name, "Role").boxed(),
};

pub(super) const CLUSTER_ROLE: Generator = Generator {
    words: &[&["clusterrole"]],
    flags: &[
        Flag::value("verb", None),
        Flag::value("resource", None),
        Flag::value("resource-name", None),
        Flag::value("non-resource-url", None),
        Flag::value("aggregation-rule", None),
    ],
    required: &[],
    build: |kubectl, flags, name| match flags.get("aggregation-rule") {
        Some(_) => std::future::ready(aggregate(flags, name)).boxed(),
        None => role(kubectl, flags, name, "ClusterRole").boxed(),
    },
};

pub(super) const ROLE_BINDING: Generator = Generator {
    words: &[&["rolebinding"]],
    flags: &[
        Flag::value("role", None),
        Flag::value("clusterrole", None),
        Flag::value("user", None),
        Flag::value("group", None),
        Flag::value("serviceaccount", None),
    ],
    required: &[],
    build: |_, flags, name| {
        let built = match (flags.get("role"), flags.get("clusterrole")) {
            (Some(role), None) => binding(flags, name, "RoleBinding", "Role", role),
            (None, Some(role)) => binding(flags, name, "RoleBinding", "ClusterRole", role),
            _ => wrong("exactly one of clusterrole or role must be specified"),
        };
        std::future::ready(built).boxed()
    },
};

pub(super) const CLUSTER_ROLE_BINDING: Generator = Generator {
    words: &[&["clusterrolebinding"]],
    flags: &[
        Flag::value("clusterrole", None),
        Flag::value("user", None),
        Flag::value("group", None),
        Flag::value("serviceaccount", None),
    ],
    required: &["clusterrole"],
    build: |_, flags, name| {
        let role = flags.get("clusterrole").unwrap_or_default();
        std::future::ready(binding(flags, name, "ClusterRoleBinding", "ClusterRole", role)).boxed()
    },
};

fn object(kind: &str, api_version: &str, name: &str) -> Value {
    json!({ "kind": kind, "apiVersion": api_version, "metadata": { "name": name, "creationTimestamp": null } })
}

async fn role(kubectl: &Kubectl<'_>, flags: &Flags, name: &str, kind: &str) -> Result<Value, Failure> {
    let mut verbs = listed(flags, "verb");
    if verbs.is_empty() {
        return wrong("at least one verb must be specified");
    }
    if verbs.iter().any(|verb| verb == "*") {
        verbs = vec!["*".to_owned()];
    }
    let (resources, names, urls) =
        (listed(flags, "resource"), listed(flags, "resource-name"), listed(flags, "non-resource-url"));
    if resources.is_empty() && urls.is_empty() {
        return match kind {
            "Role" => wrong("at least one resource must be specified"),
            _ => wrong("one of resource or nonResourceURL must be specified"),
        };
    }
    if !resources.is_empty() {
        for verb in verbs.iter().filter(|verb| !VERBS.contains(&verb.as_str())) {
            kubectl.err(&format!("Warning: '{verb}' is not a standard resource verb\n"));
        }
    }
    if let Some(verb) = verbs.iter().find(|verb| !urls.is_empty() && !URL_VERBS.contains(&verb.as_str())) {
        return wrong(format!("invalid verb: '{verb}' for nonResourceURL"));
    }
    // One rule for each group, in the order in which the groups come.
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for written in &resources {
        let (name, subresource) =
            written.split_once('/').map_or((written.as_str(), None), |(name, sub)| (name, Some(sub)));
        if let Some(group) = name.strip_prefix('*') {
            rule_of(&mut groups, group.trim_start_matches('.'))
                .push(written.split('.').next().unwrap_or_default().to_owned());
            continue;
        }
        let resource = kubectl.k8s().resource(name).await.map_err(|mut failure| {
            failure.message = failure.message.trim_start_matches("error: ").to_owned();
            failure
        })?;
        let plural = match subresource {
            Some(subresource) => format!("{}/{subresource}", resource.plural),
            None => resource.plural,
        };
        rule_of(&mut groups, &resource.group).push(plural);
    }
    let mut rules = Vec::new();
    for (group, plurals) in groups {
        let mut rule = json!({ "verbs": verbs, "apiGroups": [group], "resources": plurals });
        if !names.is_empty() {
            rule["resourceNames"] = names.clone().into();
        }
        rules.push(rule);
    }
    if !urls.is_empty() {
        rules.push(json!({ "verbs": verbs, "nonResourceURLs": urls }));
    }
    let mut role = object(kind, &format!("{RBAC}/v1"), name);
    role["rules"] = rules.into();
    Ok(role)
}

/// The resources of a group's rule, which is made where there is none yet.
fn rule_of<'a>(groups: &'a mut Vec<(String, Vec<String>)>, group: &str) -> &'a mut Vec<String> {
    let place = groups.iter().position(|(known, _)| known == group).unwrap_or_else(|| {
        groups.push((group.to_owned(), Vec::new()));
        groups.len() - 1
    });
    &mut groups[place].1
}

/// A ClusterRole that takes its rules from others.
fn aggregate(flags: &Flags, name: &str) -> Result<Value, Failure> {
    let own = ["non-resource-url", "verb", "resource", "resource-name"];
    if own.iter().any(|flag| flags.get(flag).is_some()) {
        return wrong("aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames");
    }
    let mut labels = serde_json::Map::new();
    for pair in listed(flags, "aggregation-rule") {
        match pair.split_once('=') {
            Some((key, value)) => labels.insert(key.to_owned(), value.into()),
            None => return wrong(format!("{pair} must be formatted as key=value")),
        };
    }
    labels.sort_keys();
    let mut role = object("ClusterRole", &format!("{RBAC}/v1"), name);
    role["rules"] = Value::Null;
    role["aggregationRule"] = json!({ "clusterRoleSelectors": [{ "matchLabels": labels }] });
    Ok(role)
}

fn binding(flags: &Flags, name: &str, kind: &str, role_kind: &str, role: &str) -> Result<Value, Failure> {
    let mut subjects = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        let named = listed(flags, flag).into_iter();
        subjects.extend(named.map(|name| json!({ "kind": kind, "apiGroup": RBAC, "name": name })));
    }
    for account in listed(flags, "serviceaccount") {
        match account.split(':').collect::<Vec<_>>().as_slice() {
            [namespace, name] if !namespace.is_empty() && !name.is_empty() => {
                subjects.push(json!({ "kind": "ServiceAccount", "name": name, "namespace": namespace }));
            }
            _ => return wrong("serviceaccount must be <namespace>:<name>"),
        }
    }
    let mut binding = object(kind, &format!("{RBAC}/v1"), name);
    if !subjects.is_empty() {
        binding["subjects"] = subjects.into();
    }
    binding["roleRef"] = json!({ "apiGroup": RBAC, "kind": role_kind, "name": role });
    Ok(binding)
}
