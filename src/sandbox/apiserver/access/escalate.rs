//! Nobody gives others what they have not themselves: v1.20 `pkg/registry/rbac/{role,rolebinding}/policybased`.

use serde_json::Value;

use super::{Attributes, decide, roles};
use crate::sandbox::World;
use crate::sandbox::api::{Resource, Status};
use crate::sandbox::apiserver::User;
use crate::sandbox::object;

/// Refuses a role or a binding that gives more than its writer has, unless that may escalate or bind.
///
/// # Errors
/// 403; 404 of the role.
pub(in crate::sandbox::apiserver) fn check(
    world: &mut World,
    resource: &Resource,
    user: &User,
    written: &Value,
    before: Option<&Value>,
) -> Result<(), Status> {
    let namespace = object::namespace(written).to_owned();
    let same = |field: &str| before.is_some_and(|before| before[field] == written[field]);
    let (wanted, verb) = match resource.plural {
        "roles" | "clusterroles" if !same("rules") || !same("aggregationRule") => {
            (object::items(&written["rules"]).to_vec(), "escalate")
        }
        "rolebindings" | "clusterrolebindings" if !same("subjects") || !same("roleRef") => (Vec::new(), "bind"),
        _ => return Ok(()),
    };
    let role = &written["roleRef"];
    let may = Attributes {
        verb: verb.to_owned(),
        group: resource.group.to_owned(),
        resource: match (verb, role["kind"].as_str()) {
            ("bind", Some("Role")) => "roles".to_owned(),
            ("bind", _) => "clusterroles".to_owned(),
            _ => resource.plural.to_owned(),
        },
        name: if verb == "bind" { role["name"].as_str().unwrap_or_default() } else { object::name(written) }.to_owned(),
        namespace: namespace.clone(),
        ..Attributes::default()
    };
    if user.may_do_everything() || decide(world, user, &may).allowed {
        return Ok(());
    }
    let wanted = if verb == "bind" {
        roles::of_role(world, role, &namespace).map_err(|message| Status {
            code: 404,
            reason: "NotFound",
            message,
            details: None,
        })?
    } else {
        wanted
    };
    let (own, errors) = roles::rules(world, user, &namespace);
    let own: Vec<Value> = own.into_iter().map(|granted| granted.rule).collect();
    let missing: Vec<Value> = wanted.iter().flat_map(|rule| roles::uncovered(&own, rule)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let groups: Vec<String> = user.groups.iter().map(|group| format!("{group:?}")).collect();
    let mut shown: Vec<String> = compact(&missing).iter().map(shown).collect();
    shown.sort();
    let mut why = format!(
        "user {:?} (groups=[{}]) is attempting to grant RBAC permissions not currently held:\n{}",
        user.name,
        groups.join(" "),
        shown.join("\n")
    );
    if !errors.is_empty() {
        why += &format!("; resolution errors: [{}]", errors.join(", "));
    }
    Err(Status::forbidden(resource, object::name(written), &why))
}

/// Single rules of the same things put together by their verbs: `CompactRules`.
fn compact(singles: &[Value]) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for single in singles {
        let alike = all.iter_mut().find(|known| {
            ["apiGroups", "resources", "resourceNames", "nonResourceURLs"].iter().all(|f| known[*f] == single[*f])
        });
        match alike {
            Some(known) => {
                if let Some(verbs) = known["verbs"].as_array_mut() {
                    verbs.push(single["verbs"][0].clone());
                }
            }
            None => all.push(single.clone()),
        }
    }
    all
}

/// A rule as messages show it: `CompactString`.
fn shown(rule: &Value) -> String {
    let fields = [
        ("APIGroups", "apiGroups"),
        ("Resources", "resources"),
        ("NonResourceURLs", "nonResourceURLs"),
        ("ResourceNames", "resourceNames"),
        ("Verbs", "verbs"),
    ];
    let parts = fields.iter().filter(|(_, field)| !object::items(&rule[*field]).is_empty()).map(|(name, field)| {
        let values: Vec<String> = object::items(&rule[*field]).iter().map(Value::to_string).collect();
        format!("{name}:[{}]", values.join(" "))
    });
    format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
}
