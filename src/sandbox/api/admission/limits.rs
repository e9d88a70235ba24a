//! LimitRanger: what containers ask for and may use where they do not say, and how much it may be.
//!
//! Source: v1.20.2 `plugin/pkg/admission/limitranger/admission.go`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::quota::sum;
use crate::render::Quantity;
use crate::sandbox::World;
use crate::sandbox::api::{Resource, Status};

const CONTAINERS: [(&str, &str); 2] = [("containers", "container"), ("initContainers", "init container")];

fn ranges(world: &World, namespace: &str) -> Result<Vec<Arc<Value>>, Status> {
    Ok(world.read_all(Resource::named("limitranges")?, Some(namespace)))
}

fn limits<'a>(range: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let limits = range["spec"]["limits"].as_array().into_iter().flatten();
    limits.filter(move |limit| limit["type"] == kind)
}

/// Gives the containers of a new Pod the amounts that they do not name.
pub(super) fn fill(world: &World, namespace: &str, pod: &mut Value) -> Result<(), Status> {
    let mut notes = Vec::new();
    for range in ranges(world, namespace)? {
        for limit in limits(&range, "Container") {
            for (list, what) in CONTAINERS {
                for container in pod["spec"][list].as_array_mut().into_iter().flatten() {
                    let name = container["name"].as_str().unwrap_or_default().to_owned();
                    for (from, to, told) in [("defaultRequest", "requests", "request"), ("default", "limits", "limit")]
                    {
                        let set = missing(&limit[from], &mut container["resources"], to);
                        if !set.is_empty() {
                            notes.push(format!("{} {told} for {what} {name}", set.join(", ")));
                        }
                    }
                }
            }
        }
    }
    if !notes.is_empty() {
        let note = format!("LimitRanger plugin set: {}", notes.join("; "));
        pod["metadata"]["annotations"]["kubernetes.io/limit-ranger"] = json!(note);
    }
    Ok(())
}

/// Sets the amounts that are not there, and returns what of, sorted.
fn missing(defaults: &Value, resources: &mut Value, list: &str) -> Vec<String> {
    let mut set = Vec::new();
    for (name, amount) in defaults.as_object().into_iter().flatten() {
        if resources[list][name].is_null() {
            resources[list][name] = amount.clone();
            set.push(name.clone());
        }
    }
    set.sort();
    set
}

/// Refuses what asks for less or for more than is allowed.
pub(super) fn check(world: &World, resource: &Resource, namespace: &str, object: &Value) -> Result<(), Status> {
    let mut wrong = Vec::new();
    for range in ranges(world, namespace)? {
        match (resource.group, resource.plural) {
            ("", "pods") => {
                for limit in limits(&range, "Container") {
                    for (list, _) in CONTAINERS {
                        for container in object["spec"][list].as_array().into_iter().flatten() {
                            let resources = &container["resources"];
                            constrain(limit, "Container", &resources["requests"], &resources["limits"], &mut wrong);
                        }
                    }
                }
                for limit in limits(&range, "Pod") {
                    let (requests, limits) =
                        (plain(sum(&object["spec"], "requests")), plain(sum(&object["spec"], "limits")));
                    constrain(limit, "Pod", &requests, &limits, &mut wrong);
                }
            }
            ("", "persistentvolumeclaims") => {
                for limit in limits(&range, "PersistentVolumeClaim") {
                    claim(limit, &object["spec"]["resources"]["requests"], &mut wrong);
                }
            }
            _ => {}
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let why = if let [one] = &wrong[..] { one.clone() } else { format!("[{}]", wrong.join(", ")) };
    Err(Status::forbidden(resource, name, &why))
}

/// Sums without a binary notation, as upstream tells those of a whole Pod.
fn plain(sums: Value) -> Value {
    let whole = |value: &Value| {
        let amount = value.as_str().and_then(Quantity::parse).filter(|amount| amount.milli_value() % 1000 == 0)?;
        Quantity::parse(&amount.value().to_string()).map(|amount| json!(amount.to_string()))
    };
    let sums = sums.as_object().into_iter().flatten();
    Value::Object(sums.map(|(name, value)| (name.clone(), whole(value).unwrap_or_else(|| value.clone()))).collect())
}

fn amount(value: &Value) -> Option<Quantity> {
    value.as_str().and_then(Quantity::parse)
}

fn entries(limits: &Value) -> Vec<(&String, Quantity)> {
    let mut entries: Vec<_> =
        limits.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name, amount(value)?))).collect();
    entries.sort_by_key(|(name, _)| *name);
    entries
}

fn constrain(limit: &Value, kind: &str, requests: &Value, limits: &Value, wrong: &mut Vec<String>) {
    for (name, least) in entries(&limit["min"]) {
        let rule = format!("minimum {name} usage per {kind} is {least}");
        match (amount(&requests[name]), amount(&limits[name])) {
            (None, _) => wrong.push(format!("{rule}.  No request is specified")),
            (Some(request), _) if request < least => wrong.push(format!("{rule}, but request is {request}")),
            (_, Some(limit)) if limit < least => wrong.push(format!("{rule}, but limit is {limit}")),
            _ => {}
        }
    }
    for (name, most) in entries(&limit["max"]) {
        let rule = format!("maximum {name} usage per {kind} is {most}");
        match (amount(&requests[name]), amount(&limits[name])) {
            (_, None) => wrong.push(format!("{rule}.  No limit is specified")),
            (_, Some(limit)) if limit > most => wrong.push(format!("{rule}, but limit is {limit}")),
            (Some(request), _) if request > most => wrong.push(format!("{rule}, but request is {request}")),
            _ => {}
        }
    }
    for (name, ratio) in entries(&limit["maxLimitRequestRatio"]) {
        let rule = format!("{name} max limit to request ratio per {kind} is {ratio}");
        let (request, limit) = (amount(&requests[name]), amount(&limits[name]));
        let some = |amount: Option<Quantity>| amount.filter(|amount| !amount.is_zero());
        match (some(request), some(limit)) {
            (None, _) => wrong.push(format!("{rule}, but no request is specified or request is 0")),
            (_, None) => wrong.push(format!("{rule}, but no limit is specified or limit is 0")),
            (Some(request), Some(limit)) => {
                // Both in thousandths; a ratio has no unit.
                #[allow(clippy::cast_precision_loss)]
                let (own, most) =
                    (limit.milli_value() as f64 / request.milli_value() as f64, ratio.milli_value() as f64 / 1000.0);
                if own > most {
                    wrong.push(format!("{rule}, but provided ratio is {own:.6}"));
                }
            }
        }
    }
}

fn claim(limit: &Value, requests: &Value, wrong: &mut Vec<String>) {
    let rules = [("minimum", &limit["min"]), ("maximum", &limit["max"])];
    for (which, rule) in rules {
        for (name, bound) in entries(rule) {
            let text = format!("{which} {name} usage per PersistentVolumeClaim is {bound}");
            match amount(&requests[name]) {
                None => wrong.push(format!("{text}.  No request is specified")),
                Some(request) if (which == "minimum" && request < bound) || (which == "maximum" && request > bound) => {
                    wrong.push(format!("{text}, but request is {request}"));
                }
                Some(_) => {}
            }
        }
    }
}
