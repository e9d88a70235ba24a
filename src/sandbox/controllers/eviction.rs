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

/// Deletions that are due.
#[derive(Debug, Default)]
pub(super) struct Evictions {
    due: BTreeMap<Name, (EventId, Timestamp)>,
}

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("nodes", |world, heard| {
        let before = heard.before.as_ref().map(|node| no_execute(node)).unwrap_or_default();
        let now = heard.now.as_ref().map(|node| no_execute(node)).unwrap_or_default();
        if before != now {
            for pod in world.informers.pods_on(&heard.name.name) {
                judge(world, &pod, &now);
            }
        }
    });
    world.informers.watch("pods", pod_changed);
}

fn pod_changed(world: &mut World, heard: &Heard) {
    let Some(pod) = &heard.now else {
        cancel(world, &heard.name, false, heard.object());
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

/// Decides when a Pod is deleted for the NoExecute taints of its node.
fn judge(world: &mut World, pod: &Arc<Value>, taints: &[Value]) {
    let name = Name::of(pod);
    if taints.is_empty() {
        cancel(world, &name, true, pod);
        return;
    }
    let mut least: Option<i64> = None;
    for taint in taints {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (key, value) = (text(&taint[0]), text(&taint[1]));
        let tolerations = object::items(&pod["spec"]["tolerations"]).iter();
        let mut tolerating = tolerations.filter(|t| tolerated(t, &key, &value, "NoExecute")).peekable();
        if tolerating.peek().is_none() {
            cancel(world, &name, false, pod);
            evict(world, &name, object::uid(pod));
            return;
        }
        for toleration in tolerating {
            if let Some(seconds) = toleration["tolerationSeconds"].as_i64() {
                least = Some(least.map_or(seconds, |least| least.min(seconds)).max(0));
            }
        }
    }
    let Some(seconds) = least else { return };
    let (delay, at) = (Duration::from_secs(seconds.unsigned_abs()), world.now());
    if let Some((event, began)) = world.controllers.evictions.due.get(&name).copied() {
        // A taint that came later does not lengthen what runs already.
        let _ = began;
        world.cancel(event);
    }
    let at = world.controllers.evictions.due.get(&name).map_or(at, |(_, began)| *began);
    let left = delay.saturating_sub(world.now().duration_since(at).unsigned_abs());
    let (of, uid) = (name.clone(), object::uid(pod).to_owned());
    let event = world.after(left, move |world| evict_when_alive(world, of, uid));
    world.controllers.evictions.due.insert(name, (event, at));
}

fn evict_when_alive(world: &mut World, name: Name, uid: String) {
    if !super::alive(world) {
        world.after(super::LOOK_AGAIN, move |world| evict_when_alive(world, name, uid));
        return;
    }
    world.controllers.evictions.due.remove(&name);
    evict(world, &name, &uid);
}

fn cancel(world: &mut World, name: &Name, tell: bool, pod: &Value) {
    let Some((event, _)) = world.controllers.evictions.due.remove(name) else { return };
    world.cancel(event);
    if tell {
        let message = format!("Cancelling deletion of Pod {}/{}", name.namespace, name.name);
        record(world, "taint-controller", &about(pod), "Normal", "TaintManagerEviction", &message);
    }
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
