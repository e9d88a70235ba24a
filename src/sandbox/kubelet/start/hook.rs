//! postStart hooks.

use std::time::Duration;

use super::{may_go_on, next, wait};
use crate::sandbox::World;
use crate::sandbox::kubelet::runtime::Ran;
use crate::sandbox::kubelet::{after, asks, event, record, state, stop, worker_ref};

/// What is done next for a Pod.
type GoOn = Box<dyn FnOnce(&mut World, &str, &str) + Send>;

/// Runs a container's postStart hook, then goes on; a hook that fails has its container killed.
pub(super) fn hook(world: &mut World, node: &str, uid: &str, name: String, id: String, names: Vec<String>, well: bool) {
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return };
    let command = stop::command(&stop::spec_of(&pod, &name)["lifecycle"]["postStart"]);
    let Some(host) = asks(world).filter(|_| !command.is_empty()) else {
        return next(world, node, uid, names, well);
    };
    let (of, uid, container) = (node.to_owned(), uid.to_owned(), id.clone());
    let shown = command.join(" ");
    let done: Ran = Box::new(move |world, code, output| {
        if !may_go_on(world, &of, &uid) {
            return;
        }
        if code == 0 {
            return next(world, &of, &uid, names, well);
        }
        let path = stop::field_path(&pod, &name);
        let why = format!("command '{shown}' exited with {code}: {}", output.stderr);
        let message = stop::hook_failed(&pod, &name, &shown, code, &output);
        event(world, &of, &pod, &path, "Warning", "FailedPostStartHook", &message);
        wait(world, &of, &uid, &name, &format!("PostStartHookError: {why}"), &message);
        let grace = stop::grace(&pod, None);
        event(world, &of, &pod, &path, "Normal", "Killing", "FailedPostStartHook");
        (host.stop_container)(world, &of, &id, grace);
        when_ended(world, &of, uid, id, move |world, node, uid| next(world, node, uid, names, false));
    });
    (host.exec)(world, node, &container, &command, done);
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
