//! Commands in the nodes' containers.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::StreamExt as _;
use http::Response;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::answer::{Answer, Refusal, empty, frame, full, json_of, stream};
use super::containers::{known, not_running};
use super::events::event;
use super::route::Asked;
use crate::sandbox::Shared;
use crate::sandbox::host::{self, Exec, ExecSpec, NodeState};

/// Whether what a command writes comes in frames, and which streams are wanted.
#[derive(Clone, Copy)]
struct Shape {
    tty: bool,
    out: bool,
    err: bool,
}

pub(super) fn create(asked: &Asked, name: &str) -> Result<Answer, Refusal> {
    let wanted = asked.typed_json()?;
    let node = known(asked, name)?;
    let words = |key: &str| -> Vec<String> {
        wanted[key].as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
    };
    let command = words("Cmd");
    if command.is_empty() {
        return Err(Refusal(400, "No exec command specified".to_owned()));
    }
    let (state, id) = asked
        .shared
        .with(|world| world.hosts.node(&node).map(|node| (node.state, node.id.clone())))
        .unwrap_or((NodeState::Exited, String::new()));
    match state {
        NodeState::Exited => return Err(Refusal(409, not_running(&id))),
        NodeState::Paused => {
            return Err(Refusal(409, format!("Container {name} is paused, unpause the container before exec")));
        }
        NodeState::Running => {}
    }
    let flag = |key: &str| wanted[key] == json!(true);
    let text = |key: &str| wanted[key].as_str().unwrap_or_default().to_owned();
    let spec = ExecSpec {
        command,
        stdin: flag("AttachStdin"),
        tty: flag("Tty"),
        env: words("Env"),
        working_dir: text("WorkingDir"),
        user: text("User"),
        streams: (flag("AttachStdout"), flag("AttachStderr")),
    };
    let id = asked.shared.with(|world| {
        let (action, id) = (told("exec_create", &spec), host::exec(world, &node, None, spec));
        event(world, &node, &action, vec![("execID", id.clone())]);
        id
    });
    Ok(json_of(201, &json!({"Id": id})))
}

/// What the engine's events say of a command that is made or begun: `exec_start: ls -l`.
fn told(what: &str, spec: &ExecSpec) -> String {
    let (program, args) = spec.command.split_first().map_or(("", &[][..]), |(program, args)| (program, args));
    format!("{what}: {program} {}", args.join(" "))
}

fn no_exec(id: &str) -> Refusal {
    Refusal(404, format!("No such exec instance: {id}"))
}

pub(super) fn start(asked: Asked, id: &str, upgrade: Option<OnUpgrade>) -> Result<Answer, Refusal> {
    let wanted = asked.json()?;
    let shared = asked.shared.clone();
    let known = shared.with(|world| {
        world
            .hosts
            .exec(id)
            .map(|exec| (exec.spec.clone(), exec.pid.is_some() || exec.exit_code.is_some(), exec.node.clone()))
    });
    let (spec, begun, node) = known.ok_or_else(|| no_exec(id))?;
    if begun {
        return Err(Refusal(409, format!("Error: Exec command {id} is already running")));
    }
    let state = shared.with(|world| world.hosts.node(&node).map(|node| (node.state, node.id.clone())));
    match state {
        Some((NodeState::Exited, id)) => return Err(Refusal(409, not_running(&id))),
        Some((NodeState::Paused, _)) => {
            return Err(Refusal(409, format!("Container {node} is paused, unpause the container before exec")));
        }
        _ => {}
    }
    let detached = wanted["Detach"] == json!(true);
    // What cannot be started says so on standard output, or at once to who does not listen.
    let refusal = shared.with(|world| {
        event(world, &node, &told("exec_start", &spec), vec![("execID", id.to_owned())]);
        let why = Exec::start(world, id).err()?;
        host::exec_failed(world, id, &why);
        let said = if detached { host::exec_output(world, id) } else { Vec::new() };
        said.first().map(|(_, text)| Refusal(400, String::from_utf8_lossy(text).trim_end().to_owned()))
    });
    if detached {
        return refusal.map_or_else(|| Ok(empty(200)), Err);
    }
    let shape = Shape { tty: spec.tty, out: spec.streams.0, err: spec.streams.1 };
    let id = id.to_owned();
    let Some(upgrade) = upgrade else {
        return Ok(stream("application/vnd.docker.raw-stream", output(shared, id, shape)));
    };
    tokio::spawn(async move {
        let Ok(connection) = upgrade.await else { return };
        let (mut reader, mut writer) = tokio::io::split(TokioIo::new(connection));
        let (input_shared, input_id) = (shared.clone(), id.clone());
        let input = tokio::spawn(async move {
            let mut buffer = vec![0; 8192];
            loop {
                let count = reader.read(&mut buffer).await.unwrap_or(0);
                input_shared.with(|world| host::exec_input(world, &input_id, &buffer[..count]));
                if count == 0 {
                    return;
                }
            }
        });
        let mut parts = Box::pin(output(shared, id, shape));
        while let Some(part) = parts.next().await {
            if writer.write_all(&part).await.is_err() {
                break;
            }
            // The client is gone when this fails, which the next write tells.
            let _ = writer.flush().await;
        }
        let _ = writer.shutdown().await;
        input.abort();
    });
    let answer = Response::builder()
        .status(101)
        .header("Connection", "Upgrade")
        .header("Upgrade", "tcp")
        .header("Content-Type", "application/vnd.docker.raw-stream")
        .body(full(Bytes::new()));
    answer.map_err(|error| Refusal(500, error.to_string()))
}

/// What a command writes until it ends.
fn output(shared: Shared, id: String, shape: Shape) -> impl futures::Stream<Item = Bytes> + Send + 'static {
    let activity = shared.with(|world| world.hosts.activity());
    futures::stream::unfold(
        (shared, id, activity, VecDeque::new()),
        move |(shared, id, mut activity, mut waiting)| async move {
            loop {
                if let Some(part) = waiting.pop_front() {
                    return Some((part, (shared, id, activity, waiting)));
                }
                activity.mark_unchanged();
                let (parts, ended) = shared.with(|world| {
                    let parts = host::exec_output(world, &id);
                    (parts, world.hosts.exec(&id).is_none_or(|exec| exec.exit_code.is_some()))
                });
                for (stream, bytes) in parts {
                    if shape.tty {
                        waiting.push_back(Bytes::from(carriage(&bytes)));
                    } else if if stream == 1 { shape.out } else { shape.err } {
                        waiting.push_back(Bytes::from(frame(stream, &bytes)));
                    }
                }
                if waiting.is_empty() && (ended || activity.changed().await.is_err()) {
                    return None;
                }
            }
        },
    )
}

/// A terminal's line ends.
fn carriage(bytes: &[u8]) -> Vec<u8> {
    let mut done = Vec::with_capacity(bytes.len());
    for byte in bytes {
        if *byte == b'\n' && done.last() != Some(&b'\r') {
            done.push(b'\r');
        }
        done.push(*byte);
    }
    done
}

pub(super) fn inspect(asked: &Asked, id: &str) -> Result<Answer, Refusal> {
    let found: Option<Value> = asked.shared.with(|world| {
        let exec = world.hosts.exec(id)?;
        let node = world.hosts.node(&exec.node)?;
        let (entry, arguments) = exec.spec.command.split_first()?;
        Some(json!({
            "ID": id, "Running": exec.pid.is_some() && exec.exit_code.is_none(), "ExitCode": exec.exit_code,
            "ProcessConfig": {
                "tty": exec.spec.tty, "entrypoint": entry, "arguments": arguments, "privileged": false, "user": exec.spec.user,
            },
            "OpenStdin": exec.spec.stdin, "OpenStderr": exec.spec.streams.1, "OpenStdout": exec.spec.streams.0,
            "CanRemove": false, "ContainerID": node.id, "DetachKeys": "",
            "Pid": exec.pid.map_or(0, |pid| super::containers::offset(world, &exec.node) + pid),
        }))
    });
    found.map(|found| json_of(200, &found)).ok_or_else(|| no_exec(id))
}

pub(super) fn resize(asked: &Asked, id: &str) -> Result<Answer, Refusal> {
    let found = asked.shared.with(|world| host::exec_resize(world, id));
    if found { Ok(empty(200)) } else { Err(no_exec(id)) }
}
