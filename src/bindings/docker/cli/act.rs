//! `docker start|stop|restart|kill|pause|unpause`, `docker network connect|disconnect`.

use super::template::{Action, Template, columns};
use super::{integer, parse, usage};
use crate::bindings::command::Streams;
use crate::bindings::flags::Flag;
use crate::client::Failure;
use crate::client::docker::Docker;

pub(super) async fn act(docker: &Docker, verb: &str, words: &[String], streams: &Streams) -> Result<i32, Failure> {
    let known: &[Flag] = match verb {
        "stop" | "restart" => &[Flag::value("timeout", Some('t')), Flag::value("time", None)],
        "kill" => &[Flag::value("signal", Some('s'))],
        _ => &[],
    };
    let flags = parse(verb, words, known, (1, None))?;
    if flags.get("time").is_some() {
        streams.out("Flag --time has been deprecated, use --timeout instead\n");
    }
    let timeout = integer(&flags, verb, "-t, --timeout", "timeout")?;
    let seconds = timeout.or(integer(&flags, verb, "--time", "time")?);
    let grace = seconds
        .map(|seconds| i32::try_from(seconds).map_err(|_| Failure::usage(format!("-t {seconds}: out of range"))))
        .transpose()?;
    let (mut failures, mut names) = (Vec::new(), Vec::new());
    for name in &flags.args {
        let done = match verb {
            "start" => docker.start(name).await,
            "stop" => docker.stop(name, grace).await,
            "restart" => docker.restart(name, grace).await,
            "kill" => docker.kill(name, flags.get("signal").unwrap_or_default()).await,
            "pause" => docker.pause(name).await,
            _ => docker.unpause(name).await,
        };
        match done {
            Ok(()) => streams.out(&format!("{name}\n")),
            Err(mut failure) => {
                // The engine says so where the client asks for no more than the kill.
                if verb == "kill" && failure.is_not_found() {
                    let answer = format!("Cannot kill container: {name}: {}", failure.answer);
                    failure.message = format!("Error response from daemon: {answer}");
                    failure.answer = answer;
                }
                names.push(name.as_str());
                failures.push(failure);
            }
        }
    }
    let mut lines: Vec<String> = failures.iter().map(|failure| failure.message.clone()).collect();
    if verb == "start" {
        lines.push(format!("Error: failed to start containers: {}", names.join(", ")));
    }
    match failures.into_iter().next() {
        None => Ok(0),
        Some(first) => Err(Failure { message: lines.join("\n"), ..first }),
    }
}

pub(super) async fn network(docker: &Docker, words: &[String], streams: &Streams) -> Result<i32, Failure> {
    match words.split_first() {
        Some((verb, rest)) if verb == "connect" => {
            let known = [Flag::value("ip", None), Flag::value("alias", None)];
            let flags = parse("network connect", rest, &known, (2, Some(2)))?;
            let (network, container) = (&flags.args[0], &flags.args[1]);
            docker.connect_network(network, container, flags.get("ip"), flags.all("alias")).await?;
        }
        Some((verb, rest)) if verb == "disconnect" => {
            let flags = parse("network disconnect", rest, &[Flag::switch("force", Some('f'))], (2, Some(2)))?;
            let force = flags.switch("force", false)?;
            docker.disconnect_network(&flags.args[0], &flags.args[1], force).await?;
        }
        Some((verb, rest)) if verb == "ls" || verb == "list" => return networks(docker, rest, streams).await,
        Some((verb, _)) if ["create", "inspect", "prune", "rm"].contains(&verb.as_str()) => {
            return Err(Failure::refused(format!("docker network {verb} is not available in kpnb"))
                .with_hint("docker::inspect(container).NetworkSettings.Networks tells a container's networks"));
        }
        Some((verb, _)) => {
            return Err(Failure::usage(format!(
                "docker: unknown command: docker network {verb}\n\n{}",
                usage("network", "Run")
            )));
        }
        None => {
            return Err(
                Failure::usage("docker network: a command is missing").with_hint("available: ls, connect, disconnect")
            );
        }
    }
    Ok(0)
}

/// All networks of the engine: where a container of the cluster is not, is worth seeing, too.
async fn networks(docker: &Docker, words: &[String], streams: &Streams) -> Result<i32, Failure> {
    let known = [Flag::switch("quiet", Some('q')), Flag::switch("no-trunc", None), Flag::value("format", None)];
    let flags = parse("network ls", words, &known, (0, Some(0)))?;
    let digits = if flags.switch("no-trunc", false)? { 64 } else { 12 };
    let format = match flags.get("format") {
        _ if flags.switch("quiet", false)? => "{{.ID}}",
        None | Some("table" | "") => "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
        Some(format) => format,
    };
    let (template, table) = match format.strip_prefix("table ") {
        Some(format) => (Template::parse(format)?, true),
        None => (Template::parse(format)?, false),
    };
    let mut networks = docker.networks().await?;
    networks.sort_by(|a, b| a["Name"].as_str().cmp(&b["Name"].as_str()));
    let field = |network: &serde_json::Value, action: &Action| {
        let text = |field: &str| network[field].as_str().unwrap_or_default().to_owned();
        match action.path.first().map(String::as_str) {
            Some("ID") => Ok(text("Id").chars().take(digits).collect()),
            Some(name @ ("Name" | "Driver" | "Scope")) => Ok(text(name)),
            other => Err(Failure::usage(format!(
                "failed to execute template: {} is not known to kpnb",
                other.unwrap_or("{{json .}}")
            ))),
        }
    };
    let rows = networks.iter().map(|network| template.fill(|action| field(network, action)));
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    if table {
        let title = |action: &Action| match action.path.first().map(String::as_str) {
            Some("ID") => Ok("NETWORK ID".to_owned()),
            other => Ok(other.unwrap_or_default().to_uppercase()),
        };
        rows.insert(0, template.fill(title)?);
        streams.out(&columns(&rows));
    } else {
        rows.iter().for_each(|row| streams.out(&format!("{row}\n")));
    }
    Ok(0)
}
