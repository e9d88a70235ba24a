//! Stopping a Pod's containers: preStop, SIGTERM, SIGKILL, then the sandbox. pkg/kubelet/kuberuntime,
//! `killPodWithSyncResult` and `killContainer`.

use std::time::Duration;

use serde_json::Value;

use crate::sandbox::World;
use crate::sandbox::object;

use super::probes::Caller;
use super::runtime::{NOT_STARTED, Output};
use super::{
    Contained, RELIST, after, asks, event, next_tick, post, record, record_mut, state, worker, worker_mut, worker_ref,
};

/// Containers get at least this long: `minimumGracePeriodInSeconds`.
const LEAST: Duration = Duration::from_secs(2);

/// How long after a relist all that it saw is posted.
const SEEN: Duration = Duration::from_millis(60);

/// Stops all containers of a Pod, then its sandbox.
pub(super) fn pod(world: &mut World, node: &str, uid: &str) {
    let Some(worker) = worker_ref(world, node, uid) else { return };
    let grace = grace(&worker.pod, None);
    if worker.stopping.is_some_and(|stopping| stopping <= grace) {
        return;
    }
    let again = worker.stopping.is_some();
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.stopping = Some(grace);
    }
    let running: Vec<Contained> = running(world, node, uid);
    for contained in &running {
        container(
            world,
            node,
            uid,
            contained,
            grace,
            (!again).then(|| format!("Stopping container {}", contained.name)),
        );
    }
    if running.is_empty() {
        all_ended(world, node, uid);
    }
}

/// The grace period of a Pod: as its deletion says, or its spec.
pub(super) fn grace(pod: &Value, asked: Option<Duration>) -> Duration {
    if let Some(asked) = asked {
        return asked;
    }
    let seconds = pod["metadata"]["deletionGracePeriodSeconds"].as_i64();
    let seconds = seconds.or_else(|| pod["spec"]["terminationGracePeriodSeconds"].as_i64()).unwrap_or(30);
    Duration::from_secs(seconds.unsigned_abs()).max(LEAST)
}

/// The containers of a Pod that run.
pub(super) fn running(world: &World, node: &str, uid: &str) -> Vec<Contained> {
    let containers = record(world, node, uid).map(|record| record.containers.clone()).unwrap_or_default();
    containers.into_iter().filter(|known| state(world, node, known).is_some_and(|state| state.running)).collect()
}

/// Stops one container, and says so in an event.
pub(super) fn container(
    world: &mut World,
    node: &str,
    uid: &str,
    contained: &Contained,
    grace: Duration,
    message: Option<String>,
) {
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return };
    let Some(host) = asks(world) else { return };
    let first = message.is_some();
    if let Some(message) = message {
        event(world, node, &pod, &field_path(&pod, &contained.name), "Normal", "Killing", &message);
    }
    let hook = &spec_of(&pod, &contained.name)["lifecycle"]["preStop"];
    let command = command(hook);
    let id = contained.id.clone();
    let http = &hook["httpGet"];
    let caller = Caller { pod: &pod, uid, name: &contained.name };
    if first
        && http.is_object()
        && let Err(why) = caller.hook(world, node, http)
    {
        let message = http_hook_failed(&pod, &contained.name, http, &why);
        event(world, node, &pod, &field_path(&pod, &contained.name), "Warning", "FailedPreStopHook", &message);
    }
    if command.is_empty() || !first {
        (host.stop_container)(world, node, &id, grace);
        return;
    }
    // The hook's time is part of the grace period; of which at least two seconds are left.
    let began = world.now();
    let (of, id_late, name, shown) = (node.to_owned(), id.clone(), contained.name.clone(), command.join(" "));
    let done: super::runtime::Ran = Box::new(move |world, code, output| {
        if code != 0 {
            let message = hook_failed(&pod, &name, &shown, code, &output);
            event(world, &of, &pod, &field_path(&pod, &name), "Warning", "FailedPreStopHook", &message);
        }
        let passed = world.now().duration_since(began).unsigned_abs();
        let left = grace.saturating_sub(passed).max(LEAST);
        (host.stop_container)(world, &of, &id, left);
    });
    (host.exec)(world, node, &id_late, &command, done);
    after(world, node, grace, move |world, node| (host.stop_container)(world, node, &id_late, LEAST));
}

/// The command of a hook; empty: it has none.
pub(super) fn command(hook: &Value) -> Vec<String> {
    let parts = object::items(&hook["exec"]["command"]).iter();
    parts.filter_map(|part| part.as_str().map(str::to_owned)).collect()
}

/// What is told of a hook that failed.
pub(super) fn hook_failed(pod: &Value, name: &str, command: &str, code: i32, output: &Output) -> String {
    let (why, said) = match code {
        NOT_STARTED => (output.stderr.clone(), String::new()),
        _ => (format!("command '{command}' exited with {code}: {}", output.stderr), output.all()),
    };
    failed(pod, name, &format!("Exec lifecycle hook ([{command}])"), &why, &said)
}

/// What is told of a request that failed.
pub(super) fn http_hook_failed(pod: &Value, name: &str, http: &Value, why: &str) -> String {
    let hook = format!("Http lifecycle hook ({})", http["path"].as_str().unwrap_or_default());
    failed(pod, name, &hook, why, "")
}

fn failed(pod: &Value, name: &str, hook: &str, why: &str, said: &str) -> String {
    let full = format!("{}_{}({})", object::name(pod), object::namespace(pod), object::uid(pod));
    format!("{hook} for Container {name:?} in Pod {full:?} failed - error: {why}, message: {said:?}")
}

/// Where in a Pod a container is.
pub(super) fn field_path(pod: &Value, name: &str) -> String {
    let init = object::items(&pod["spec"]["initContainers"]).iter().any(|container| container["name"] == name);
    let list = if init { "initContainers" } else { "containers" };
    format!("spec.{list}{{{name}}}")
}

/// The spec of a container.
pub(super) fn spec_of<'a>(pod: &'a Value, name: &str) -> &'a Value {
    static NOTHING: Value = Value::Null;
    let all = object::items(&pod["spec"]["initContainers"]).iter().chain(object::items(&pod["spec"]["containers"]));
    all.into_iter().find(|container| container["name"] == name).unwrap_or(&NOTHING)
}

/// A container ended: if it was the last of a Pod that is being stopped, the sandbox goes.
pub(super) fn ended(world: &mut World, node: &str, container: &str) {
    let Some(uid) = super::pod_of(world, node, container) else { return };
    if worker_ref(world, node, &uid).is_some_and(|worker| worker.stopping.is_some())
        && running(world, node, &uid).is_empty()
    {
        all_ended(world, node, &uid);
    }
}

fn all_ended(world: &mut World, node: &str, uid: &str) {
    let Some(host) = asks(world) else { return };
    let back = worker_mut(world, node, uid).and_then(|worker| worker.back.take());
    // One that came back meanwhile finds its sandbox dead, as after any other death.
    let sandbox = record_mut(world, node, uid)
        .and_then(|record| if back.is_some() { record.sandbox.clone() } else { record.sandbox.take() });
    if let Some(sandbox) = sandbox {
        keep_last(world, node, uid);
        (host.stop_pod)(world, node, &sandbox);
    }
    let Some(worker) = worker_mut(world, node, uid) else { return };
    worker.stopping = None;
    worker.busy = false;
    if let Some(pod) = back {
        (worker.pod, worker.gone, worker.ended) = (pod, false, false);
        return worker::at_relist(world, node, uid);
    }
    let finished = worker.gone;
    worker.ended = true;
    if finished {
        if let Some(kubelet) = world.kubelets.running.get_mut(node) {
            kubelet.pods.remove(uid);
        }
        worker::forget(world, node, uid);
        return;
    }
    worker::at_relist(world, node, uid);
    remove_soon(world, node, uid);
    post::when_reclaimed(world, node, uid);
}

/// Removes the containers of a Pod that is being deleted once their end was seen: `cleanUpContainersInPod`.
fn remove_soon(world: &mut World, node: &str, uid: &str) {
    let delay = next_tick(world, node, RELIST) + SEEN;
    let uid = uid.to_owned();
    after(world, node, delay, move |world, node| {
        let Some(host) = asks(world) else { return };
        if !worker_ref(world, node, &uid).is_some_and(|worker| worker.ended && object::deleting(&worker.pod)) {
            return;
        }
        let containers = record(world, node, &uid).map(|record| record.containers.clone()).unwrap_or_default();
        for contained in containers {
            (host.remove_container)(world, node, &contained.id);
        }
    });
}

/// Keeps how the containers of a Pod ended, for when the runtime has removed them.
fn keep_last(world: &mut World, node: &str, uid: &str) {
    let containers = record(world, node, uid).map(|record| record.containers.clone()).unwrap_or_default();
    let kept = containers.into_iter().map(|mut known| {
        known.last = state(world, node, &known);
        known
    });
    let kept: Vec<_> = kept.collect();
    if let Some(record) = record_mut(world, node, uid) {
        record.containers = kept;
    }
}
