//! docker, verbatim, on the chosen cluster's containers.

mod act;
mod copy;
mod exec;
mod list;
mod look;
mod size;
mod template;

use crate::bindings::Workspace;
use crate::bindings::command::Streams;
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;
use crate::client::docker::LogPart;

/// Runs a command; `words` are without the program's name. Returns its exit code.
///
/// # Errors
/// What failed, in docker's words.
pub async fn run(
    workspace: &Workspace,
    words: &[String],
    stdin: Option<&str>,
    streams: &Streams,
) -> Result<i32, Failure> {
    let Some((command, rest)) = words.split_first() else {
        return Err(Failure::usage("docker: a command is missing").with_hint(AVAILABLE));
    };
    let docker = || workspace.docker();
    match command.as_str() {
        "exec" => exec::exec(docker()?, rest, stdin, streams).await,
        "ps" => list::ps(docker()?, workspace.cluster.clock.now(), rest, streams).await,
        "inspect" => look::inspect(docker()?, rest, streams).await,
        "top" => look::top(docker()?, rest, streams).await,
        "logs" => look::logs(docker()?, rest, streams).await,
        "start" | "stop" | "restart" | "kill" | "pause" | "unpause" => {
            act::act(docker()?, command, rest, streams).await
        }
        "network" => act::network(docker()?, rest, streams).await,
        "cp" => copy::cp(docker()?, workspace, rest).await,
        "version" => look::version(docker()?, rest, streams).await,
        "run" | "rm" | "create" | "build" | "pull" | "images" | "rmi" | "volume" | "system" | "container" | "image"
        | "attach" | "commit" | "rename" | "update" | "compose" => {
            Err(Failure::refused(format!("docker {command} is not available in kpnb")).with_hint(AVAILABLE))
        }
        option if option.starts_with('-') => Err(Failure::refused(format!("docker {option}: not in a notebook"))
            .with_hint("kpnb has connected to the engine of the cluster that the run names")),
        _ => Err(Failure::usage(format!(
            "docker: unknown command: docker {command}\n\nRun 'docker --help' for more information"
        ))
        .with_hint(AVAILABLE)),
    }
}

const AVAILABLE: &str = "available: ps, exec, inspect, top, logs, start, stop, restart, kill, pause, unpause, cp, version, \
     network ls|connect|disconnect";

/// What follows a command's name in docker's usage lines.
const USAGE: [(&str, &str); 17] = [
    ("cp", " [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH"),
    ("exec", " [OPTIONS] CONTAINER COMMAND [ARG...]"),
    ("inspect", " [OPTIONS] NAME|ID [NAME|ID...]"),
    ("kill", " [OPTIONS] CONTAINER [CONTAINER...]"),
    ("logs", " [OPTIONS] CONTAINER"),
    ("network", ""),
    ("network connect", " [OPTIONS] NETWORK CONTAINER"),
    ("network disconnect", " [OPTIONS] NETWORK CONTAINER"),
    ("network ls", " [OPTIONS]"),
    ("pause", " CONTAINER [CONTAINER...]"),
    ("ps", " [OPTIONS]"),
    ("restart", " [OPTIONS] CONTAINER [CONTAINER...]"),
    ("start", " [OPTIONS] CONTAINER [CONTAINER...]"),
    ("stop", " [OPTIONS] CONTAINER [CONTAINER...]"),
    ("top", " CONTAINER [ps OPTIONS]"),
    ("unpause", " CONTAINER [CONTAINER...]"),
    ("version", " [OPTIONS]"),
];

/// docker's exit code where a flag is wrong.
const FLAG: i64 = 125;

/// How a command is used; `verb` is `Run`, or `See` where arguments are missing.
fn usage(command: &str, verb: &str) -> String {
    let follows = USAGE.iter().find(|(name, _)| *name == command).map_or("", |(_, follows)| follows);
    format!("Usage:  docker {command}{follows}\n\n{verb} 'docker {command} --help' for more information")
}

/// Reads flags. At least and at most so many arguments are taken.
fn parse(
    command: &str,
    words: &[String],
    known: &[Flag],
    (least, most): (usize, Option<usize>),
) -> Result<Flags, Failure> {
    let mut flags = Flags::parse(&format!("docker {command}"), words, &[known]).map_err(|failure| {
        let message = failure.message.lines().next().unwrap_or_default().trim_start_matches("Error: ").to_owned();
        Failure { code: FLAG, message: format!("{message}\n\n{}", usage(command, "Run")), ..failure }
    })?;
    let after = std::mem::take(&mut flags.after_dashes);
    flags.args.extend(after);
    let given = flags.args.len();
    if given >= least && most.is_none_or(|most| given <= most) {
        return Ok(flags);
    }
    Err(arguments(command, least, most))
}

/// Too few arguments, or too many.
fn arguments(command: &str, least: usize, most: Option<usize>) -> Failure {
    let plural = if least == 1 { "" } else { "s" };
    let (wants, verb) = match most {
        Some(0) => ("accepts no arguments".to_owned(), "Run"),
        Some(_) => (format!("requires {least} argument{plural}"), "Run"),
        None => (format!("requires at least {least} argument{plural}"), "See"),
    };
    Failure::usage(format!("docker: 'docker {command}' {wants}\n\n{}", usage(command, verb)))
}

/// A flag's value as an integer; docker names the flag in full (`-t, --timeout`).
fn integer(flags: &Flags, command: &str, shown: &str, long: &str) -> Result<Option<i64>, Failure> {
    let wrong = |text: &str| {
        let what =
            format!("invalid argument {text:?} for {shown:?} flag: strconv.ParseInt: parsing {text:?}: invalid syntax");
        Failure { code: FLAG, ..Failure::usage(format!("{what}\n\n{}", usage(command, "Run"))) }
    };
    flags.get(long).map(|text| text.parse().map_err(|_| wrong(text))).transpose()
}

fn write(streams: &Streams, part: LogPart) {
    match part {
        LogPart::Out(bytes) => streams.out(&String::from_utf8_lossy(&bytes)),
        LogPart::Err(bytes) => streams.err(&String::from_utf8_lossy(&bytes)),
    }
}
