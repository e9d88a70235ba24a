//! Events' cells, of both groups.

use serde_json::{Value, json};

use super::{Printed, moment, or};

pub(super) fn event(of: Printed<'_>) -> Value {
    let first = of.since(earliest(of, "/firstTimestamp", "/deprecatedFirstTimestamp"));
    let mut last = match moment(earliest(of, "/lastTimestamp", "/deprecatedLastTimestamp")) {
        Some(_) => of.since(earliest(of, "/lastTimestamp", "/deprecatedLastTimestamp")),
        None => first.clone(),
    };
    let mut count = of.number("/count").max(of.number("/deprecatedCount")).max(1);
    if of.at("/series").is_object() {
        last = of.since(of.at("/series/lastObservedTime"));
        count = of.number("/series/count") + 1;
    }
    let about = if of.at("/regarding").is_object() { "/regarding" } else { "/involvedObject" };
    let kind = of.text(&format!("{about}/kind")).to_lowercase();
    let name = of.text(&format!("{about}/name"));
    let target = if name.is_empty() { kind } else { format!("{kind}/{name}") };
    let message = or(of.text("/message"), of.text("/note"));
    json!([
        last,
        of.text("/type"),
        of.text("/reason"),
        target,
        of.text(&format!("{about}/fieldPath")),
        source(of),
        message.trim(),
        first,
        count,
        of.name(),
    ])
}

/// A time of a version's name; of newer events only the time at which they were seen.
fn earliest<'a>(of: Printed<'a>, name: &str, other: &str) -> &'a Value {
    [name, other].map(|name| of.at(name)).into_iter().find(|time| time.is_string()).unwrap_or(of.at("/eventTime"))
}

/// Who saw it, and where.
fn source(of: Printed<'_>) -> String {
    let texts = |names: [&str; 4]| names.map(|name| of.text(name)).into_iter().find(|text| !text.is_empty());
    let component =
        texts(["/source/component", "/deprecatedSource/component", "/reportingComponent", "/reportingController"]);
    let host = texts(["/source/host", "/deprecatedSource/host", "/reportingInstance", "/reportingInstance"]);
    match (component.unwrap_or_default(), host) {
        (component, Some(host)) => format!("{component}, {host}"),
        (component, None) => component.to_owned(),
    }
}
