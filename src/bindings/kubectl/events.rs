//! `kubectl events`, a verb that kubectl has since 1.23.
//!
//! Source: k8s.io/kubectl v0.26 `pkg/cmd/events`.

use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;
use serde_json::Value;

use super::super::flags::Flag;
use super::invocation::ALL_NAMESPACES;
use super::output::{self, list_of};
use super::targets::items;
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::{Accept, ListOptions};
use crate::render::{age, align};

pub(super) const VERB: Verb = Verb {
    name: "events",
    about: "List events",
    help: "Usage:\n  kubectl events [--for TYPE/NAME] [--types Normal,Warning] [-A] [-o yaml|json] [--no-headers]\n\nThose \
           that were seen last come last.\n\nExamples:\n  kubectl events --for pod/web --types Warning\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[
    Flag::value("for", None),
    Flag::value("types", None),
    Flag::value("output", Some('o')),
    Flag::switch("no-headers", None),
    Flag::switch("watch", Some('w')),
];

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl events", words, &[FLAGS, ALL_NAMESPACES])?;
    if flags.switch("watch", false)? {
        return Err(Failure::refused("error: kubectl events -w is not built in")
            .with_hint("kubectl get events -w --request-timeout=10s"));
    }
    let types: Vec<&str> = flags.all("types").iter().flat_map(|types| types.split(',')).collect();
    if types.iter().any(|name| !["normal", "warning"].contains(&name.to_lowercase().as_str())) {
        return Err(Failure::usage("error: valid --types are Normal or Warning"));
    }
    let (scope, output) = (kubectl.scope(&flags)?, output::read(kubectl, &flags, "json,yaml")?);
    let fields = match flags.get("for") {
        None => None,
        Some(about) => {
            let Some((kind, name)) = about.split_once('/') else {
                return Err(Failure::usage("error: --for must be in resource/name form"));
            };
            let resource = kubectl.resource(kind).await?;
            Some(format!(
                "involvedObject.kind={},involvedObject.apiVersion={},involvedObject.name={name}",
                resource.kind,
                resource.api_version()
            ))
        }
    };
    // Not events.events.k8s.io: the core group's have the fields that kubectl shows.
    let resource = kubectl.k8s().resource("events.v1.").await?;
    let options = ListOptions { fields, ..ListOptions::default() };
    let mut list = kubectl.k8s().list(&resource, scope.listed(), &options, Accept::Json).await?;
    let mut events = items(&mut list, &resource);
    events.retain(|event| types.is_empty() || types.iter().any(|name| name.eq_ignore_ascii_case(text(&event["type"]))));
    if events.is_empty() {
        kubectl.err(&match scope.listed() {
            Some(namespace) => format!("No events found in {namespace} namespace.\n"),
            None => "No events found.\n".to_owned(),
        });
        return Ok(0);
    }
    events.sort_by_key(last_seen);
    if let Some(output) = output {
        kubectl.out(&output.print(&list_of(events))?);
        return Ok(0);
    }
    let mut rows = Vec::new();
    if !flags.switch("no-headers", false)? {
        let headers = ["NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];
        rows.push(headers[usize::from(!scope.all)..].iter().map(|header| (*header).to_owned()).collect());
    }
    let now = kubectl.workspace.cluster.clock.now();
    for event in &events {
        let mut cells = Vec::new();
        cells.extend(scope.all.then(|| text(&event["metadata"]["namespace"]).to_owned()));
        cells.extend(row(event, now));
        rows.push(cells);
    }
    kubectl.out(&align(&rows));
    Ok(0)
}

fn row(event: &Value, now: Timestamp) -> [String; 5] {
    let about = &event["involvedObject"];
    [
        interval(event, now),
        text(&event["type"]).to_owned(),
        text(&event["reason"]).to_owned(),
        format!("{}/{}", text(&about["kind"]), text(&about["name"])),
        text(&event["message"]).trim().to_owned(),
    ]
}

/// `5s`, or `5s (x3 over 2m)`.
fn interval(event: &Value, now: Timestamp) -> String {
    let since = |time: Option<Timestamp>| match time {
        Some(time) => age(Duration::try_from(now.duration_since(time)).unwrap_or_default()),
        None => "<unknown>".to_owned(),
    };
    let first = since(time(&event["firstTimestamp"]).or_else(|| time(&event["eventTime"])));
    let (series, count) = (&event["series"], event["count"].as_i64().unwrap_or_default());
    if series.is_object() {
        return format!("{} (x{} over {first})", since(time(&series["lastObservedTime"])), series["count"]);
    }
    match count {
        2.. => format!("{} (x{count} over {first})", since(time(&event["lastTimestamp"]))),
        _ => first,
    }
}

fn last_seen(event: &Value) -> Option<Timestamp> {
    [&event["series"]["lastObservedTime"], &event["lastTimestamp"], &event["eventTime"]].into_iter().find_map(time)
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tells_how_often_and_since_when() {
        let now = "2026-11-24T15:25:00Z".parse().unwrap();
        let mut event = json!({"type": "Normal", "reason": "Pulled", "message": "done\n", "count": 1,
            "involvedObject": {"kind": "Pod", "name": "x"},
            "firstTimestamp": "2026-11-24T15:22:00Z", "lastTimestamp": "2026-11-24T15:24:55Z"});
        assert_eq!(row(&event, now), ["3m", "Normal", "Pulled", "Pod/x", "done"]);
        event["count"] = json!(4);
        assert_eq!(interval(&event, now), "5s (x4 over 3m)");
        event["series"] = json!({"count": 7, "lastObservedTime": "2026-11-24T15:24:58.000000Z"});
        assert_eq!(interval(&event, now), "2s (x7 over 3m)");
        assert_eq!(interval(&json!({"eventTime": "2026-11-24T15:24:59.5Z", "firstTimestamp": null}), now), "0s");
        assert_eq!(interval(&json!({}), now), "<unknown>");
    }
}
