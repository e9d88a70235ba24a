//! Which containers of a Pod are to be started.

use serde_json::Value;

use crate::sandbox::World;
use crate::sandbox::kubelet::{record, state, status};
use crate::sandbox::object;

/// What is to be done about a Pod's containers.
pub(super) enum Wanted {
    /// They run, or wait for something.
    Nothing,
    /// None will run again: the sandbox can go.
    End,
    /// These are to be started.
    Start(Vec<String>),
}

pub(super) fn wanted(world: &World, node: &str, uid: &str, pod: &Value) -> Wanted {
    let known = record(world, node, uid).map(|record| record.containers.clone()).unwrap_or_default();
    let last = |name: &str| known.iter().rev().find(|contained| contained.name == name);
    let last = |name: &str| last(name).and_then(|contained| state(world, node, contained));
    for init in object::items(&pod["spec"]["initContainers"]) {
        let name = init["name"].as_str().unwrap_or_default();
        match last(name) {
            Some(state) if state.running => return Wanted::Nothing,
            Some(state) if state.exit_code == 0 => {}
            Some(state) if !status::restarts(pod, true, state.exit_code) => return Wanted::End,
            _ => return Wanted::Start(vec![name.to_owned()]),
        }
    }
    let (mut start, mut runs) = (Vec::new(), false);
    for container in object::items(&pod["spec"]["containers"]) {
        let name = container["name"].as_str().unwrap_or_default();
        match last(name) {
            Some(state) if state.running => runs = true,
            Some(state) if !status::restarts(pod, false, state.exit_code) => {}
            _ => start.push(name.to_owned()),
        }
    }
    match (start.is_empty(), runs) {
        (false, _) => Wanted::Start(start),
        (true, true) => Wanted::Nothing,
        (true, false) => Wanted::End,
    }
}
