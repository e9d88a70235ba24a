//! `docker ps`, `inspect`, `top`, `logs`.

use serde::Serialize as _;
use serde_json::Value;

use super::{parse, write};
use crate::bindings::command::Streams;
use crate::bindings::flags::Flag;
use crate::client::Failure;
use crate::client::docker::{Docker, LogOptions};

/// Names, state and image of the cluster's containers. The columns COMMAND, CREATED and PORTS are docker's alone.
pub(super) async fn ps(docker: &Docker, words: &[String], streams: &Streams) -> Result<i32, Failure> {
    let known = [
        Flag::switch("all", Some('a')),
        Flag::switch("quiet", Some('q')),
        Flag::switch("no-trunc", None),
        Flag::value("filter", Some('f')),
        Flag::value("format", None),
    ];
    let flags = parse("ps", words, &known, 0)?;
    let filters = flags.all("filter").iter().map(|filter| {
        filter.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| {
            Failure::usage(format!(
                "invalid argument {filter:?} for \"-f, --filter\" flag: bad format of filter (expected name=value)"
            ))
        })
    });
    let filters = filters.collect::<Result<Vec<_>, _>>()?;
    let whole = flags.switch("no-trunc", false)?;
    let quiet = flags.switch("quiet", false)?;
    let format = match flags.get("format") {
        Some(format) => format,
        None if quiet => "{{.ID}}",
        None => {
            return Err(Failure::usage("docker ps: kpnb needs a --format, as in --format '{{.Names}} {{.Status}}'")
                .with_hint("docker::ps() gives the containers as values"));
        }
    };
    let all = flags.switch("all", false)?;
    for container in docker.list(all, &filters).await? {
        streams.out(&format!("{}\n", fill(format, &container, whole)?));
    }
    Ok(0)
}

/// Replaces `{{.Field}}`; other parts of Go's templates are not known.
fn fill(format: &str, container: &Value, whole: bool) -> Result<String, Failure> {
    let text = |field: &str| container[field].as_str().unwrap_or_default().to_owned();
    let (mut line, mut rest) = (String::new(), format);
    while let Some((before, after)) = rest.split_once("{{") {
        line.push_str(before);
        let unknown =
            |field: &str| Failure::usage(format!("template: {{{{{field}}}}} is not known to kpnb's docker ps"));
        let (field, after) = after.split_once("}}").ok_or_else(|| unknown(after))?;
        line.push_str(&match field.trim() {
            ".ID" if whole => text("Id"),
            ".ID" => text("Id").chars().take(12).collect(),
            ".Names" => container["Names"][0].as_str().unwrap_or_default().trim_start_matches('/').to_owned(),
            ".Image" => text("Image"),
            ".State" => text("State"),
            ".Status" => text("Status"),
            _ => return Err(unknown(field)),
        });
        rest = after;
    }
    Ok(line + rest)
}

/// The engine's own JSON, as docker indents it.
pub(super) async fn inspect(docker: &Docker, words: &[String], streams: &Streams) -> Result<i32, Failure> {
    let flags = parse("inspect", words, &[], 1)?;
    let mut found = Vec::new();
    for name in &flags.args {
        found.push(docker.container(name).await?.inspected);
    }
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    Value::from(found)
        .serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))
        .map_err(|error| Failure::answer(format!("docker inspect: {error}")))?;
    streams.out(&format!("{}\n", String::from_utf8_lossy(&bytes)));
    Ok(0)
}

/// Columns as docker aligns them: ten characters at least, three between.
pub(super) async fn top(docker: &Docker, words: &[String], streams: &Streams) -> Result<i32, Failure> {
    let Some((container, ps_args)) = words.split_first() else {
        return Err(Failure::usage("docker: 'docker top' requires at least 1 argument"));
    };
    let top = docker.top(container, &ps_args.join(" ")).await?;
    let rows: Vec<Vec<&str>> = std::iter::once(&top["Titles"])
        .chain(top["Processes"].as_array().into_iter().flatten())
        .map(|row| row.as_array().into_iter().flatten().filter_map(Value::as_str).collect())
        .collect();
    let width = |column: usize| {
        let longest = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.len() + 3).max();
        longest.unwrap_or_default().max(20)
    };
    for row in &rows {
        let last = row.len().saturating_sub(1);
        for (column, cell) in row.iter().enumerate() {
            let width = if column == last { 0 } else { width(column) };
            streams.out(&format!("{cell:<width$}"));
        }
        streams.out("\n");
    }
    Ok(0)
}

pub(super) async fn logs(docker: &Docker, words: &[String], streams: &Streams) -> Result<i32, Failure> {
    let known =
        [Flag::value("tail", Some('n')), Flag::switch("timestamps", Some('t')), Flag::switch("follow", Some('f'))];
    let flags = parse("logs", words, &known, 1)?;
    let tail = match flags.get("tail") {
        None | Some("all") => None,
        Some(lines) => Some(lines.parse().map_err(|_| {
            Failure::usage(format!("invalid argument {lines:?} for --tail: a number of lines, or all"))
        })?),
    };
    let options = LogOptions {
        tail,
        timestamps: flags.switch("timestamps", false)?,
        follow: flags.switch("follow", false)?,
        ..LogOptions::default()
    };
    docker.logs(&flags.args[0], &options, |part| write(streams, part)).await?;
    Ok(0)
}
