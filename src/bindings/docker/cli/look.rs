//! `docker inspect`, `version`, `top`, `logs`.

use serde::Serialize as _;
use serde_json::Value;

use super::template::{Template, go_json};
use super::{arguments, parse, write};
use crate::bindings::command::Streams;
use crate::bindings::flags::Flag;
use crate::client::Failure;
use crate::client::docker::{Docker, LogOptions};

/// The engine's own JSON, as docker indents it, or a template of it. Those that are there are shown before what is not.
pub(super) async fn inspect(docker: &Docker, words: &[String], streams: &Streams) -> Result<i32, Failure> {
    let known = [Flag::value("format", Some('f')), Flag::value("type", None)];
    let flags = parse("inspect", words, &known, (1, None))?;
    if !matches!(flags.get("type"), None | Some("" | "container")) {
        return Err(Failure::refused("docker inspect: kpnb inspects containers only"));
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in &flags.args {
        match docker.container(name).await {
            Ok(container) => found.push(container.inspected),
            Err(failure) if failure.is_not_found() && flags.get("type").is_none() => {
                failures.push(Failure { message: format!("Error: No such object: {name}"), ..failure });
            }
            Err(failure) => failures.push(failure),
        }
    }
    match flags.get("format") {
        None | Some("") => streams.out(&format!("{}\n", indented(&Value::from(found))?)),
        Some("json") => streams.out(&format!("{}\n", go_json(&Value::from(found)))),
        Some(format) => {
            let template = Template::parse(format)?;
            for object in &found {
                let filled = template.fill(|action| action.of(object));
                // docker ends the line also where the template fails.
                streams.out(&format!("{}\n", filled.as_deref().unwrap_or_default()));
                filled?;
            }
        }
    }
    let lines: Vec<String> = failures.iter().map(|failure| failure.message.clone()).collect();
    match failures.into_iter().next() {
        None => Ok(0),
        Some(first) => Err(Failure { message: lines.join("\n"), ..first }),
    }
}

fn indented(value: &Value) -> Result<String, Failure> {
    if value.as_array().is_some_and(Vec::is_empty) {
        return Ok("[]".to_owned());
    }
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    value
        .serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))
        .map_err(|error| Failure::answer(format!("docker inspect: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The engine's version. Of the client there is none: kpnb talks to the engine itself.
pub(super) async fn version(docker: &Docker, words: &[String], streams: &Streams) -> Result<i32, Failure> {
    let flags = parse("version", words, &[Flag::value("format", Some('f'))], (0, Some(0)))?;
    let version = docker.version().await?;
    let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
    if let Some(format) = flags.get("format").filter(|format| !format.is_empty()) {
        let object = serde_json::json!({ "Server": version });
        let printed = match format {
            "json" => go_json(&object),
            format => Template::parse(format)?.fill(|action| action.of(&object))?,
        };
        streams.out(&format!("{printed}\n"));
        return Ok(0);
    }
    let api = format!("{} (minimum version {})", text(&version, "ApiVersion"), text(&version, "MinAPIVersion"));
    let platform = format!("{}/{}", text(&version, "Os"), text(&version, "Arch"));
    streams.out(&format!(
        "Server:\n Engine:\n  Version:          {}\n  API version:      {api}\n  Go version:       {}\n  Git commit:       \
         {}\n  OS/Arch:          {platform}\n",
        text(&version, "Version"),
        text(&version, "GoVersion"),
        text(&version, "GitCommit"),
    ));
    for part in version["Components"].as_array().into_iter().flatten().filter(|part| part["Name"] != "Engine") {
        let commit = text(&part["Details"], "GitCommit");
        streams.out(&format!(
            " {}:\n  Version:          {}\n  GitCommit:        {commit}\n",
            text(part, "Name"),
            text(part, "Version")
        ));
    }
    Ok(0)
}

/// Columns as docker aligns them: ten characters at least, three between.
pub(super) async fn top(docker: &Docker, words: &[String], streams: &Streams) -> Result<i32, Failure> {
    let Some((container, ps_args)) = words.split_first() else {
        return Err(arguments("top", 1, None));
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
    let flags = parse("logs", words, &known, (1, Some(1)))?;
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
