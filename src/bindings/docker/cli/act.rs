//! `docker start|stop|restart|kill|pause|unpause`, `docker network connect|disconnect`.

use super::parse;
use crate::bindings::command::Streams;
use crate::bindings::flags::Flag;
use crate::client::Failure;
use crate::client::docker::Docker;

pub(super) async fn act(docker: &Docker, verb: &str, words: &[String], streams: &Streams) -> Result<i32, Failure> {
    let known: &[Flag] = match verb {
        "stop" | "restart" => &[Flag::value("time", Some('t')), Flag::value("timeout", None)],
        "kill" => &[Flag::value("signal", Some('s'))],
        _ => &[],
    };
    let flags = parse(verb, words, known, 1)?;
    let seconds = flags.integer("time")?.or(flags.integer("timeout")?);
    let grace = seconds
        .map(|seconds| i32::try_from(seconds).map_err(|_| Failure::usage(format!("-t {seconds}: out of range"))))
        .transpose()?;
    for name in &flags.args {
        match verb {
            "start" => docker.start(name).await,
            "stop" => docker.stop(name, grace).await,
            "restart" => docker.restart(name, grace).await,
            "kill" => docker.kill(name, flags.get("signal").unwrap_or_default()).await,
            "pause" => docker.pause(name).await,
            _ => docker.unpause(name).await,
        }?;
        streams.out(&format!("{name}\n"));
    }
    Ok(0)
}

pub(super) async fn network(docker: &Docker, words: &[String]) -> Result<i32, Failure> {
    match words.split_first() {
        Some((verb, rest)) if verb == "connect" => {
            let known = [Flag::value("ip", None), Flag::value("alias", None)];
            let flags = parse("network connect", rest, &known, 2)?;
            let (network, container) = (&flags.args[0], &flags.args[1]);
            docker.connect_network(network, container, flags.get("ip"), flags.all("alias")).await?;
        }
        Some((verb, rest)) if verb == "disconnect" => {
            let flags = parse("network disconnect", rest, &[Flag::switch("force", Some('f'))], 2)?;
            let force = flags.switch("force", false)?;
            docker.disconnect_network(&flags.args[0], &flags.args[1], force).await?;
        }
        _ => {
            return Err(Failure::refused("docker network: kpnb has connect and disconnect")
                .with_hint("docker::inspect(container).NetworkSettings.Networks tells a container's networks"));
        }
    }
    Ok(0)
}
