//! ResourceQuota: how much of each thing a namespace may have.
//!
//! Source: apiserver v0.20.2 `admission/plugin/resourcequota/controller.go`, v1.20.2 `pkg/quota/v1/evaluator/core`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::render::Quantity;
use crate::sandbox::World;
use crate::sandbox::api::validate::OBJECT_COUNTS;
use crate::sandbox::api::{Resource, Status};

/// Amounts by what they are of.
type Usage = BTreeMap<String, Quantity>;

/// What of a Pod is counted by amount: the names under which a quota may have it, the list, and the resource in it.
const AMOUNTS: &[(&str, &str, &str)] = &[
    ("cpu", "requests", "cpu"),
    ("memory", "requests", "memory"),
    ("ephemeral-storage", "requests", "ephemeral-storage"),
    ("requests.cpu", "requests", "cpu"),
    ("requests.memory", "requests", "memory"),
    ("requests.ephemeral-storage", "requests", "ephemeral-storage"),
    ("limits.cpu", "limits", "cpu"),
    ("limits.memory", "limits", "memory"),
    ("limits.ephemeral-storage", "limits", "ephemeral-storage"),
];
/// What a quota without scopes asks Pods to name, where it limits it.
const NAMED: &[&str] = &["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// What a Pod's containers ask for or may use together: the sum, or as much as the largest of those that run before.
pub(super) fn sum(spec: &Value, list: &str) -> Value {
    let mut total = Usage::new();
    let amounts = |container: &Value| -> Vec<(String, Quantity)> {
        let amounts = container["resources"][list].as_object().into_iter().flatten();
        amounts.filter_map(|(name, value)| Some((name.clone(), Quantity::parse(value.as_str()?)?))).collect()
    };
    for container in spec["containers"].as_array().into_iter().flatten() {
        for (name, amount) in amounts(container) {
            let before = total.get(&name).copied().unwrap_or(Quantity::ZERO);
            total.insert(name, before + amount);
        }
    }
    for container in spec["initContainers"].as_array().into_iter().flatten() {
        for (name, amount) in amounts(container) {
            let most = total.get(&name).copied().unwrap_or(Quantity::ZERO).max(amount);
            total.insert(name, most);
        }
    }
    json!(total.into_iter().map(|(name, amount)| (name, amount.to_string())).collect::<BTreeMap<_, _>>())
}

/// What an object takes of its namespace's quotas.
fn usage(resource: &Resource, object: &Value) -> BTreeMap<String, Quantity> {
    let one = Quantity::parse("1").unwrap_or(Quantity::ZERO);
    let mut usage = Usage::new();
    usage.insert(format!("count/{}", resource.qualified()), one);
    if !resource.group.is_empty() {
        return usage;
    }
    if resource.plural == "pods" && matches!(object["status"]["phase"].as_str(), Some("Failed" | "Succeeded")) {
        // One that has ended counts as an object only.
        return usage;
    }
    if OBJECT_COUNTS.contains(&resource.plural) {
        usage.insert(resource.plural.to_owned(), one);
    }
    let spec = &object["spec"];
    let mut add = |name: &str, amount: &Value| {
        if let Some(amount) = amount.as_str().and_then(Quantity::parse) {
            usage.insert(name.to_owned(), amount);
        }
    };
    match resource.plural {
        "pods" => {
            let (requests, limits) = (sum(spec, "requests"), sum(spec, "limits"));
            for (name, list, of) in AMOUNTS {
                add(name, if *list == "requests" { &requests[*of] } else { &limits[*of] });
            }
        }
        "persistentvolumeclaims" => {
            let storage = &spec["resources"]["requests"]["storage"];
            add("requests.storage", storage);
            if let Some(class) = spec["storageClassName"].as_str().filter(|class| !class.is_empty()) {
                add(&format!("{class}.storageclass.storage.k8s.io/requests.storage"), storage);
                add(&format!("{class}.storageclass.storage.k8s.io/persistentvolumeclaims"), &json!("1"));
            }
        }
        "services" => {
            let ports = spec["ports"].as_array().map_or(0, Vec::len);
            let (nodes, balanced) = match spec["type"].as_str() {
                Some("NodePort") => (ports, 0),
                Some("LoadBalancer") => (ports, 1),
                _ => (0, 0),
            };
            add("services.nodeports", &json!(nodes.to_string()));
            add("services.loadbalancers", &json!(balanced.to_string()));
        }
        _ => {}
    }
    usage
}

/// Whether a quota is about an object: all its scopes are the object's.
fn concerns(quota: &Value, resource: &Resource, object: &Value) -> bool {
    let scopes = quota["spec"]["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let expressions = quota["spec"]["scopeSelector"]["matchExpressions"].as_array().into_iter().flatten();
    let mut scopes: Vec<(&str, &Value)> = scopes.map(|scope| (scope, &Value::Null)).collect();
    scopes.extend(expressions.map(|expression| (expression["scopeName"].as_str().unwrap_or_default(), expression)));
    if scopes.is_empty() {
        return true;
    }
    let spec = &object["spec"];
    let best_effort = crate::sandbox::api::qos::qos_class(spec) == "BestEffort";
    let class = spec["priorityClassName"].as_str().unwrap_or_default();
    resource.plural == "pods"
        && scopes.into_iter().all(|(scope, expression)| match scope {
            "BestEffort" => best_effort,
            "NotBestEffort" => !best_effort,
            "Terminating" => !spec["activeDeadlineSeconds"].is_null(),
            "NotTerminating" => spec["activeDeadlineSeconds"].is_null(),
            "PriorityClass" => {
                let among = expression["values"].as_array().is_some_and(|values| values.iter().any(|own| own == class));
                match expression["operator"].as_str() {
                    Some("In") => among,
                    Some("NotIn") => !among,
                    Some("DoesNotExist") => class.is_empty(),
                    _ => !class.is_empty(),
                }
            }
            _ => false,
        })
}

/// What all objects of a namespace take of a quota, of what it limits.
pub fn measure(world: &World, quota: &Value) -> Value {
    let namespace = quota["metadata"]["namespace"].as_str();
    let mut used = Usage::new();
    for name in quota["spec"]["hard"].as_object().into_iter().flatten().map(|(name, _)| name) {
        used.insert(name.clone(), Quantity::ZERO);
    }
    for resource in counted(&used) {
        for object in world.read_all(resource, namespace) {
            if concerns(quota, resource, &object) {
                for (name, amount) in usage(resource, &object) {
                    if let Some(total) = used.get_mut(&name) {
                        *total = *total + amount;
                    }
                }
            }
        }
    }
    json!(used.into_iter().map(|(name, amount)| (name, amount.to_string())).collect::<BTreeMap<_, _>>())
}

/// The resources whose objects count in some of these amounts.
fn counted(limited: &Usage) -> Vec<&'static Resource> {
    let of = |name: &String| -> String {
        if let Some(counted) = name.strip_prefix("count/") {
            return counted.to_owned();
        }
        match name.as_str() {
            "requests.storage" => "persistentvolumeclaims".to_owned(),
            name if name.contains(".storageclass.storage.k8s.io/") => "persistentvolumeclaims".to_owned(),
            name if name.starts_with("services.") => "services".to_owned(),
            name if OBJECT_COUNTS.contains(&name) => name.to_owned(),
            _ => "pods".to_owned(),
        }
    };
    let names: BTreeSet<String> = limited.keys().map(of).collect();
    names.iter().filter_map(|name| Resource::named(name).ok()).filter(|found| found.namespaced).collect()
}

/// Counts an object in the quotas of its namespace, by what their statuses say is used, and refuses it where one has not
/// enough left. Of a change, only what it takes more than `before`; what it frees is the controller's affair.
pub(super) fn charge(
    world: &World,
    resource: &Resource,
    namespace: &str,
    object: &Value,
    before: Option<&Value>,
) -> Result<Vec<Value>, Status> {
    let mut wanted = usage(resource, object);
    if let Some(before) = before {
        let before = usage(resource, before);
        for (name, amount) in &mut wanted {
            *amount = amount.saturating_sub(before.get(name).copied().unwrap_or(Quantity::ZERO));
        }
        wanted.retain(|_, amount| !amount.is_zero());
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut charged = Vec::new();
    for quota in world.read_all(Resource::named("resourcequotas")?, Some(namespace)) {
        if concerns(&quota, resource, object)
            && let Some(used) = charge_one(&quota, resource, &wanted).map_err(|why| {
                Status::forbidden(resource, object["metadata"]["name"].as_str().unwrap_or_default(), &why)
            })?
        {
            let mut quota = Value::clone(&quota);
            for (name, amount) in used {
                quota["status"]["used"][name] = json!(amount.to_string());
            }
            charged.push(quota);
        }
    }
    Ok(charged)
}

/// What is used of a quota then, of what changes; none where nothing does.
fn charge_one(quota: &Value, resource: &Resource, wanted: &Usage) -> Result<Option<Usage>, String> {
    let name = quota["metadata"]["name"].as_str().unwrap_or_default();
    let (hard, used) = (&quota["status"]["hard"], &quota["status"]["used"]);
    if resource.plural == "pods" && resource.group.is_empty() {
        let scoped = quota["spec"]["scopes"].as_array().is_some_and(|scopes| !scopes.is_empty());
        let limited = |name: &&&str| !quota["spec"]["hard"][**name].is_null();
        let mut unnamed: Vec<&str> =
            NAMED.iter().filter(limited).filter(|name| !wanted.contains_key(**name)).copied().collect();
        unnamed.sort_unstable();
        let best_effort = scoped && quota["spec"]["scopes"][0] == "BestEffort";
        if !unnamed.is_empty() && !best_effort {
            return Err(format!("failed quota: {name}: must specify {}", unnamed.join(",")));
        }
    }
    let limited: Vec<(&String, Quantity)> =
        wanted.iter().filter(|(name, _)| !quota["spec"]["hard"][*name].is_null()).map(|(n, a)| (n, *a)).collect();
    let unknown: Vec<&str> =
        limited.iter().filter(|(name, _)| hard[*name].is_null()).map(|(name, _)| name.as_str()).collect();
    if !unknown.is_empty() {
        return Err(format!("status unknown for quota: {name}, resources: {}", unknown.join(",")));
    }
    let amount = |value: &Value| value.as_str().and_then(Quantity::parse).unwrap_or(Quantity::ZERO);
    let over: Vec<&(&String, Quantity)> = limited
        .iter()
        .filter(|(name, more)| !more.is_zero() && amount(&used[*name]) + *more > amount(&hard[*name]))
        .collect();
    if !over.is_empty() {
        let told = |amount: &dyn Fn(&(&String, Quantity)) -> String| {
            over.iter().map(|entry| format!("{}={}", entry.0, amount(entry))).collect::<Vec<_>>().join(",")
        };
        let text = |value: &Value| value.as_str().unwrap_or("0").to_owned();
        let requested = told(&|entry| entry.1.to_string());
        let (there, most) = (told(&|entry| text(&used[entry.0])), told(&|entry| text(&hard[entry.0])));
        return Err(format!("exceeded quota: {name}, requested: {requested}, used: {there}, limited: {most}"));
    }
    let more = limited.into_iter().filter(|(_, more)| !more.is_zero());
    let then: Usage = more.map(|(name, more)| (name.clone(), amount(&used[name]) + more)).collect();
    Ok((!then.is_empty()).then_some(then))
}
