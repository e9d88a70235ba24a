//! The nodes' volumes: one each, at `/var`.

use serde_json::{Value, json};

use super::answer::{Answer, Refusal, json_of};
use super::containers::volume;
use super::route::Asked;
use crate::sandbox::host::Node;

fn described(node: &Node) -> Value {
    let name = volume(node);
    // Volumes are dated by the second.
    let created = jiff::Timestamp::from_second(node.created.as_second()).unwrap_or_default();
    json!({
        "CreatedAt": created.to_string(), "Driver": "local", "Labels": null,
        "Mountpoint": format!("/var/lib/docker/volumes/{name}/_data"), "Name": name, "Options": null, "Scope": "local",
    })
}

pub(super) fn list(asked: &Asked) -> Answer {
    let volumes: Vec<Value> = asked.shared.with(|world| world.hosts.nodes().iter().map(described).collect());
    json_of(200, &json!({"Volumes": volumes, "Warnings": null}))
}

pub(super) fn inspect(asked: &Asked, name: &str) -> Result<Answer, Refusal> {
    let found = asked.shared.with(|world| world.hosts.nodes().iter().find(|node| volume(node) == name).map(described));
    found.map(|volume| json_of(200, &volume)).ok_or_else(|| Refusal(404, format!("get {name}: no such volume")))
}
