//! postStart hooks.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{may_go_on, next, wait};
use crate::sandbox::World;
use crate::sandbox::kubelet::probes::Caller;
use crate::sandbox::kubelet::runtime::{NOT_STARTED, Ran};
use crate::sandbox::kubelet::{after, asks, event, record, state, stop, worker_ref};

/// What is done next for a Pod.
type GoOn = Box<dyn FnOnce(&mut World, &str, &str) + Send>;

/// Runs a container's postStart hook, then goes on; a hook that fails has its container killed.
pub(super) fn hook(world: &mut World, node: &str, uid: &str, name: String, id: String, names: Vec<String>, well: bool) {
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return };
    let hook = stop::spec_of(&pod, &name)["lifecycle"]["postStart"].clone();
    let command = stop::command(&hook);
    let http = &hook["httpGet"];
    let Some(host) = asks(world).filter(|_| !command.is_empty() || http.is_object()) else {
        return next(world, node, uid, names, well);
    };
    let mut hooked = Hooked { pod, uid: uid.to_owned(), name, id, names };
    if http.is_object() {
        let caller = Caller { pod: &hooked.pod, uid, name: &hooked.name };
        return match caller.hook(world, node, http) {
            Ok(()) => next(world, node, uid, hooked.names, well),
            Err(why) => {
                let message = stop::http_hook_failed(&hooked.pod, &hooked.name, http, &why);
                hooked.failed(world, node, &why, &message);
            }
        };
    }
    let (of, container, shown) = (node.to_owned(), hooked.id.clone(), command.join(" "));
    let done: Ran = Box::new(move |world, code, output| {
        if !may_go_on(world, &of, &hooked.uid) {
            return;
        }
        if code == 0 {
            return next(world, &of, &hooked.uid, std::mem::take(&mut hooked.names), well);
        }
        let why = match code {
            NOT_STARTED => output.stderr.clone(),
            _ => format!("command '{shown}' exited with {code}: {}", output.stderr),
        };
        let message = stop::hook_failed(&hooked.pod, &hooked.name, &shown, code, &output);
        hooked.failed(world, &of, &why, &message);
    });
    (host.exec)(world, node, &container, &command, done);
}

/// A container with a hook.
struct Hooked {
    pod: Arc<Value>,
    uid: String,
    name: String,
    id: String,
    /// The containers that come after it.
    names: Vec<String>,
}

impl Hooked {
    /// The hook failed: the container is killed.
    fn failed(self, world: &mut World, node: &str, why: &str, message: &str) {
        let Self { pod, uid, name, id, names } = self;
        let path = stop::field_path(&pod, &name);
        event(world, node, &pod, &path, "Warning", "FailedPostStartHook", message);
        wait(world, node, &uid, &name, &format!("PostStartHookError: {why}"), message);
        let grace = stop::grace(&pod, None);
        event(world, node, &pod, &path, "Normal", "Killing", "FailedPostStartHook");
        if let Some(host) = asks(world) {
            (host.stop_container)(world, node, &id, grace);
        }
        when_ended(world, node, uid, id, move |world, node, uid| next(world, node, uid, names, false));
    }
}

/// Goes on once these containers have ended.
pub(super) fn when_all_ended(
    world: &mut World,
    node: &str,
    uid: String,
    mut ids: Vec<String>,
    go_on: impl FnOnce(&mut World, &str, &str) + Send + 'static,
) {
    let Some(id) = ids.pop() else {
        if may_go_on(world, node, &uid) {
            go_on(world, node, &uid);
        }
        return;
    };
    let go_on: GoOn = Box::new(go_on);
    when_ended(world, node, uid, id, move |world, node, uid| when_all_ended(world, node, uid.to_owned(), ids, go_on));
}

/// Goes on once a container has ended.
pub(super) fn when_ended(
    world: &mut World,
    node: &str,
    uid: String,
    id: String,
    go_on: impl FnOnce(&mut World, &str, &str) + Send + 'static,
) {
    let runs = |world: &World, node: &str| {
        let contained = record(world, node, &uid)?.containers.iter().find(|known| known.id == id)?;
        Some(state(world, node, contained)?.running)
    };
    if runs(world, node) == Some(true) {
        let step = Duration::from_millis(100);
        after(world, node, step, move |world, node| when_ended(world, node, uid, id, go_on));
        return;
    }
    if may_go_on(world, node, &uid) {
        go_on(world, node, &uid);
    }
}
