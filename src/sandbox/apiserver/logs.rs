//! `/log`: what a Pod's container wrote. Messages: v1.20 `pkg/registry/core/pod/strategy.go`, `pkg/kubelet`.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{Stream, unfold};
use hyper::body::Frame;
use jiff::Timestamp;
use serde_json::Value;

use super::request::Request;
use crate::sandbox::api::{Resource, Status};
use crate::sandbox::host::{self, LogLine};
use crate::sandbox::kubelet;
use crate::sandbox::{Shared, World};

/// How often who follows a log that does not grow asks whether the container runs: `logForceCheckPeriod` of
/// `pkg/kubelet/kuberuntime/logs`.
const ASKED: Duration = Duration::from_secs(1);

/// A log that is followed.
pub(super) struct Followed {
    node: String,
    container: String,
    /// The Pod's namespace, name and UID.
    pod: [String; 3],
    timestamps: bool,
    /// How many lines were sent, of all that were written.
    sent: usize,
    first: Vec<u8>,
    /// When it grew last.
    grew: Timestamp,
    ended: bool,
}

/// What comes next of a log that is followed.
enum Next {
    Text(Vec<u8>),
    /// Nothing as yet.
    Wait,
    /// The last, of a container that runs no more.
    End(Vec<u8>),
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

/// The node of a Pod whose kubelet answers for it; who asks begins what they say of one that does not with `asked`.
pub(super) fn node_of(world: &World, pod: &Value, asked: &str) -> Result<String, Status> {
    let node = pod["spec"]["nodeName"].as_str().unwrap_or_default().to_owned();
    if world.informers.get("nodes", "", &node).is_none() {
        // In the Pod's registry an error about a node is one about a Pod.
        return Err(Status::not_found(Resource::named("pods")?, &node));
    }
    // The API server asks for a node by its name, which Docker knows of those that are up and connected.
    let refused = |why: &str| Status { code: 500, reason: "", message: format!("{asked}: {why}"), details: None };
    if host::is_frozen(world, &node) || host::is_stopped(world, &node, "kubelet") {
        return Err(refused("net/http: TLS handshake timeout"));
    }
    if !host::is_reachable(world, &node) {
        return Err(refused(&format!("dial tcp: lookup {node} on 127.0.0.11:53: no such host")));
    }
    if !kubelet::works(world, &node) {
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
    let host = pod["spec"]["nodeName"].as_str().unwrap_or_default();
    let url = format!("https://{host}:10250/containerLogs/{namespace}/{name}/{container}{mark}{asked}");
    let node = node_of(world, pod, &format!("Get {url:?}"))?;
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
        if status.is_none() && pod["status"]["phase"] == "Failed" {
            return Err(Status::bad_request(format!("container {container:?} in pod {name:?} is not available")));
        }
        let reason = status.and_then(|status| status["state"]["waiting"]["reason"].as_str());
        let why = match reason {
            Some("ErrImagePull") => "image can't be pulled".to_owned(),
            Some("ImagePullBackOff") => "trying and failing to pull image".to_owned(),
            reason => reason.unwrap_or("ContainerCreating").to_owned(),
        };
        return Err(Status::bad_request(format!("container {container:?} in pod {name:?} is waiting to start: {why}")));
    };
    let Some(lines) = host::logs(world, &node, id) else {
        // The kubelet has removed it; it says so where the log should be.
        return Ok(Log::Text(format!("unable to retrieve container logs for containerd://{id}").into_bytes()));
    };
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
        let uid = pod["metadata"]["uid"].as_str().unwrap_or_default();
        let pod = [namespace, name, uid].map(str::to_owned);
        let (container, grew) = (id.to_owned(), world.now());
        return Ok(Log::Followed(Followed { node, container, pod, timestamps, sent, first: text, grew, ended: false }));
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
        while text.is_empty() && !followed.ended {
            activity.mark_unchanged();
            match shared.with(|world| followed.look(world)) {
                Next::Text(more) => text = more,
                Next::Wait => activity.changed().await.ok()?,
                Next::End(last) => (text, followed.ended) = (last, true),
            }
        }
        (!text.is_empty()).then(|| (Ok(Frame::data(Bytes::from(text))), (followed, shared, activity)))
    })
}

impl Followed {
    /// What was written since last time, or how it ends.
    fn look(&mut self, world: &mut World) -> Next {
        let lines = host::logs(world, &self.node, &self.container).unwrap_or_default();
        let new = lines.get(self.sent..).unwrap_or_default();
        self.sent = lines.len();
        let text: Vec<u8> = new.iter().flat_map(|line| bytes(line, self.timestamps)).collect();
        let now = world.now();
        if !text.is_empty() {
            self.grew = now;
            return Next::Text(text);
        }
        let state = host::container(world, &self.node, &self.container);
        if state.as_ref().is_some_and(|state| state.running) {
            return Next::Wait;
        }
        // That is seen only when it is asked for next; when one that is removed has ended, nobody knows.
        let ended = state.map_or(self.grew, |state| state.finished_at.unwrap_or(now));
        let periods = ended.duration_since(self.grew).as_secs_f64().max(0.0) / ASKED.as_secs_f64();
        let due = self.grew + ASKED.mul_f64(periods.floor() + 1.0);
        if now < due {
            world.after(due.duration_since(now).unsigned_abs(), |world| world.hosts.active());
            return Next::Wait;
        }
        Next::End(self.lost(world))
    }

    /// What is told of a container that was removed by then: the kubelet does that at its next relist when the Pod is
    /// deleted.
    fn lost(&self, world: &World) -> Vec<u8> {
        let [namespace, name, uid] = &self.pod;
        let pod = world.informers.get("pods", namespace, name).filter(|pod| pod["metadata"]["uid"] == uid.as_str());
        if pod.is_some_and(|pod| pod["metadata"]["deletionTimestamp"].is_null()) {
            return Vec::new();
        }
        let id = &self.container;
        let why = format!("an error occurred when try to find container {id:?}: not found");
        format!("rpc error: code = NotFound desc = {why}").into_bytes()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::sandbox::boot;

    fn pass(world: &mut World, seconds: f64) {
        world.tell();
        let until = world.now() + Duration::from_secs_f64(seconds);
        world.run_until(until);
    }

    #[test]
    fn a_connection_that_is_handed_through_has_errors_of_its_own() {
        let mut world = World::new(7, "2026-11-24T15:22:00Z".parse().unwrap());
        boot::boot(&mut world, crate::sandbox::Profile::Lab, "ca").unwrap();
        let node = boot::NODES[2];
        let pod = json!({"spec": {"nodeName": node}, "status": {"hostIP": "172.30.0.4"}});
        let why = |world: &World, asked: &str| node_of(world, &pod, asked).err().map(|status| status.message);
        assert_eq!(why(&world, "error dialing backend"), None);
        let pid = host::process_of(&world, node, "kubelet").unwrap();
        host::end_process(&mut world, node, pid, 1);
        // Its init starts another after a second, which comes to work five later.
        pass(&mut world, 4.0);
        assert!(host::is_running(&world, node, "kubelet"));
        let refused = "dial tcp 172.30.0.4:10250: connect: connection refused";
        assert_eq!(why(&world, "error dialing backend"), Some(format!("error dialing backend: {refused}")));
        let page = format!("Get \"x\": {refused}");
        assert_eq!(why(&world, "Get \"x\""), Some(page));
        pass(&mut world, 3.0);
        assert_eq!(why(&world, "error dialing backend"), None);
        world.api("kubectl").delete("nodes", None, node, &Default::default()).unwrap();
        pass(&mut world, 0.1);
        assert_eq!(why(&world, "error dialing backend"), Some(format!("pods {node:?} not found")));
    }

    #[test]
    fn who_follows_a_log_hears_of_the_end_at_the_next_look_and_of_a_deleted_container_why() {
        let mut world = World::new(7, "2026-11-24T15:22:00Z".parse().unwrap());
        boot::boot(&mut world, crate::sandbox::Profile::Lab, "ca").unwrap();
        pass(&mut world, 5.0);
        for (name, script) in [("short", "sleep 5; echo bye"), ("long", "sleep 1000")] {
            let container = json!({"name": "main", "image": "busybox:1.31", "command": ["sh", "-c", script]});
            let spec = json!({"nodeName": boot::NODES[1], "restartPolicy": "Never", "containers": [container],
                "terminationGracePeriodSeconds": 2});
            let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec});
            world.api("kubectl").create("pods", Some("default"), pod).unwrap();
        }
        pass(&mut world, 4.0);
        let follow = |world: &World, name: &str| {
            let pod = world.informers.get("pods", "default", name).unwrap();
            let text = |field: &str| pod["metadata"][field].as_str().unwrap().to_owned();
            Followed {
                node: boot::NODES[1].to_owned(),
                container: bare_id(&pod["status"]["containerStatuses"][0]["containerID"]).unwrap().to_owned(),
                pod: ["namespace", "name", "uid"].map(text),
                timestamps: false,
                sent: 0,
                first: Vec::new(),
                grew: world.now(),
                ended: false,
            }
        };
        let (mut short, mut long) = (follow(&world, "short"), follow(&world, "long"));
        world.api("kubectl").delete("pods", Some("default"), "long", &Default::default()).unwrap();
        pass(&mut world, 3.4);
        assert!(matches!(short.look(&mut world), Next::Text(text) if text == b"bye\n"));
        assert!(matches!(short.look(&mut world), Next::Wait), "it asks only once a second");
        let Next::End(why) = long.look(&mut world) else { panic!("it ended some time ago") };
        let why = String::from_utf8(why).unwrap();
        assert!(
            why.starts_with("rpc error: code = NotFound desc = an error occurred when try to find container "),
            "{why}"
        );
        pass(&mut world, 1.1);
        assert!(matches!(short.look(&mut world), Next::End(nothing) if nothing.is_empty()));
    }
}
