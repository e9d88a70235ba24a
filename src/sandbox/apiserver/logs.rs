//! `/log`: what a Pod's container wrote. Messages: v1.20 `pkg/registry/core/pod/strategy.go`, `pkg/kubelet`.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{Stream, unfold};
use hyper::body::Frame;
use jiff::Timestamp;
use serde_json::Value;

use super::request::Request;
use crate::sandbox::api::Status;
use crate::sandbox::host::{self, LogLine};
use crate::sandbox::{Shared, World};

/// A log that is followed.
pub(super) struct Followed {
    node: String,
    container: String,
    timestamps: bool,
    /// How many lines were sent, of all that were written.
    sent: usize,
    first: Vec<u8>,
}

/// What a log is.
pub(super) enum Log {
    /// So far.
    Text(Vec<u8>),
    /// As it is written.
    Followed(Followed),
}

/// The container of a Pod that a request names, or its only one.
pub(super) fn container_of(pod: &Value, asked: Option<&str>) -> Result<String, Status> {
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let names = |list: &str| -> Vec<String> {
        let all = pod["spec"][list].as_array().into_iter().flatten();
        all.filter_map(|container| container["name"].as_str().map(str::to_owned)).collect()
    };
    let (own, init) = (names("containers"), names("initContainers"));
    if let Some(asked) = asked {
        if own.iter().chain(&init).any(|own| own == asked) {
            return Ok(asked.to_owned());
        }
        return Err(Status::bad_request(format!("container {asked} is not valid for pod {name}")));
    }
    if let [only] = &own[..] {
        return Ok(only.clone());
    }
    let all: Vec<String> = init.into_iter().chain(own).collect();
    let all = all.join(" ");
    Err(Status::bad_request(format!("a container name must be specified for pod {name}, choose one of: [{all}]")))
}

/// The node of a Pod whose kubelet answers for it.
pub(super) fn node_of(world: &World, pod: &Value, path: &str) -> Result<String, Status> {
    let node = pod["spec"]["nodeName"].as_str().unwrap_or_default().to_owned();
    // The API server asks for a node by its name, which Docker knows of those that are up and connected.
    let refused = |why: &str| Status {
        code: 500,
        reason: "",
        message: format!("Get \"https://{node}:10250/{path}\": {why}"),
        details: None,
    };
    if host::is_frozen(world, &node) || host::is_stopped(world, &node, "kubelet") {
        return Err(refused("net/http: TLS handshake timeout"));
    }
    if !host::is_reachable(world, &node) {
        return Err(refused(&format!("dial tcp: lookup {node} on 127.0.0.11:53: no such host")));
    }
    if !host::is_running(world, &node, "kubelet") {
        let address = pod["status"]["hostIP"].as_str().unwrap_or(&node);
        return Err(refused(&format!("dial tcp {address}:10250: connect: connection refused")));
    }
    Ok(node)
}

/// The status of a container.
pub(super) fn status_of<'p>(pod: &'p Value, container: &str) -> Option<&'p Value> {
    let lists = ["containerStatuses", "initContainerStatuses"];
    let all = lists.iter().flat_map(|list| pod["status"][*list].as_array().into_iter().flatten());
    all.into_iter().find(|status| status["name"] == container)
}

/// A container's id without the runtime's name.
pub(super) fn bare_id(id: &Value) -> Option<&str> {
    id.as_str().and_then(|id| id.split_once("://")).map(|(_, id)| id).filter(|id| !id.is_empty())
}

/// Reads a log.
///
/// # Errors
/// 400, 500 where the kubelet does not answer.
pub(super) fn read(world: &World, pod: &Value, request: &Request) -> Result<Log, Status> {
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let container = container_of(pod, request.query("container"))?;
    if pod["spec"]["nodeName"].as_str().is_none_or(str::is_empty) {
        return Ok(Log::Text(Vec::new()));
    }
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default();
    let asked = ["follow", "limitBytes", "previous", "sinceSeconds", "sinceTime", "tailLines", "timestamps"];
    let asked = asked.iter().filter_map(|name| Some(format!("{name}={}", request.query(name)?)));
    let asked = asked.collect::<Vec<_>>().join("&");
    let mark = if asked.is_empty() { "" } else { "?" };
    let node = node_of(world, pod, &format!("containerLogs/{namespace}/{name}/{container}{mark}{asked}"))?;
    let status = status_of(pod, &container);
    let id = status.and_then(|status| {
        let last = bare_id(&status["lastState"]["terminated"]["containerID"]);
        if request.flag("previous") {
            return last;
        }
        // While a container waits to be started again, its last one is meant.
        let waiting = !status["state"]["waiting"].is_null();
        if waiting { last } else { bare_id(&status["containerID"]) }
    });
    let Some(id) = id else {
        if request.flag("previous") {
            return Err(Status::bad_request(format!(
                "previous terminated container {container:?} in pod {name:?} not found"
            )));
        }
        let reason = status.and_then(|status| status["state"]["waiting"]["reason"].as_str());
        let why = match reason {
            Some("ErrImagePull" | "ImagePullBackOff") => "trying and failing to pull image".to_owned(),
            reason => reason.unwrap_or("ContainerCreating").to_owned(),
        };
        return Err(Status::bad_request(format!("container {container:?} in pod {name:?} is waiting to start: {why}")));
    };
    let lines = host::logs(world, &node, id).unwrap_or_default();
    let timestamps = request.flag("timestamps");
    let number = |name: &str| request.query(name).and_then(|text| text.parse::<u64>().ok());
    let since = match (number("sinceSeconds"), request.query("sinceTime")) {
        (Some(seconds), _) => Some(world.now() - Duration::from_secs(seconds)),
        (None, Some(text)) => text.parse::<Timestamp>().ok(),
        _ => None,
    };
    let recent: Vec<&LogLine> = lines.iter().filter(|line| since.is_none_or(|since| line.time >= since)).collect();
    let tail = number("tailLines").and_then(|tail| usize::try_from(tail).ok()).unwrap_or(usize::MAX);
    let mut text: Vec<u8> =
        recent[recent.len().saturating_sub(tail)..].iter().flat_map(|line| bytes(line, timestamps)).collect();
    if let Some(limit) = number("limitBytes").and_then(|limit| usize::try_from(limit).ok()) {
        text.truncate(limit);
    }
    if request.flag("follow") {
        let sent = lines.len();
        return Ok(Log::Followed(Followed { node, container: id.to_owned(), timestamps, sent, first: text }));
    }
    Ok(Log::Text(text))
}

fn bytes(line: &LogLine, timestamps: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    if timestamps {
        bytes.extend_from_slice(line.time.strftime("%Y-%m-%dT%H:%M:%S.%9fZ ").to_string().as_bytes());
    }
    bytes.extend_from_slice(line.text.as_bytes());
    if line.whole {
        bytes.push(b'\n');
    }
    bytes
}

/// The body of a log that is followed: it ends with the container.
pub(super) fn stream(
    followed: Followed,
    shared: Shared,
) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> + Send {
    let activity = shared.with(|world| world.hosts.activity());
    unfold((followed, shared, activity), |(mut followed, shared, mut activity)| async move {
        let mut text = std::mem::take(&mut followed.first);
        while text.is_empty() {
            activity.mark_unchanged();
            let (more, running) = shared.with(|world| followed.look(world));
            text = more;
            if text.is_empty() {
                if !running {
                    return None;
                }
                activity.changed().await.ok()?;
            }
        }
        Some((Ok(Frame::data(Bytes::from(text))), (followed, shared, activity)))
    })
}

impl Followed {
    /// What was written since last time, and whether the container runs.
    fn look(&mut self, world: &World) -> (Vec<u8>, bool) {
        let lines = host::logs(world, &self.node, &self.container).unwrap_or_default();
        let new = lines.get(self.sent..).unwrap_or_default();
        self.sent = lines.len();
        let text = new.iter().flat_map(|line| bytes(line, self.timestamps)).collect();
        (text, host::container(world, &self.node, &self.container).is_some_and(|state| state.running))
    }
}
