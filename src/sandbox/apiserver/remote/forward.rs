//! `/portforward`: connections of a client to ports of a Pod, each in two streams, data and errors. Rules:
//! `pkg/kubelet/cri/streaming/portforward` of v1.20.2; texts of errors as containerd 1.6 has them (`pkg/cri/server`).

use std::collections::BTreeMap;
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::Value;

use super::super::logs::node_of;
use super::wire::{Channels, Heard, Spdy, Wire};
use super::{DIALLED, Protocol};
use crate::sandbox::api::Status;
use crate::sandbox::apiserver::answer::Answer;
use crate::sandbox::apiserver::request::Request;
use crate::sandbox::apiserver::spdy::Gone;
use crate::sandbox::host::{self, Connection};
use crate::sandbox::{Shared, World, object};

/// What SPDY's side speaks.
const SPDY: &str = "portforward.k8s.io";
/// What WebSocket's side speaks; a client may name none.
const WEBSOCKET: [&str; 2] = ["v4.channel.k8s.io", ""];
/// How long the other direction may go on when one has ended: containerd's, after socat's.
const GRACE: Duration = Duration::from_millis(500);

/// A Pod whose ports a client may reach.
pub(in super::super) struct Forward {
    node: String,
    sandbox: String,
    /// Those that WebSocket's side is asked for; SPDY's streams name theirs.
    ports: Vec<u16>,
    pub protocol: Protocol,
    pub subprotocol: &'static str,
}

/// Prepares to forward.
///
/// # Errors
/// 400 where the Pod has no node or the connection is not to be upgraded; 500 where the kubelet cannot be reached. What the
/// kubelet itself says is a text.
pub(in super::super) fn prepare(world: &World, pod: &Value, request: &Request) -> Result<Answer, Status> {
    let ports: Vec<u16> = request.all("ports").iter().map(|port| number(port)).collect::<Result<_, _>>()?;
    if pod["spec"]["nodeName"].as_str().is_none_or(str::is_empty) {
        return Err(Status::bad_request(format!("pod {} does not have a host assigned", object::name(pod))));
    }
    if request.upgrade.is_empty() {
        return Err(Status::bad_request("Upgrade request required"));
    }
    let node = node_of(world, pod, DIALLED)?;
    let ended = pod["status"]["phase"] == "Succeeded" || pod["status"]["phase"] == "Failed";
    let sandboxes = world.hosts.node(&node).map(|node| node.sandboxes.values()).into_iter().flatten();
    // The newest, which may have ended.
    let sandbox = sandboxes.filter(|known| known.pod.uid == object::uid(pod)).max_by_key(|known| known.attempt);
    let Some(sandbox) = sandbox.filter(|_| !ended).map(|sandbox| sandbox.id.clone()) else {
        let name = format!("{}_{}", object::name(pod), object::namespace(pod));
        return Ok(Answer::text(500, format!("pod not found ({name:?})")));
    };
    let (protocol, subprotocol) = if request.upgrade.eq_ignore_ascii_case("websocket") {
        if ports.is_empty() {
            return Ok(Answer::text(400, "query parameter \"port\" is required"));
        }
        let Some(spoken) = WEBSOCKET.iter().find(|spoken| **spoken == request.protocols) else {
            return Ok(Answer::text(400, "bad websocket subprotocol"));
        };
        (Protocol::web_socket(request), *spoken)
    } else {
        if !request.stream_protocols.is_empty() && !request.stream_protocols.iter().any(|offered| offered == SPDY) {
            let offered = request.stream_protocols.join(" ");
            let why = format!("client supports [{offered}], server accepts [{SPDY}]");
            return Ok(Answer::text(403, format!("unable to upgrade: unable to negotiate protocol: {why}\n")));
        }
        if request.stream_protocols.is_empty() {
            return Ok(Answer::text(500, "invalid upgrade response: status code 200\n"));
        }
        if !request.upgrade.eq_ignore_ascii_case("SPDY/3.1") {
            return Ok(Answer::text(400, "unable to upgrade: missing upgrade headers in request\n"));
        }
        (Protocol::Spdy, SPDY)
    };
    Ok(Answer::Forward(Box::new(Forward { node, sandbox, ports, protocol, subprotocol })))
}

/// A port of the query, as it is converted.
fn number(port: &str) -> Result<u16, Status> {
    port.parse().map_err(|_| {
        let why = format!("strconv.ParseUint: parsing {port:?}: invalid syntax");
        Status::bad_request(format!("cannot convert to []int32: {why}"))
    })
}

/// Forwards for as long as the client stays.
pub(in super::super) async fn run(forward: Forward, upgrade: OnUpgrade, shared: Shared) {
    let Ok(upgraded) = upgrade.await else { return };
    let upgraded = TokioIo::new(upgraded);
    let mut open = BTreeMap::new();
    // The client's going is the end that there is.
    let Err(Gone) = match forward.protocol {
        Protocol::Spdy => carry(Spdy::new(upgraded), &forward, &mut open, &shared).await,
        Protocol::WebSocket { .. } => {
            let wire = Channels::new(upgraded, forward.ports.clone()).await;
            carry(wire, &forward, &mut open, &shared).await
        }
    };
    shared.with(|world| open.into_values().for_each(|open| open.connection.close(world)));
}

/// A connection, and when it is over at the latest, since one direction has ended.
struct Open {
    connection: Connection,
    due: Option<Timestamp>,
    /// Whether all that the Pod sends has come.
    received: bool,
}

impl Open {
    fn ends(&mut self, world: &mut World) {
        if self.due.is_none() {
            self.due = Some(world.now() + GRACE);
            world.after(GRACE, |world| world.hosts.active());
        }
    }
}

type AllOpen = BTreeMap<u32, Open>;
/// What there is to send of each, and whether it is over.
type ToSend = Vec<(u32, Vec<u8>, bool)>;

async fn carry(
    mut wire: impl Wire,
    forward: &Forward,
    open: &mut AllOpen,
    shared: &Shared,
) -> Result<std::convert::Infallible, Gone> {
    let mut activity = shared.with(|world| world.hosts.activity());
    loop {
        activity.mark_unchanged();
        for (of, bytes, over) in shared.with(|world| came(world, open)) {
            wire.send(of, false, &bytes).await?;
            if over {
                wire.end(of).await?;
            }
        }
        let heard = tokio::select! {
            // Not by tokio's chance: one seed gives the same bytes.
            biased;
            heard = wire.hear() => heard?,
            changed = activity.changed() => changed.map(|()| Heard::Nothing).map_err(|_| Gone)?,
        };
        match heard {
            Heard::Connect { of, port } => match shared.with(|world| connect(world, forward, port)) {
                Ok(connection) => {
                    open.insert(of, Open { connection, due: None, received: false });
                }
                Err(why) => {
                    wire.send(of, true, why.as_bytes()).await?;
                    wire.end(of).await?;
                }
            },
            Heard::Data { of, bytes } => shared.with(|world| {
                if let Some(open) = open.get_mut(&of) {
                    open.connection.write(world, &bytes);
                }
            }),
            Heard::End { of } => shared.with(|world| {
                if let Some(open) = open.get_mut(&of) {
                    open.ends(world);
                }
            }),
            Heard::Nothing => {}
        }
    }
}

/// What came from the Pod since last time; those that are over are closed.
fn came(world: &mut World, all: &mut AllOpen) -> ToSend {
    let mut found = Vec::new();
    for (of, open) in all.iter_mut() {
        let (bytes, ended) = open.connection.read();
        // Both directions have ended, or one a while ago.
        let over = open.due.is_some_and(|due| world.now() >= due || ended && !open.received);
        if ended && !open.received {
            open.received = true;
            open.ends(world);
        }
        if over || !bytes.is_empty() {
            found.push((*of, bytes, over));
        }
    }
    for (of, _, _) in found.iter().filter(|(_, _, over)| *over) {
        if let Some(open) = all.remove(of) {
            open.connection.close(world);
        }
    }
    found
}

/// Connects within the Pod's network, or says why not.
fn connect(world: &mut World, forward: &Forward, port: u16) -> Result<Connection, String> {
    let Forward { node, sandbox, .. } = forward;
    let ready =
        world.hosts.node(node).and_then(|node| node.sandboxes.get(sandbox)).is_some_and(|sandbox| sandbox.ready);
    let why = if ready {
        if let Some(connection) = Connection::open(world, node, sandbox, port) {
            return Ok(connection);
        }
        let refused = |family: u8, host: &str| format!("dial tcp{family} {host}:{port}: connect: connection refused");
        let space = host::network_namespace(sandbox);
        format!(
            "failed to execute portforward in network namespace {space:?}: failed to connect to localhost:{port} inside \
             namespace {sandbox:?}, IPv4: {} IPv6 {} ",
            refused(4, "127.0.0.1"),
            refused(6, "[::1]")
        )
    } else {
        format!("sandbox container {sandbox:?} is not running")
    };
    Err(format!("error forwarding port {port} to pod {sandbox}, uid : {why}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::super::answer::answer;
    use super::*;
    use crate::sandbox::apiserver::User;
    use serde_json::json;

    /// What the server answers who wants to forward, with some headers.
    fn asked(world: &mut World, pod: &str, upgrade: &str, protocols: &[&str]) -> Result<Forward, String> {
        let request = Request {
            method: "POST".to_owned(),
            path: format!("/api/v1/namespaces/default/pods/{pod}/portforward"),
            upgrade: upgrade.to_owned(),
            stream_protocols: protocols.iter().map(|&protocol| protocol.to_owned()).collect(),
            ..Request::default()
        };
        match answer(world, &request, &User::admin()) {
            Answer::Forward(forward) => Ok(*forward),
            Answer::Whole { code, body, .. } => {
                let text = String::from_utf8_lossy(&body).into_owned();
                let told: Value = serde_json::from_str(&text).unwrap_or_default();
                Err(format!("{code} {}", told["message"].as_str().unwrap_or(&text)))
            }
            _ => Err("neither".to_owned()),
        }
    }

    #[test]
    fn ports_of_pods_are_reached_and_refused_in_the_runtimes_words() {
        let mut world = World::new(1, "2026-11-24T15:22:00Z".parse().unwrap());
        crate::sandbox::boot::boot(&mut world, crate::sandbox::Profile::Lab, "ca").unwrap();
        for (name, script, policy) in [("web", "httpd -f -p 8080", "Always"), ("over", "true", "Never")] {
            let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
                "spec": {"restartPolicy": policy, "containers": [{"name": "c", "image": "busybox:1.31",
                    "command": ["sh", "-c", script]}]}});
            world.api("kubectl").create("pods", Some("default"), pod).unwrap();
        }
        world.tell();
        let until = world.now() + Duration::from_secs(9);
        world.run_until(until);
        let ask = |world: &mut World, pod: &str, upgrade: &str, protocols: &[&str]| {
            asked(world, pod, upgrade, protocols).map(|_| ()).unwrap_err()
        };
        assert_eq!(ask(&mut world, "none", "SPDY/3.1", &[SPDY]), "404 pods \"none\" not found");
        assert_eq!(ask(&mut world, "web", "", &[SPDY]), "400 Upgrade request required");
        assert_eq!(ask(&mut world, "over", "SPDY/3.1", &[SPDY]), "500 pod not found (\"over_default\")");
        assert_eq!(ask(&mut world, "web", "websocket", &[]), "400 query parameter \"port\" is required");
        let why = "unable to upgrade: unable to negotiate protocol: client supports [foo], server accepts \
                   [portforward.k8s.io]\n";
        assert_eq!(ask(&mut world, "web", "SPDY/3.1", &["foo"]), format!("403 {why}"));
        let forward = asked(&mut world, "web", "SPDY/3.1", &[SPDY]).unwrap();
        assert!(connect(&mut world, &forward, 8080).is_ok());
        let why = connect(&mut world, &forward, 81).err().unwrap();
        let id = &forward.sandbox;
        assert!(why.starts_with(&format!("error forwarding port 81 to pod {id}, uid : failed to execute")), "{why}");
        assert!(why.ends_with(
            ", IPv4: dial tcp4 127.0.0.1:81: connect: connection refused IPv6 dial tcp6 [::1]:81: connect: connection \
             refused "
        ));
        // httpd has not been asked for anything: half a second after the client's last word the connection is over.
        let connection = connect(&mut world, &forward, 8080).unwrap();
        let mut all = BTreeMap::from([(7, Open { connection, due: None, received: false })]);
        all.get_mut(&7).unwrap().ends(&mut world);
        assert_eq!(came(&mut world, &mut all), []);
        let until = world.now() + GRACE;
        world.run_until(until);
        assert_eq!(came(&mut world, &mut all), [(7, Vec::new(), true)]);
        assert!(all.is_empty());
        let node = forward.node;
        crate::sandbox::host::kill(&mut world, &node, crate::sandbox::host::SIGKILL);
        let until = world.now() + Duration::from_secs(1);
        world.run_until(until);
        let why = ask(&mut world, "web", "SPDY/3.1", &[SPDY]);
        assert!(why.starts_with("500 error dialing backend: dial tcp: lookup "), "{why}");
    }
}
