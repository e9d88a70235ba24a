//! The nodes' containers: lists, inspection, processes, logs.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, frame, json_of, stream};
use super::events::event;
use super::made;
use super::networks::endpoint;
use super::route::Asked;
use crate::sandbox::World;
use crate::sandbox::host::{self, Node, NodeState, Role};

/// The states that a container may have (`container.IsValidStateString`), and what a check of its health may say
/// (`container.IsValidHealthString`).
const STATES: [&str; 7] = ["paused", "restarting", "removing", "running", "dead", "created", "exited"];
const HEALTHS: [&str; 4] = ["none", "starting", "healthy", "unhealthy"];

fn not_a_number(text: &str) -> String {
    format!("strconv.Atoi: parsing {text:?}: invalid syntax")
}

/// The name of the container that a name, an id or the beginning of one means.
pub(super) fn known(asked: &Asked, name: &str) -> Result<String, Refusal> {
    asked.shared.with(|world| find(world, name)).ok_or_else(|| Refusal::no_container(name))
}

pub(super) fn find(world: &World, name: &str) -> Option<String> {
    let plain = name.trim_start_matches('/');
    let nodes = world.hosts.nodes();
    let exact = nodes.iter().find(|node| node.spec.name == plain || node.id == plain);
    let found = exact.or_else(|| {
        let mut begins = nodes.iter().filter(|node| !plain.is_empty() && node.id.starts_with(plain));
        begins.next().filter(|_| begins.next().is_none())
    });
    found.map(|node| node.spec.name.clone())
}

pub(super) fn not_running(id: &str) -> String {
    format!("Container {id} is not running")
}

/// What the machine adds to a node's process numbers.
pub(super) fn offset(world: &World, node: &str) -> u32 {
    let at = world.hosts.nodes().iter().position(|known| known.spec.name == node).unwrap_or(0);
    17_000 + 40_000 * u32::try_from(at).unwrap_or(0)
}

pub(super) fn state_name(state: NodeState) -> &'static str {
    match state {
        NodeState::Running => "running",
        NodeState::Paused => "paused",
        NodeState::Exited => "exited",
    }
}

fn status(node: &Node, now: Timestamp) -> String {
    let since = |then: Timestamp| host::human(now.duration_since(then).as_secs());
    match node.state {
        NodeState::Running => format!("Up {}", since(node.started_at)),
        NodeState::Paused => format!("Up {} (Paused)", since(node.started_at)),
        NodeState::Exited => format!("Exited ({}) {} ago", node.exit_code, since(node.finished_at.unwrap_or(now))),
    }
}

pub(super) fn labels(node: &Node) -> Value {
    let role = if node.spec.role == Role::ControlPlane { "control-plane" } else { "worker" };
    json!({"io.x-k8s.kind.cluster": "k8splayground", "io.x-k8s.kind.role": role})
}

/// The published ports: the container's, and the machine's.
pub(super) fn ports(node: &Node) -> &'static [(u16, u16)] {
    if node.spec.role == Role::ControlPlane { &[(2379, 2379), (6443, 6443)] } else { &[] }
}

fn summary(node: &Node, now: Timestamp) -> Value {
    let open = node.state != NodeState::Exited && node.connected;
    let ports: Vec<Value> = ports(node)
        .iter()
        .filter(|_| open)
        .map(
            |(private, public)| json!({"IP": "127.0.0.1", "PrivatePort": private, "PublicPort": public, "Type": "tcp"}),
        )
        .collect();
    let network = made::network(node.spec.profile);
    let image = made::image(node.spec.profile);
    let command = made::command(node.spec.profile);
    let networks = if node.connected { json!({network: endpoint(node, false)}) } else { json!({}) };
    json!({
        "Id": node.id, "Names": [format!("/{}", node.spec.name)], "Image": image.name, "ImageID": image.id,
        "Command": command.join(" "), "Created": node.created.as_second(), "Ports": ports, "Labels": labels(node),
        "State": state_name(node.state), "Status": status(node, now), "HostConfig": {"NetworkMode": network},
        "NetworkSettings": {"Networks": networks},
        "Mounts": [{
            "Type": "volume", "Name": volume(node), "Source": "", "Destination": "/var", "Driver": "local", "Mode": "", "RW": true,
            "Propagation": "",
        }],
    })
}

/// The volume at `/var`: named by chance, as anonymous ones are.
pub(super) fn volume(node: &Node) -> String {
    node.id.chars().rev().collect()
}

/// What `filters` asks for: name and values, as a map or a list.
pub(super) fn filters(asked: &Asked) -> Result<Vec<(String, Vec<String>)>, Refusal> {
    let text = asked.value("filters");
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let parsed: Value = serde_json::from_str(text).map_err(|error| Refusal(400, error.to_string()))?;
    let all = parsed.as_object().ok_or_else(|| Refusal(400, "invalid filter".to_owned()))?;
    let values = |value: &Value| match value {
        Value::Array(list) => list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
        Value::Object(map) => map.iter().filter(|(_, on)| **on == json!(true)).map(|(name, _)| name.clone()).collect(),
        _ => Vec::new(),
    };
    Ok(all.iter().map(|(name, value)| (name.clone(), values(value))).collect())
}

fn fits(node: &Node, name: &str, values: &[String]) -> Result<bool, Refusal> {
    let any = |test: &dyn Fn(&str) -> bool| values.is_empty() || values.iter().any(|value| test(value));
    let labels = labels(node);
    Ok(match name {
        "name" => any(&|value| {
            let value = value.trim_start_matches('/');
            regex::Regex::new(value).map_or(node.spec.name.contains(value), |regex| {
                regex.is_match(&node.spec.name) || regex.is_match(&format!("/{}", node.spec.name))
            })
        }),
        "id" => any(&|value| node.id.starts_with(value)),
        "status" => match values.iter().find(|value| !STATES.contains(&value.as_str())) {
            Some(value) => return Err(Refusal(400, format!("Invalid filter 'status={value}'"))),
            None => any(&|value| value == state_name(node.state)),
        },
        "label" => values.iter().all(|wanted| match wanted.split_once('=') {
            Some((name, value)) => labels[name] == json!(value),
            None => labels.get(wanted.as_str()).is_some(),
        }),
        "network" => any(&|value| value == made::network(node.spec.profile) && node.connected),
        "ancestor" => {
            let image = made::image(node.spec.profile);
            any(&|value| value == image.name || image.id.contains(value))
        }
        "exited" => match values.iter().find(|value| value.parse::<i64>().is_err()) {
            Some(value) => return Err(Refusal(400, not_a_number(value))),
            None => any(&|value| node.state == NodeState::Exited && node.exit_code.to_string() == value),
        },
        // No node has a check of its health.
        "health" => match values.iter().find(|value| !HEALTHS.contains(&value.as_str())) {
            Some(value) => return Err(Refusal(400, format!("Unrecognised filter value for health: {value}"))),
            None => any(&|value| value == "none"),
        },
        "volume" => any(&|value| value == "/var" || value == volume(node)),
        "publish" | "expose" | "isolation" | "is-task" => {
            return Err(Refusal(501, format!("the filter '{name}' is not modelled in kpnb's sandbox")));
        }
        other => return Err(Refusal(400, format!("Invalid filter '{other}'"))),
    })
}

pub(super) fn list(asked: &Asked) -> Result<Answer, Refusal> {
    let mut filters = filters(asked)?;
    let by_state = filters.iter().any(|(name, _)| matches!(name.as_str(), "status" | "exited"));
    let limit = match asked.value("limit") {
        "" => 0,
        text => text.parse::<i64>().map_err(|_| Refusal(400, not_a_number(text)))?,
    };
    let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let neighbours: Vec<_> = filters.extract_if(.., |(name, _)| matches!(name.as_str(), "before" | "since")).collect();
    let all = asked.flag("all") || by_state || limit < usize::MAX || !neighbours.is_empty();
    let found = asked.shared.with(|world| {
        let mut found = Vec::new();
        let (mut after, mut before) = (0, world.hosts.nodes().len());
        for (name, values) in &neighbours {
            for value in values {
                let at = find(world, value)
                    .and_then(|name| world.hosts.nodes().iter().position(|node| node.spec.name == name));
                let at = at.ok_or_else(|| Refusal(500, format!("no such container {value}")))?;
                if name == "since" { after = after.max(at + 1) } else { before = before.min(at) }
            }
        }
        // The newest first.
        for node in world.hosts.nodes().get(after..before).unwrap_or_default().iter().rev() {
            let mut wanted = all || node.state != NodeState::Exited;
            for (name, values) in &filters {
                wanted &= fits(node, name, values)?;
            }
            if wanted && found.len() < limit {
                found.push(summary(node, world.now()));
            }
        }
        Ok::<_, Refusal>(found)
    })?;
    Ok(json_of(200, &Value::Array(found)))
}

pub(super) fn top(asked: &Asked, name: &str) -> Result<Answer, Refusal> {
    let node = known(asked, name)?;
    let args = match asked.value("ps_args") {
        "" => "-ef",
        args => args,
    };
    let args: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
    asked.shared.with(|world| {
        let found = world.hosts.node(&node).ok_or_else(|| Refusal::no_container(name))?;
        if found.state == NodeState::Exited {
            return Err(Refusal(409, not_running(&found.id)));
        }
        let (titles, rows) =
            host::ps::rows(world, &node, &args, offset(world, &node)).map_err(|why| Refusal(500, why))?;
        if !titles.iter().any(|title| title == "PID") {
            return Err(Refusal(500, "Couldn't find PID field in ps output".to_owned()));
        }
        event(world, &node, "top", Vec::new());
        Ok(json_of(200, &json!({"Processes": rows, "Titles": titles})))
    })
}

pub(super) fn logs(asked: &Asked, name: &str) -> Result<Answer, Refusal> {
    let node = known(asked, name)?;
    let (out, err) = (asked.flag("stdout"), asked.flag("stderr"));
    if !out && !err {
        return Err(Refusal(400, "Bad parameters: you must choose at least one stream".to_owned()));
    }
    let second =
        |name: &str| asked.value(name).split('.').next().and_then(|text| text.parse::<i64>().ok()).filter(|at| *at > 0);
    let (since, until, times, follow) =
        (second("since"), second("until"), asked.flag("timestamps"), asked.flag("follow"));
    let tail = asked.value("tail").parse::<usize>().ok();
    let shared = asked.shared.clone();
    let (activity, from) = shared.with(|world| {
        let length = world.hosts.node(&node).map_or(0, |node| node.log.len());
        (world.hosts.activity(), tail.map_or(0, |tail| length.saturating_sub(tail)))
    });
    let parts = futures::stream::unfold((shared, activity, from), move |(shared, mut activity, mut at)| {
        let node = node.clone();
        async move {
            loop {
                activity.mark_unchanged();
                let (new, ended, tty) = shared.with(|world| {
                    let found = world.hosts.node(&node);
                    let tty = found.is_some_and(made::tty);
                    let new = found.map(|found| found.log[at.min(found.log.len())..].to_vec()).unwrap_or_default();
                    (new, found.is_none_or(|found| found.state == NodeState::Exited), tty)
                });
                at += new.len();
                let mut bytes = Vec::new();
                for (time, stream, text) in new {
                    let second = time.as_second();
                    let wanted = if stream == 1 { out } else { err };
                    if wanted && since.is_none_or(|since| second >= since) && until.is_none_or(|until| second <= until)
                    {
                        let stamp = if times { format!("{time} ").into_bytes() } else { Vec::new() };
                        let text = [stamp, text].concat();
                        // A terminal's output comes as it is.
                        bytes.extend(if tty { text } else { frame(stream, &text) });
                    }
                }
                if !bytes.is_empty() {
                    return Some((Bytes::from(bytes), (shared, activity, at)));
                }
                if !follow || ended || activity.changed().await.is_err() {
                    return None;
                }
            }
        }
    });
    Ok(stream("application/octet-stream", parts))
}
