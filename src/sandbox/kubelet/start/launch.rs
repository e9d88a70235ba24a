//! Creating and starting a container.

use std::time::Duration;

use serde_json::Value;

use super::{may_go_on, next, wait};
use crate::sandbox::World;
use crate::sandbox::kubelet::runtime::ContainerSpec;
use crate::sandbox::kubelet::{
    Contained, after, asks, event, probes, record, record_mut, stop, worker_mut, worker_ref,
};
use crate::sandbox::object;

/// From Pulled to Created, in milliseconds.
const CREATE: std::ops::Range<u64> = 30..60;

/// From Created to Started, in milliseconds.
const START: std::ops::Range<u64> = 38..52;

pub(super) fn create(world: &mut World, node: &str, uid: &str, name: String, names: Vec<String>, well: bool) {
    let (create, start) = (world.rng.u64(CREATE), world.rng.u64(START));
    let uid = uid.to_owned();
    after(world, node, Duration::from_millis(create), move |world, node| {
        if !may_go_on(world, node, &uid) {
            return;
        }
        let Some(pod) = worker_ref(world, node, &uid).map(|worker| worker.pod.clone()) else { return };
        let path = stop::field_path(&pod, &name);
        event(world, node, &pod, &path, "Normal", "Created", &format!("Created container {name}"));
        after(world, node, Duration::from_millis(start), move |world, node| {
            if may_go_on(world, node, &uid) {
                let well = launch(world, node, &uid, &name) && well;
                next(world, node, &uid, names, well);
            }
        });
    });
}

fn launch(world: &mut World, node: &str, uid: &str, name: &str) -> bool {
    let Some(host) = asks(world) else { return false };
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return false };
    let Some(known) = record(world, node, uid) else { return false };
    let Some(sandbox) = known.sandbox.clone() else { return false };
    let before =
        known.containers.iter().rev().find(|contained| contained.name == name).map(|contained| contained.attempt);
    let attempt = before.map_or(0, |attempt| attempt + 1);
    let spec = container_spec(&pod, name, attempt);
    let path = stop::field_path(&pod, name);
    match (host.start_container)(world, node, &sandbox, &spec) {
        Ok(id) => {
            event(world, node, &pod, &path, "Normal", "Started", &format!("Started container {name}"));
            keep(world, node, uid, Contained { id, name: name.to_owned(), attempt, last: None });
            if let Some(worker) = worker_mut(world, node, uid) {
                worker.waiting.remove(name);
            }
            probes::began(world, node, uid, name);
            true
        }
        Err(why) => {
            event(world, node, &pod, &path, "Warning", "Failed", &format!("Error: {why}"));
            let now = world.now();
            let last = super::super::runtime::ContainerState {
                running: false,
                started_at: now,
                finished_at: Some(now),
                exit_code: 128,
                reason: "StartError".to_owned(),
            };
            let id = format!("{:032x}{:032x}", world.rng.u128(..), world.rng.u128(..));
            keep(world, node, uid, Contained { id, name: name.to_owned(), attempt, last: Some(last) });
            wait(world, node, uid, name, "RunContainerError", &why);
            false
        }
    }
}

/// Keeps a new attempt; of the earlier ones the last, as the kubelet's garbage collection does.
fn keep(world: &mut World, node: &str, uid: &str, contained: Contained) {
    let Some(host) = asks(world) else { return };
    let earlier: Vec<Contained> = record(world, node, uid).map(|record| record.containers.clone()).unwrap_or_default();
    let of_it: Vec<&Contained> = earlier.iter().filter(|known| known.name == contained.name).collect();
    let old: Vec<String> = of_it.iter().rev().skip(1).map(|known| known.id.clone()).collect();
    for id in &old {
        (host.remove_container)(world, node, id);
    }
    if let Some(record) = record_mut(world, node, uid) {
        record.containers.retain(|known| !old.contains(&known.id));
        record.containers.push(contained);
    }
}

fn container_spec(pod: &Value, name: &str, attempt: i64) -> ContainerSpec {
    let spec = stop::spec_of(pod, name);
    let texts = |list: &Value| object::items(list).iter().filter_map(|t| t.as_str().map(str::to_owned)).collect();
    let env = object::items(&spec["env"]).iter().map(|variable| {
        let text = |field: &str| variable[field].as_str().unwrap_or_default().to_owned();
        let from = variable["valueFrom"]["fieldRef"]["fieldPath"].as_str();
        (text("name"), from.map_or_else(|| text("value"), |path| field(pod, path)))
    });
    ContainerSpec {
        name: name.to_owned(),
        image: spec["image"].as_str().unwrap_or_default().to_owned(),
        command: texts(&spec["command"]),
        args: texts(&spec["args"]),
        env: env.collect(),
        attempt,
        stdin: spec["stdin"] == true,
        tty: spec["tty"] == true,
    }
}

/// A field of a Pod that its environment may have.
fn field(pod: &Value, path: &str) -> String {
    let value = path.split('.').fold(pod, |value, step| &value[step]);
    value.as_str().map_or_else(String::new, str::to_owned)
}
