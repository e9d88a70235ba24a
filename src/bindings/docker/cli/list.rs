//! `docker ps`: the cluster's containers as docker lists them.

use serde_json::{Map, Value};

use super::size::size;
use super::template::{Action, Template, columns, go_json};
use super::{FLAG, integer, parse};
use crate::bindings::command::Streams;
use crate::bindings::flags::Flag;
use crate::client::Failure;
use crate::client::docker::Docker;

const TABLE: &str = "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";

const TABLE_WITH_SIZE: &str =
    "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}\t{{.Size}}";

/// Fields of a row, and their titles in a table.
const FIELDS: [(&str, &str); 12] = [
    ("Command", "COMMAND"),
    ("CreatedAt", "CREATED AT"),
    ("ID", "CONTAINER ID"),
    ("Image", "IMAGE"),
    ("Labels", "LABELS"),
    ("Names", "NAMES"),
    ("Networks", "NETWORKS"),
    ("Ports", "PORTS"),
    ("RunningFor", "CREATED"),
    ("Size", "SIZE"),
    ("State", "STATE"),
    ("Status", "STATUS"),
];

pub(super) async fn ps(
    docker: &Docker,
    now: jiff::Timestamp,
    words: &[String],
    streams: &Streams,
) -> Result<i32, Failure> {
    let known = [
        Flag::switch("all", Some('a')),
        Flag::switch("quiet", Some('q')),
        Flag::switch("latest", Some('l')),
        Flag::value("last", Some('n')),
        Flag::switch("no-trunc", None),
        Flag::switch("size", Some('s')),
        Flag::value("filter", Some('f')),
        Flag::value("format", None),
    ];
    let flags = parse("ps", words, &known, (0, Some(0)))?;
    let filters = flags.all("filter").iter().map(|filter| {
        filter.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| {
            let what = "flag: bad format of filter (expected name=value)";
            let message =
                format!("invalid argument {filter:?} for \"-f, --filter\" {what}\n\n{}", super::usage("ps", "Run"));
            Failure { code: FLAG, ..Failure::usage(message) }
        })
    });
    let filters = filters.collect::<Result<Vec<_>, _>>()?;
    let whole = flags.switch("no-trunc", false)?;
    let format = match flags.get("format") {
        _ if flags.switch("quiet", false)? => "{{.ID}}",
        Some("json") => "{{json .}}",
        None | Some("table" | "") if flags.switch("size", false)? => TABLE_WITH_SIZE,
        None | Some("table" | "") => TABLE,
        Some(format) => format,
    };
    let last =
        if flags.switch("latest", false)? { 1 } else { integer(&flags, "ps", "-n, --last", "last")?.unwrap_or(-1) };
    // Those that are not running count among the last.
    let all = flags.switch("all", false)? || last > 0;
    let sizes = flags.switch("size", false)? || format.contains(".Size");
    let mut listed =
        if sizes { docker.list_with_sizes(all, &filters).await? } else { docker.list(all, &filters).await? };
    // Newest first.
    listed.truncate(usize::try_from(last).ok().filter(|last| *last > 0).unwrap_or(usize::MAX));
    let (template, table) = match format.strip_prefix("table ") {
        Some(format) => (Template::parse(format)?, true),
        None => (Template::parse(format)?, false),
    };
    let rows = listed.iter().map(|container| {
        let row = Row { container, whole, now };
        template.fill(|action| row.value(action))
    });
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    if table {
        rows.insert(0, template.fill(title)?);
        streams.out(&columns(&rows));
    } else {
        rows.iter().for_each(|row| streams.out(&format!("{row}\n")));
    }
    Ok(0)
}

fn unknown(field: &str) -> Failure {
    let said = format!("template: :1:2: executing \"\" at <.{field}>: can't evaluate field {field} in type");
    Failure::answer(format!("failed to execute template: {said} *formatter.ContainerContext"))
        .with_hint(format!("known: {}, Label", FIELDS.map(|(name, _)| name).join(", ")))
}

fn title(action: &Action) -> Result<String, Failure> {
    let [field, rest @ ..] = &action.path[..] else { return Ok(String::new()) };
    if let ("Label", [key]) = (field.as_str(), rest) {
        // docker makes a title of the key's last part.
        return Ok(key.rsplit('.').next().unwrap_or(key).replace(['-', '_'], " "));
    }
    FIELDS.iter().find(|(name, _)| name == field).map(|(_, title)| (*title).to_owned()).ok_or_else(|| unknown(field))
}

struct Row<'a> {
    container: &'a Value,
    whole: bool,
    now: jiff::Timestamp,
}

impl Row<'_> {
    fn value(&self, action: &Action) -> Result<String, Failure> {
        match &action.path[..] {
            [] => {
                let fields = FIELDS.iter().map(|(name, _)| Ok(((*name).to_owned(), self.field(name)?.into())));
                Ok(go_json(&Value::Object(fields.collect::<Result<Map<_, _>, Failure>>()?)))
            }
            [label, key] if label == "Label" => {
                Ok(self.container["Labels"][key].as_str().unwrap_or_default().to_owned())
            }
            [field] if action.json => Ok(go_json(&self.field(field)?.into())),
            path => self.field(&path.join(".")),
        }
    }

    fn field(&self, field: &str) -> Result<String, Failure> {
        let container = self.container;
        let text = |field: &str| container[field].as_str().unwrap_or_default().to_owned();
        let created =
            || jiff::Timestamp::from_second(container["Created"].as_i64().unwrap_or_default()).unwrap_or_default();
        Ok(match field {
            "ID" if self.whole => text("Id"),
            "ID" => text("Id").chars().take(12).collect(),
            "Names" => {
                let names = container["Names"].as_array().into_iter().flatten().filter_map(Value::as_str);
                names.map(|name| name.trim_start_matches('/')).collect::<Vec<_>>().join(",")
            }
            "Image" => text("Image"),
            "Command" => {
                let command = text("Command");
                let long = !self.whole && command.chars().count() > 20;
                let shown = if long { command.chars().take(19).chain(['…']).collect() } else { command };
                format!("\"{}\"", shown.replace('"', "\\\""))
            }
            "CreatedAt" => created().strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string(),
            "RunningFor" => format!("{} ago", spoken(self.now.as_second() - created().as_second())),
            "Size" => {
                let bytes = |field: &str| container[field].as_f64().unwrap_or_default();
                match bytes("SizeRootFs") {
                    whole if whole > 0.0 => format!("{} (virtual {})", size(bytes("SizeRw")), size(whole)),
                    _ => size(bytes("SizeRw")),
                }
            }
            "State" => text("State"),
            "Status" => text("Status"),
            "Ports" => ports(&container["Ports"]),
            "Labels" => {
                let labels = container["Labels"].as_object().into_iter().flatten();
                let mut labels: Vec<String> =
                    labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
                labels.sort();
                labels.join(",")
            }
            "Networks" => {
                let networks = container["NetworkSettings"]["Networks"].as_object().into_iter().flatten();
                let mut names: Vec<&str> = networks.map(|(name, _)| name.as_str()).collect();
                names.sort_unstable();
                names.join(",")
            }
            other => return Err(unknown(other)),
        })
    }
}

/// `127.0.0.1:6443->6443/tcp, 80/tcp`, by port. Ranges, which docker would join, are listed one by one.
fn ports(ports: &Value) -> String {
    let mut ports: Vec<(u64, String)> = ports
        .as_array()
        .into_iter()
        .flatten()
        .map(|port| {
            let (private, kind) = (port["PrivatePort"].as_u64().unwrap_or_default(), port["Type"].as_str());
            let inside = format!("{private}/{}", kind.unwrap_or_default());
            let text = match (port["IP"].as_str(), port["PublicPort"].as_u64()) {
                (Some(ip), Some(public)) if ip.contains(':') => format!("[{ip}]:{public}->{inside}"),
                (Some(ip), Some(public)) => format!("{ip}:{public}->{inside}"),
                _ => inside,
            };
            (private, text)
        })
        .collect();
    ports.sort();
    ports.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(", ")
}

/// A duration as docker says it: `2 hours`.
fn spoken(seconds: i64) -> String {
    const DAY: i64 = 24;
    let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600);
    match () {
        () if seconds < 1 => "Less than a second".to_owned(),
        () if seconds == 1 => "1 second".to_owned(),
        () if seconds < 60 => format!("{seconds} seconds"),
        () if minutes == 1 => "About a minute".to_owned(),
        () if minutes < 60 => format!("{minutes} minutes"),
        () if hours == 1 => "About an hour".to_owned(),
        () if hours < 2 * DAY => format!("{hours} hours"),
        () if hours < 14 * DAY => format!("{} days", hours / DAY),
        () if hours < 60 * DAY => format!("{} weeks", hours / DAY / 7),
        () if hours < 730 * DAY => format!("{} months", hours / DAY / 30),
        () => format!("{} years", seconds / 3600 / DAY / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_dockers() {
        assert_eq!(
            [0, 1, 59, 61, 3000, 3600, 7300, 200_000, 2_000_000].map(spoken),
            [
                "Less than a second",
                "1 second",
                "59 seconds",
                "About a minute",
                "50 minutes",
                "About an hour",
                "2 hours",
                "2 days",
                "3 weeks"
            ]
        );
    }

    #[test]
    fn ports_are_shown_with_where_they_lead() {
        let published = serde_json::json!([
            {"IP": "127.0.0.1", "PrivatePort": 6443, "PublicPort": 6443, "Type": "tcp"},
            {"PrivatePort": 80, "Type": "tcp"},
        ]);
        assert_eq!(ports(&published), "80/tcp, 127.0.0.1:6443->6443/tcp");
    }
}
