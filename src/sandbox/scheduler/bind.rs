//! A Pod gets its node, once its volumes are bound.

use std::sync::Arc;

use serde_json::Value;

use super::volumes::{self, Found};
use super::{NAME, Waiting, failed, instance, move_all, ours};
use crate::sandbox::World;
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::{Event, record_new};

/// Assigns a Pod to a node.
pub(super) fn bind(world: &mut World, name: &Name, pod: &Arc<Value>, node: &str) {
    if world.api("kube-scheduler").bind(&name.namespace, &name.name, node).is_err() {
        let now = world.now();
        world.scheduler.waiting.insert(name.clone(), Waiting { since: now, attempts: 1 });
        move_all(world);
        return;
    }
    world.scheduler.waiting.remove(name);
    let message = format!("Successfully assigned {}/{} to {node}", name.namespace, name.name);
    let event = Event { about: pod, field_path: "", kind: "Normal", reason: "Scheduled", message: &message };
    let instance = instance(world);
    record_new(world, NAME, &instance, "Binding", event);
}

/// Likewise, once the volumes that it waits for are bound.
pub(super) fn with_volumes(world: &mut World, name: &Name, pod: &Arc<Value>, node: &str, found: &Found) {
    if volumes::choose(world, found, node).is_err() {
        let now = world.now();
        world.scheduler.waiting.insert(name.clone(), Waiting { since: now, attempts: 1 });
        return move_all(world);
    }
    world.scheduler.binding.insert(name.clone());
    let until = world.now() + volumes::BIND_TIMEOUT;
    await_volumes(world, name.clone(), object::uid(pod).to_owned(), node.to_owned(), until);
}

fn await_volumes(world: &mut World, name: Name, uid: String, node: String, until: jiff::Timestamp) {
    world.after(volumes::LOOKED_AT, move |world| {
        let pod = world.informers.get("pods", &name.namespace, &name.name);
        let pod = pod.filter(|pod| object::uid(pod) == uid && ours(pod) && !object::deleting(pod));
        let Some(pod) = pod else {
            world.scheduler.binding.remove(&name);
            return;
        };
        if volumes::all_bound(world, &pod) {
            world.scheduler.binding.remove(&name);
            bind(world, &name, &pod, &node);
        } else if world.now() >= until {
            world.scheduler.binding.remove(&name);
            failed(world, &name, &pod, "Binding volumes: timed out waiting for the condition", None);
        } else {
            await_volumes(world, name, uid, node, until);
        }
    });
}
