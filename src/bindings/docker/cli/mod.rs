//! docker, verbatim, on the chosen cluster's containers.

mod act;
mod exec;
mod look;

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
        "ps" => look::ps(docker()?, rest, streams).await,
        "inspect" => look::inspect(docker()?, rest, streams).await,
        "top" => look::top(docker()?, rest, streams).await,
        "logs" => look::logs(docker()?, rest, streams).await,
        "start" | "stop" | "restart" | "kill" | "pause" | "unpause" => {
            act::act(docker()?, command, rest, streams).await
        }
        "network" => act::network(docker()?, rest).await,
        "cp" | "version" | "run" | "rm" | "create" | "build" | "pull" | "images" | "rmi" | "volume" | "system"
        | "container" | "image" | "attach" | "commit" | "rename" | "update" | "compose" => {
            Err(Failure::refused(format!("docker {command} is not available in kpnb")).with_hint(AVAILABLE))
        }
        option if option.starts_with('-') => Err(Failure::refused(format!("docker {option}: not in a notebook"))
            .with_hint("kpnb has connected to the engine of the cluster that the run names")),
        _ => Err(Failure::usage(format!("docker: '{command}' is not a docker command.\nSee 'docker --help'"))
            .with_hint(AVAILABLE)),
    }
}

const AVAILABLE: &str = "available: ps, exec, inspect, top, logs, start, stop, restart, kill, pause, unpause, network connect|disconnect; \
     files: docker::copy_from, docker::copy_to";

/// Reads flags; `least` arguments are needed.
fn parse(command: &str, words: &[String], known: &[Flag], least: usize) -> Result<Flags, Failure> {
    let mut flags = Flags::parse(&format!("docker {command}"), words, &[known])?;
    let after = std::mem::take(&mut flags.after_dashes);
    flags.args.extend(after);
    if flags.args.len() < least {
        let plural = if least == 1 { "" } else { "s" };
        return Err(Failure::usage(format!(
            "docker: 'docker {command}' requires at least {least} argument{plural}\n\nSee 'docker {command} --help' for more \
             information"
        )));
    }
    Ok(flags)
}

fn write(streams: &Streams, part: LogPart) {
    match part {
        LogPart::Out(bytes) => streams.out(&String::from_utf8_lossy(&bytes)),
        LogPart::Err(bytes) => streams.err(&String::from_utf8_lossy(&bytes)),
    }
}
