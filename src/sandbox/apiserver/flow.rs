//! Which FlowSchema a request is counted by, as headers of its answer tell: v1.20 `apiserver/pkg/util/flowcontrol/rule.go`.
//! Nothing is ever delayed here.

use std::sync::Arc;

use serde_json::Value;

use super::User;
use super::access::Attributes;
use super::request::{Request, Target};
use crate::sandbox::World;
use crate::sandbox::object;

/// The UIDs of the FlowSchema that takes a request and of its PriorityLevelConfiguration; none of what runs long.
pub(super) fn of(world: &mut World, user: &User, request: &Request) -> Option<[String; 2]> {
    let target = Target::of(request.path.trim_end_matches('/'));
    let long = request.flag("watch") || target.as_ref().is_some_and(|target| target.watch || streams(target));
    if long {
        return None;
    }
    let mut schemas = world.api("apiserver").list("flowschemas", None).ok()?;
    schemas.sort_by_key(|schema| {
        (object::int(&schema["spec"]["matchingPrecedence"], 1000), object::name(schema).to_owned())
    });
    let wanted = Attributes::of(request, target.as_ref());
    let schema = schemas.into_iter().find(|schema| takes(schema, user, &wanted))?;
    let level = schema["spec"]["priorityLevelConfiguration"]["name"].as_str()?;
    let level = world.api("apiserver").get("prioritylevelconfigurations", None, level).ok()?;
    Some([object::uid(&schema).to_owned(), object::uid(&level).to_owned()])
}

/// `longRunningRequestCheck`.
fn streams(target: &Target) -> bool {
    let part = target.subresource.split('/').next().unwrap_or_default();
    matches!(part, "attach" | "exec" | "proxy" | "log" | "portforward")
}

fn takes(schema: &Arc<Value>, user: &User, wanted: &Attributes) -> bool {
    object::items(&schema["spec"]["rules"]).iter().any(|rule| {
        let rules = if wanted.path.is_empty() { "resourceRules" } else { "nonResourceRules" };
        object::items(&rule["subjects"]).iter().any(|subject| is_of(subject, user))
            && object::items(&rule[rules]).iter().any(|rule| has(&rule["verbs"], &wanted.verb) && reaches(rule, wanted))
    })
}

fn is_of(subject: &Value, user: &User) -> bool {
    let name = |of: &str| subject[of]["name"].as_str().unwrap_or_default();
    match subject["kind"].as_str() {
        Some("User") => name("user") == "*" || name("user") == user.name,
        Some("Group") => name("group") == "*" || user.groups.iter().any(|group| group == name("group")),
        Some("ServiceAccount") => {
            let start = format!(
                "system:serviceaccount:{}:",
                subject["serviceAccount"]["namespace"].as_str().unwrap_or_default()
            );
            let own = user.name.strip_prefix(&start);
            own.is_some_and(|own| name("serviceAccount") == "*" || name("serviceAccount") == own)
        }
        _ => false,
    }
}

fn reaches(rule: &Value, wanted: &Attributes) -> bool {
    if !wanted.path.is_empty() {
        let mut urls = object::items(&rule["nonResourceURLs"]).iter().filter_map(Value::as_str);
        let below = |url: &str| url.strip_suffix('*').is_some_and(|start| wanted.path.starts_with(start));
        return urls.any(|url| url == wanted.path || below(url));
    }
    let within = match wanted.namespace.as_str() {
        "" => rule["clusterScope"] == true,
        namespace => has(&rule["namespaces"], namespace),
    };
    within && has(&rule["apiGroups"], &wanted.group) && has(&rule["resources"], &wanted.what())
}

fn has(list: &Value, wanted: &str) -> bool {
    object::items(list).iter().any(|one| one == "*" || one == wanted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn requests_are_counted_by_who_asks_for_what() {
        let mut world = World::new(1, "2026-11-24T15:22:00Z".parse().unwrap());
        crate::sandbox::boot::boot(&mut world, crate::sandbox::Profile::Lab, "ca").unwrap();
        let mut schema = |user: &User, method: &str, path: &str| {
            let request = Request { method: method.to_owned(), path: path.to_owned(), ..Request::default() };
            let [schema, _] = of(&mut world, user, &request)?;
            let all = world.api("test").list("flowschemas", None).unwrap();
            all.iter().find(|known| object::uid(known) == schema).map(|known| object::name(known).to_owned())
        };
        let pods = "/api/v1/namespaces/default/pods";
        let user = |name: &str, group: &str| User { name: name.to_owned(), groups: vec![group.to_owned()] };
        assert_eq!(schema(&User::admin(), "GET", pods).unwrap(), "exempt");
        let node = user("system:node:n", "system:nodes");
        assert_eq!(schema(&node, "GET", pods).unwrap(), "system-nodes");
        let account = user("system:serviceaccount:default:a", "system:serviceaccounts");
        assert_eq!(schema(&account, "GET", pods).unwrap(), "service-accounts");
        assert_eq!(schema(&user("jane", "system:authenticated"), "GET", "/version").unwrap(), "global-default");
        assert_eq!(schema(&User::admin(), "GET", &format!("{pods}/a/exec")), None);
    }
}
