//! `/exec` over WebSocket: the protocols `v4.channel.k8s.io` and `v5.channel.k8s.io`, each message beginning with the number
//! of its channel. SPDY, which kubectl before 1.30 speaks, is not modelled.

use futures::{SinkExt as _, StreamExt as _};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::logs::{bare_id, container_of, node_of, status_of};
use super::request::Request;
use crate::sandbox::api::Status;
use crate::sandbox::host::{self, Exec, ExecSpec};
use crate::sandbox::{Shared, World};

/// The protocols, the best one first.
const PROTOCOLS: &[&str] = &["v5.channel.k8s.io", "v4.channel.k8s.io"];
const STDIN: u8 = 0;
const ERROR: u8 = 3;
const RESIZE: u8 = 4;
/// Of v5: the channel that follows has ended.
const CLOSE: u8 = 255;

/// A command that is ready to be started.
pub(super) struct Prepared {
    id: String,
    /// The protocol that both speak.
    pub protocol: &'static str,
    /// What the client's key is answered with.
    pub accept: String,
}

/// Prepares a command.
///
/// # Errors
/// 400; 500 where the kubelet does not answer or the container does not run; 501 of SPDY.
pub(super) fn prepare(world: &mut World, pod: &Value, request: &Request) -> Result<Prepared, Status> {
    if !request.upgrade.eq_ignore_ascii_case("websocket") {
        if request.upgrade.is_empty() {
            return Err(Status::bad_request("Upgrade request required"));
        }
        return Err(Status::not_modelled(&format!("exec over {}; WebSocket is", request.upgrade)));
    }
    let offered = |protocol: &&&str| request.protocols.split(',').any(|offered| offered.trim() == **protocol);
    let protocol = PROTOCOLS.iter().find(offered).ok_or_else(|| {
        Status::bad_request(format!(
            "unable to upgrade: unable to negotiate protocol: client supports [{}]",
            request.protocols
        ))
    })?;
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default();
    let container = container_of(pod, request.query("container"))?;
    if pod["spec"]["nodeName"].as_str().is_none_or(str::is_empty) {
        return Err(Status::bad_request(format!("pod {name} does not have a host assigned")));
    }
    let node = node_of(world, pod, &format!("exec/{namespace}/{name}/{container}"))?;
    let id = status_of(pod, &container).and_then(|status| bare_id(&status["containerID"]));
    let running = id.filter(|id| host::container(world, &node, id).is_some_and(|state| state.running));
    let Some(id) = running else {
        return Err(Status::internal(&format!("unable to upgrade connection: container not found (\"{container}\")")));
    };
    let spec = ExecSpec {
        command: request.all("command"),
        stdin: request.flag("stdin"),
        tty: request.flag("tty"),
        ..ExecSpec::default()
    };
    let exec = host::exec_in_container(world, &node, id, spec);
    let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(request.key.as_bytes());
    Ok(Prepared { id: exec, protocol, accept })
}

/// Runs the command for as long as it and the connection last.
pub(super) async fn run(prepared: Prepared, upgrade: OnUpgrade, shared: Shared) {
    let Ok(upgraded) = upgrade.await else { return };
    let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    // The client may go away at any time; there is no one to tell then.
    let _ = talk(&mut socket, &prepared.id, &shared).await;
    let _ = socket.close(None).await;
}

async fn talk(
    socket: &mut WebSocketStream<TokioIo<Upgraded>>,
    id: &str,
    shared: &Shared,
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let started = shared.with(|world| Exec::start(world, id));
    if let Err(why) = started {
        let message = format!("OCI runtime exec failed: {why}");
        let status = Status { code: 500, reason: "InternalError", message, details: None };
        return send(socket, ERROR, status.to_value().to_string().as_bytes()).await;
    }
    let mut activity = shared.with(|world| world.hosts.activity());
    let mut sent = 0;
    loop {
        activity.mark_unchanged();
        let (output, code) = shared.with(|world| match world.hosts.exec(id) {
            Some(exec) => (exec.output.get(sent..).unwrap_or_default().to_vec(), exec.exit_code),
            None => (Vec::new(), Some(137)),
        });
        sent += output.len();
        for (stream, bytes) in output {
            send(socket, stream, &bytes).await?;
        }
        if let Some(code) = code {
            return send(socket, ERROR, outcome(code).to_string().as_bytes()).await;
        }
        tokio::select! {
            // Not by tokio's chance: one seed gives the same bytes.
            biased;
            message = socket.next() => match message {
                Some(Ok(Message::Binary(bytes))) => shared.with(|world| hear(world, id, &bytes)),
                Some(Ok(Message::Close(_))) | None => return Ok(()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
            },
            changed = activity.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
            }
        }
    }
}

/// What the client sent.
fn hear(world: &mut World, id: &str, message: &[u8]) {
    match message {
        [STDIN, bytes @ ..] if !bytes.is_empty() => host::exec_input(world, id, bytes),
        [CLOSE, STDIN] => host::exec_input(world, id, &[]),
        [RESIZE, ..] => {
            host::exec_resize(world, id);
        }
        _ => {}
    }
}

async fn send(
    socket: &mut WebSocketStream<TokioIo<Upgraded>>,
    channel: u8,
    bytes: &[u8],
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let message: Vec<u8> = std::iter::once(channel).chain(bytes.iter().copied()).collect();
    socket.send(Message::binary(message)).await
}

/// How a command ended, as the kubelet says it: `pkg/kubelet/cri/streaming/remotecommand/exec.go`.
fn outcome(code: i32) -> Value {
    if code == 0 {
        return json!({"metadata": {}, "status": "Success"});
    }
    json!({
        "metadata": {},
        "status": "Failure",
        "message": format!("command terminated with non-zero exit code: exit status {code}"),
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    })
}
