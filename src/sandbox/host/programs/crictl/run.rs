//! `crictl exec` and `crictl logs`.

use std::time::Duration;

use super::seen::resolve;
use super::{Asked, Done};
use crate::sandbox::host::sys::Sys;
use crate::sandbox::host::{self, Exec, ExecSpec};

/// How often a command's output is looked for.
const STEP: Duration = Duration::from_millis(5);

pub(super) async fn exec(sys: &Sys, args: &[String]) -> Done {
    let asked = Asked::read(args, &["timeout"], false);
    let Some((id, command)) = asked.words.split_first().filter(|(_, command)| !command.is_empty()) else {
        return Err("No help topic for 'exec'".to_owned());
    };
    let (wanted, command) = (id.clone(), command.to_vec());
    let tty = asked.has(&["tty", "t"]);
    let begun = sys
        .with(move |world, me| {
            let node = &world.hosts.nodes[me.node];
            let id = resolve(node.containers.keys(), "container", &wanted)?;
            if !node.containers.get(&id).is_some_and(|container| container.state.running) {
                return Err("rpc error: code = Unknown desc = container is in CONTAINER_EXITED state".to_owned());
            }
            let name = node.spec.name.clone();
            let spec = ExecSpec { command, tty, streams: (true, true), ..ExecSpec::default() };
            let exec = host::exec_in_container(world, &name, &id, spec);
            Exec::start(world, &exec)
                .map_err(|why| format!("rpc error: code = Unknown desc = failed to exec: {why}"))?;
            Ok(exec)
        })
        .await;
    let exec = begun.map_err(|why| format!("execing command in container: {why}"))?;
    loop {
        let of = exec.clone();
        let (output, code) = sys
            .with(move |world, _| {
                let code = world.hosts.exec(&of).map_or(Some(-1), |exec| exec.exit_code);
                (host::exec_output(world, &of), code)
            })
            .await;
        for (stream, bytes) in output {
            if stream == 2 { sys.err(bytes).await } else { sys.out(bytes).await }
        }
        match code {
            None => drop(sys.sleep(STEP).await),
            Some(0) => return Ok(0),
            Some(code) if asked.has(&["sync", "s"]) => return Ok(code),
            Some(code) => {
                return Err(format!("execing command in container: command terminated with exit code {code}"));
            }
        }
    }
}

pub(super) async fn logs(sys: &Sys, args: &[String]) -> Done {
    let asked = Asked::read(args, &["tail", "since", "limit-bytes"], true);
    if asked.has(&["follow", "f"]) || asked.has(&["since", "limit-bytes"]) {
        return Err("crictl logs with --follow, --since or --limit-bytes is not modelled in kpnb's sandbox".to_owned());
    }
    let Some(id) = asked.words.first().cloned() else { return Err("ID cannot be empty".to_owned()) };
    let previous = asked.has(&["previous", "p"]);
    let stamped = asked.has(&["timestamps", "t"]);
    let tail = asked.value(&["tail"]).and_then(|count| count.parse::<usize>().ok()).unwrap_or(usize::MAX);
    let lines = sys
        .with(move |world, me| {
            let node = &world.hosts.nodes[me.node];
            let id = resolve(node.containers.keys(), "container", &id)?;
            let mut of = node.containers.get(&id);
            if previous {
                let (sandbox, name) = of.map(|c| (c.sandbox.clone(), c.spec.name.clone())).unwrap_or_default();
                let earlier = node.containers.values().filter(|c| c.sandbox == sandbox && c.spec.name == name);
                of = earlier.filter(|c| !c.state.running && c.id != id).max_by_key(|c| c.spec.attempt);
            }
            let lines = of.map(|container| container.log.clone()).unwrap_or_default();
            Ok::<_, String>(lines)
        })
        .await?;
    for line in &lines[lines.len().saturating_sub(tail)..] {
        let end = if line.whole { "\n" } else { "" };
        let time = if stamped { format!("{} ", line.time) } else { String::new() };
        let text = format!("{time}{}{end}", line.text);
        if line.stream == "stderr" { sys.err(text).await } else { sys.out(text).await }
    }
    Ok(0)
}
