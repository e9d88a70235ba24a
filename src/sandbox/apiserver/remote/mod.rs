//! `/exec`, `/attach` and `/portforward`: a process, or a port, and a client that talk over an upgraded connection,
//! WebSocket or SPDY/3.1. In reading order:
//!
//! - [`prepare`]: whether they can, and in which protocol
//! - `process`: a command, or the process of a container
//! - `talk`: what goes to and fro; `websocket`, `spdy`: how
//! - [`forward`]: connections to ports of a Pod

pub(super) mod forward;
mod process;
mod spdy;
mod talk;
mod websocket;
mod wire;

use hyper::upgrade::OnUpgrade;
use serde_json::Value;

use super::logs::{bare_id, container_of, node_of, status_of};
use super::request::Request;
use crate::sandbox::api::Status;
use crate::sandbox::host::{self, Attached, ExecSpec};
use crate::sandbox::{Shared, World};
use process::Process;
use talk::talk;

/// The protocols over WebSocket, the best one first.
const WEBSOCKET: &[&str] = &["v5.channel.k8s.io", "v4.channel.k8s.io"];
/// Those over SPDY: apimachinery v0.20.2 `util/remotecommand/constants.go`. Before v4 an end has no exit code.
const SPDY: &[&str] = &["v4.channel.k8s.io"];

/// What is said first where the kubelet does not answer who wants such a connection.
/// The reason of what a kubelet itself says, which is no status but text.
pub(super) const KUBELET: &str = "kubelet";
const DIALLED: &str = "error dialing backend";

/// What a connection becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Protocol {
    /// With the answer to the client's key.
    WebSocket { accept: String },
    /// SPDY/3.1.
    Spdy,
}

impl Protocol {
    fn web_socket(request: &Request) -> Self {
        let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(request.key.as_bytes());
        Self::WebSocket { accept }
    }
}

/// What goes over a connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Streams {
    stdin: bool,
    stdout: bool,
    stderr: bool,
    tty: bool,
}

/// A process that is ready to be talked to.
pub(super) struct Prepared {
    process: Process,
    streams: Streams,
    pub protocol: Protocol,
    /// The subprotocol that both speak.
    pub subprotocol: &'static str,
}

/// Prepares a command, or the attachment to a container.
///
/// # Errors
/// 400; 403 of protocols that are not spoken; 500 where the kubelet does not answer or the container does not run.
pub(super) fn prepare(world: &mut World, pod: &Value, part: &str, request: &Request) -> Result<Prepared, Status> {
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let container = container_of(pod, request.query("container"))?;
    if pod["spec"]["nodeName"].as_str().is_none_or(str::is_empty) {
        return Err(Status::bad_request(format!("pod {name} does not have a host assigned")));
    }
    let (protocol, subprotocol) = agreed(request)?;
    let node = node_of(world, pod, DIALLED)?;
    let id = status_of(pod, &container).and_then(|status| bare_id(&status["containerID"]));
    let running = id.filter(|id| host::container(world, &node, id).is_some_and(|state| state.running));
    let Some(id) = running else {
        let message = format!("container not found (\"{container}\")");
        return Err(Status { code: 500, reason: KUBELET, message, details: None });
    };
    let flag = |name: &str| request.flag(name);
    let mut streams =
        Streams { stdin: flag("stdin"), stdout: flag("stdout"), stderr: flag("stderr"), tty: flag("tty") };
    // A terminal has one stream for both.
    streams.stderr &= !streams.tty;
    let process = if part == "attach" {
        let once = container_spec(pod, &container)["stdinOnce"] == true;
        Process::Container { attached: Attached::new(world, &node, id), once }
    } else {
        let command = request.all("command");
        let spec = ExecSpec { command, stdin: streams.stdin, tty: streams.tty, ..ExecSpec::default() };
        Process::Command { id: host::exec_in_container(world, &node, id, spec), sent: 0 }
    };
    Ok(Prepared { process, streams, protocol, subprotocol })
}

fn container_spec<'p>(pod: &'p Value, name: &str) -> &'p Value {
    let all = pod["spec"]["containers"].as_array().into_iter().flatten();
    all.into_iter().find(|container| container["name"] == name).unwrap_or(&Value::Null)
}

/// What both sides speak.
fn agreed(request: &Request) -> Result<(Protocol, &'static str), Status> {
    let best = |spoken: &[&'static str], offered: &[String]| {
        let split = || offered.iter().flat_map(|offered| offered.split(','));
        spoken.iter().find(|spoken| split().any(|offered| offered.trim() == **spoken)).copied()
    };
    if request.upgrade.eq_ignore_ascii_case("websocket") {
        let subprotocol = best(WEBSOCKET, std::slice::from_ref(&request.protocols)).ok_or_else(|| {
            Status::bad_request(format!(
                "unable to upgrade: unable to negotiate protocol: client supports [{}]",
                request.protocols
            ))
        })?;
        return Ok((Protocol::web_socket(request), subprotocol));
    }
    if !request.upgrade.eq_ignore_ascii_case("SPDY/3.1") {
        return Err(Status::bad_request("Upgrade request required"));
    }
    let subprotocol = best(SPDY, &request.stream_protocols).ok_or_else(|| Status {
        code: 403,
        reason: "Forbidden",
        message: format!(
            "unable to upgrade: unable to negotiate protocol: client supports {:?}, server accepts {SPDY:?}",
            request.stream_protocols
        ),
        details: None,
    })?;
    Ok((Protocol::Spdy, subprotocol))
}

/// Lets both talk for as long as they last.
pub(super) async fn run(prepared: Prepared, upgrade: OnUpgrade, shared: Shared) {
    let Ok(upgraded) = upgrade.await else { return };
    let Prepared { process, streams, protocol, .. } = prepared;
    match protocol {
        Protocol::WebSocket { .. } => talk(websocket::Wire::new(upgraded).await, process, &shared).await,
        Protocol::Spdy => match spdy::Wire::new(upgraded, streams).await {
            Some(wire) => talk(wire, process, &shared).await,
            // The client went away before it had opened its streams.
            None => process.left(&shared),
        },
    }
}
