//! The taint manager: Pods that do not tolerate a NoExecute taint are deleted, when their toleration runs out.
//! pkg/controller/nodelifecycle/scheduler/taint_manager.go.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::DeleteOptions;
use crate::sandbox::informers::{Heard, Name};
use crate::sandbox::object;
use crate::sandbox::recorder::record;
use crate::sandbox::scheduler::fits::tolerated;
use crate::sandbox::sim::EventId;

use super::MANAGER;

/// Deletions that are due, with when they were first asked for; none: it was done, and is not done again before it is
/// cancelled.
#[derive(Debug, Default)]
pub(super) struct Evictions {
    due: BTreeMap<Name, Option<(EventId, Timestamp)>>,
}

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("nodes", |world, heard| {
        let before = heard.before.as_ref().map(|node| no_execute(node)).unwrap_or_default();
        let now = heard.now.as_ref().map(|node| no_execute(node)).unwrap_or_default();
        if before != now && heard.now.is_some() {
            for pod in world.informers.pods_on(&heard.name.name) {
                judge(world, &pod, &now);
            }
        }
    });
    world.informers.watch("pods", pod_changed);
}

fn pod_changed(world: &mut World, heard: &Heard) {
    let Some(pod) = &heard.now else {
        cancel(world, &heard.name, heard.object());
        return;
    };
    let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
    let seen = heard.before.as_ref().is_some_and(|before| {
        before["spec"]["nodeName"] == node && before["spec"]["tolerations"] == pod["spec"]["tolerations"]
    });
    if node.is_empty() || seen {
        return;
    }
    let Some(node) = world.informers.get("nodes", "", node) else { return };
    judge(world, pod, &no_execute(&node));
}

fn no_execute(node: &Value) -> Vec<Value> {
    let taints = object::items(&node["spec"]["taints"]).iter();
    taints.filter(|taint| taint["effect"] == "NoExecute").map(|taint| json!([taint["key"], taint["value"]])).collect()
}

/// Decides when a Pod is deleted for the NoExecute taints of its node: `processPodOnNode`.
fn judge(world: &mut World, pod: &Arc<Value>, taints: &[Value]) {
    let name = Name::of(pod);
    if taints.is_empty() {
        cancel(world, &name, pod);
        return;
    }
    let mut least: Option<i64> = None;
    for taint in taints {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (key, value) = (text(&taint[0]), text(&taint[1]));
        // The first that tolerates it counts, whatever the others say.
        let mut tolerations = object::items(&pod["spec"]["tolerations"]).iter();
        let Some(toleration) = tolerations.find(|t| tolerated(t, &key, &value, "NoExecute")) else {
            cancel(world, &name, pod);
            let now = world.now();
            return evict_after(world, name, pod, Duration::ZERO, now);
        };
        if let Some(seconds) = toleration["tolerationSeconds"].as_i64() {
            least = Some(least.map_or(seconds, |least| least.min(seconds)).max(0));
        }
    }
    let Some(seconds) = least else { return };
    let (delay, now) = (Duration::from_secs(seconds.unsigned_abs()), world.now());
    let mut since = now;
    if let Some(Some((_, began))) = world.controllers.evictions.due.get(&name).copied() {
        // What was asked for earlier goes on as it was asked for.
        if began < now {
            return;
        }
        since = began;
        cancel(world, &name, pod);
    }
    evict_after(world, name, pod, delay, since);
}

fn evict_after(world: &mut World, name: Name, pod: &Value, delay: Duration, since: Timestamp) {
    if world.controllers.evictions.due.contains_key(&name) {
        return;
    }
    let (of, uid) = (name.clone(), object::uid(pod).to_owned());
    if delay.is_zero() {
        world.controllers.evictions.due.insert(name, None);
        return evict(world, &of, &uid);
    }
    let event = world.after(delay, move |world| evict_when_alive(world, of, uid));
    world.controllers.evictions.due.insert(name, Some((event, since)));
}

fn evict_when_alive(world: &mut World, name: Name, uid: String) {
    if !super::alive(world) {
        world.after(super::LOOK_AGAIN, move |world| evict_when_alive(world, name, uid));
        return;
    }
    world.controllers.evictions.due.insert(name.clone(), None);
    evict(world, &name, &uid);
}

/// Forgets what is due, and says so if it was not done yet.
fn cancel(world: &mut World, name: &Name, pod: &Value) {
    let Some(Some((event, _))) = world.controllers.evictions.due.remove(name) else { return };
    world.cancel(event);
    let message = format!("Cancelling deletion of Pod {}/{}", name.namespace, name.name);
    record(world, "taint-controller", &about(pod), "Normal", "TaintManagerEviction", &message);
}

fn about(pod: &Value) -> Value {
    let (namespace, name) = (object::namespace(pod), object::name(pod));
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": namespace, "name": name, "uid": object::uid(pod)}})
}

fn evict(world: &mut World, name: &Name, uid: &str) {
    let Some(pod) = world.informers.get("pods", &name.namespace, &name.name) else { return };
    if object::uid(&pod) != uid {
        return;
    }
    let message = format!("Marking for deletion Pod {}/{}", name.namespace, name.name);
    record(world, "taint-controller", &about(&pod), "Normal", "TaintManagerEviction", &message);
    // Gone already: nothing is left to do.
    let _ = world.api(MANAGER).delete("pods", name.ns(), &name.name, &DeleteOptions::default());
}
