//! The engine's events.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, stream};
use super::containers::{filters, labels};
use super::made;
use super::networks::ID as NETWORK;
use super::route::Asked;
use crate::sandbox::World;
use crate::sandbox::host::{Happening, What, happened};

/// How many events the engine keeps for those who ask later (`daemon/events`: `eventsLimit`).
const KEPT: usize = 256;

/// Writes down what happened to a node's container.
pub(super) fn event(world: &mut World, node: &str, action: &str, more: Vec<(&'static str, String)>) {
    happened(world, node, What::Container(action.to_owned(), more));
}

/// An event as the API has it; none: of a node that is no more.
fn rendered(world: &World, happening: &Happening) -> Option<Value> {
    let node = world.hosts.node(&happening.node)?;
    let time = happening.time;
    let nanos = i64::try_from(time.as_nanosecond()).unwrap_or(i64::MAX);
    Some(match &happening.what {
        What::Container(action, more) => {
            let image = made::image(node.spec.profile).name;
            let mut attributes = labels(node);
            attributes["image"] = json!(image);
            attributes["name"] = json!(node.spec.name);
            for (name, value) in more {
                attributes[*name] = json!(value);
            }
            json!({
                "status": action, "id": node.id, "from": image, "Type": "container", "Action": action,
                "Actor": {"ID": node.id, "Attributes": attributes}, "scope": "local", "time": time.as_second(), "timeNano": nanos,
            })
        }
        What::Network(action) => {
            let name = made::network(node.spec.profile);
            json!({
                "Type": "network", "Action": action,
                "Actor": {"ID": NETWORK, "Attributes": {"container": node.id, "name": name, "type": "bridge"}},
                "scope": "local", "time": time.as_second(), "timeNano": nanos,
            })
        }
    })
}

/// Whether an event is one that the filters leave (`daemon/events`: `Filter.Include`).
fn fits(event: &Value, filters: &[(String, Vec<String>)]) -> bool {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (kind, action, id) = (text(&event["Type"]), text(&event["Action"]), text(&event["Actor"]["ID"]));
    let attributes = &event["Actor"]["Attributes"];
    let name = text(&attributes["name"]);
    let is = |value: &String| *value == name || !value.is_empty() && id.starts_with(value.as_str());
    filters.iter().filter(|(_, values)| !values.is_empty()).all(|(filter, values)| match filter.as_str() {
        // `exec_create: ls` is one of `exec_create` too.
        "event" => values.iter().any(|value| *value == action || action.split(':').next() == Some(value.as_str())),
        "type" => values.contains(&kind),
        "container" | "network" => kind == *filter && values.iter().any(is),
        "image" => values.iter().any(|value| attributes["image"] == json!(value)),
        "label" => values.iter().all(|wanted| match wanted.split_once('=') {
            Some((label, value)) => attributes[label] == json!(value),
            None => attributes.get(wanted.as_str()).is_some(),
        }),
        _ => true,
    })
}

pub(super) fn events(asked: &Asked) -> Result<Answer, Refusal> {
    let second = |name: &str| asked.value(name).split('.').next().and_then(|text| text.parse::<i64>().ok());
    let (since, until, shared, filters) = (second("since"), second("until"), asked.shared.clone(), filters(asked)?);
    let (activity, from) = shared.with(|world| {
        let left = until.map_or(0, |until| until.saturating_sub(world.now().as_second()));
        if let Some(left) = u64::try_from(left).ok().filter(|left| *left > 0) {
            world.after(Duration::from_secs(left), |world| world.hosts.active());
        }
        let all = world.hosts.happenings.len();
        (world.hosts.activity(), if since.is_some() { all.saturating_sub(KEPT) } else { all })
    });
    let parts = futures::stream::unfold((shared, activity, from), move |(shared, mut activity, mut at)| {
        let filters = filters.clone();
        async move {
            loop {
                activity.mark_unchanged();
                let (new, now) = shared.with(|world| {
                    let new = &world.hosts.happenings[at..];
                    let events: Vec<_> = new.iter().map(|happening| rendered(world, happening)).collect();
                    (events, world.now().as_second())
                });
                at += new.len();
                let timely = |event: &&Value| {
                    let time = event["time"].as_i64().unwrap_or(0);
                    since.is_none_or(|since| time >= since) && until.is_none_or(|until| time <= until)
                };
                let wanted = new.iter().flatten().filter(timely).filter(|event| fits(event, &filters));
                let text: String = wanted.map(|event| format!("{event}\n")).collect();
                if !text.is_empty() {
                    return Some((Bytes::from(text), (shared, activity, at)));
                }
                if until.is_some_and(|until| now >= until) || activity.changed().await.is_err() {
                    return None;
                }
            }
        }
    });
    Ok(stream("application/json", parts))
}
