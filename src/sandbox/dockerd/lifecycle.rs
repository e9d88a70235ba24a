//! Starting, stopping, killing, pausing containers.

use std::time::Duration;

use serde_json::json;

use super::answer::{Answer, Refusal, empty, json_of};
use super::containers::{known, not_running};
use super::events::event;
use super::route::Asked;
use crate::sandbox::Shared;
use crate::sandbox::host::{self, NodeState};

pub(super) async fn act(asked: Asked, name: &str, action: &str) -> Result<Answer, Refusal> {
    let node = known(&asked, name).map_err(|Refusal(code, why)| match action {
        "kill" => Refusal(code, format!("Cannot kill container: {name}: {why}")),
        _ => Refusal(code, why),
    })?;
    let (state, id) = asked
        .shared
        .with(|world| world.hosts.node(&node).map(|node| (node.state, node.id.clone())))
        .unwrap_or((NodeState::Exited, String::new()));
    let grace = Duration::from_secs(asked.value("t").parse().unwrap_or(10));
    match (action, state) {
        ("start", NodeState::Paused) => {
            return Err(Refusal(409, "cannot start a paused container, try unpause instead".to_owned()));
        }
        ("start", NodeState::Running) | ("stop", NodeState::Exited) => return Ok(empty(304)),
        ("start", NodeState::Exited) => start(&asked.shared, &node),
        ("stop", _) => stop(&asked.shared, &node, grace).await,
        ("restart", _) => {
            if state != NodeState::Exited {
                stop(&asked.shared, &node, grace).await;
            }
            start(&asked.shared, &node);
            asked.shared.with(|world| event(world, &node, "restart", Vec::new()));
        }
        ("kill", _) => {
            let signal = asked.value("signal");
            let Some(signal) = host::signal_named(if signal.is_empty() { "KILL" } else { signal }) else {
                return Err(Refusal(400, format!("Invalid signal: {signal}")));
            };
            if state == NodeState::Exited {
                return Err(Refusal(409, format!("Cannot kill container: {name}: {}", not_running(&id))));
            }
            asked.shared.with(|world| {
                event(world, &node, "kill", vec![("signal", signal.to_string())]);
                host::kill(world, &node, signal);
            });
        }
        ("pause", NodeState::Exited) => return Err(Refusal(409, not_running(&id))),
        ("pause", NodeState::Paused) => return Err(Refusal(409, format!("Container {id} is already paused"))),
        ("pause", NodeState::Running) => asked.shared.with(|world| {
            host::pause(world, &node);
            event(world, &node, "pause", Vec::new());
        }),
        ("unpause", NodeState::Paused) => asked.shared.with(|world| {
            host::unpause(world, &node);
            event(world, &node, "unpause", Vec::new());
        }),
        _ => return Err(Refusal(500, format!("Container {id} is not paused"))),
    }
    Ok(empty(204))
}

fn start(shared: &Shared, node: &str) {
    shared.with(|world| {
        host::start(world, node);
        event(world, node, "start", Vec::new());
    });
}

/// Stops a node and waits for its end.
async fn stop(shared: &Shared, node: &str, grace: Duration) {
    let mut activity = shared.with(|world| {
        let activity = world.hosts.activity();
        let signal = world.hosts.node(node).map_or(host::SIGTERM, host::Node::stop_signal);
        event(world, node, "kill", vec![("signal", signal.to_string())]);
        // Docker thaws what it stops.
        host::unpause(world, node);
        host::stop(world, node, grace);
        activity
    });
    while !exited(shared, node) && activity.changed().await.is_ok() {}
    shared.with(|world| {
        event(world, node, "stop", Vec::new());
    });
}

fn exited(shared: &Shared, node: &str) -> bool {
    shared.with(|world| world.hosts.node(node).is_none_or(|node| node.state == NodeState::Exited))
}

pub(super) async fn wait(asked: Asked, name: &str) -> Result<Answer, Refusal> {
    let node = known(&asked, name)?;
    let mut activity = asked.shared.with(|world| world.hosts.activity());
    if asked.value("condition") == "next-exit" {
        while exited(&asked.shared, &node) && activity.changed().await.is_ok() {}
    }
    while !exited(&asked.shared, &node) && activity.changed().await.is_ok() {}
    let code = asked.shared.with(|world| world.hosts.node(&node).map_or(0, |node| node.exit_code));
    Ok(json_of(200, &json!({"Error": null, "StatusCode": code})))
}
