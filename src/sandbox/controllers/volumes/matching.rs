//! The volume that suits a claim best. pkg/controller/volume/persistentvolume/util.go, `FindMatchingVolume`, and index.go.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::{class, is_for};
use crate::sandbox::World;
use crate::sandbox::object;
use crate::sandbox::scheduler::fits;
use crate::sandbox::scheduler::resources::Resources;

/// The volume for a claim: of those with the fewest access modes beyond what it asks for, the one that it was promised, or
/// else the smallest. A claim that waits for its first Pod gets one only for the Pod's node.
pub fn best(
    world: &World,
    claim: &Value,
    node: Option<&Value>,
    delayed: bool,
    taken: &BTreeSet<String>,
) -> Option<Arc<Value>> {
    let mut suited: Vec<(BTreeSet<&str>, i64, &Arc<Value>)> = world
        .informers
        .list("persistentvolumes")
        .filter(|volume| !taken.contains(object::name(volume)))
        .filter(|volume| modes(&volume["spec"]).is_superset(&modes(&claim["spec"])))
        .map(|volume| (modes(&volume["spec"]), capacity(volume), volume))
        .collect();
    suited.sort_by(|a, b| (a.0.len(), &a.0, a.1).cmp(&(b.0.len(), &b.0, b.1)));
    let mut of_modes = suited.chunk_by(|a, b| a.0 == b.0);
    of_modes.find_map(|volumes| among(volumes.iter().map(|(.., volume)| *volume), claim, node, delayed))
}

/// Of volumes in the order of their sizes.
fn among<'a>(
    volumes: impl Iterator<Item = &'a Arc<Value>>,
    claim: &Value,
    node: Option<&Value>,
    delayed: bool,
) -> Option<Arc<Value>> {
    let mut smallest = None;
    for volume in volumes {
        let spec = &volume["spec"];
        let unfit = capacity(volume) < requested(claim)
            || volume_mode(spec) != volume_mode(&claim["spec"])
            || object::deleting(volume);
        if unfit || (spec["claimRef"].is_object() && !is_for(volume, claim)) {
            continue;
        }
        let near = node.is_none_or(|node| reaches(volume, node));
        if is_for(volume, claim) {
            return near.then(|| volume.clone());
        }
        let selector = &claim["spec"]["selector"];
        let selected = selector.is_null() || object::selects(selector, &volume["metadata"]["labels"]);
        let free = volume["status"]["phase"] == "Available" && class(volume) == class(claim);
        if smallest.is_none() && near && selected && free && !(node.is_none() && delayed) {
            smallest = Some(volume.clone());
        }
    }
    smallest
}

/// Why a claim cannot have the volume that it asks for by name; none: it can.
pub(super) fn refusal(volume: &Value, claim: &Value) -> Option<&'static str> {
    let spec = &volume["spec"];
    if capacity(volume) < requested(claim) {
        Some("requested PV is too small")
    } else if class(volume) != class(claim) {
        Some("storageClassName does not match")
    } else if volume_mode(spec) != volume_mode(&claim["spec"]) {
        Some("incompatible volumeMode")
    } else if !modes(spec).is_superset(&modes(&claim["spec"])) {
        Some("incompatible accessMode")
    } else {
        None
    }
}

/// Whether a volume can be used on a node: its `nodeAffinity`.
pub fn reaches(volume: &Value, node: &Value) -> bool {
    let required = &volume["spec"]["nodeAffinity"]["required"];
    required.is_null() || fits::node_terms(&required["nodeSelectorTerms"], node)
}

fn modes(spec: &Value) -> BTreeSet<&str> {
    object::items(&spec["accessModes"]).iter().filter_map(Value::as_str).collect()
}

/// Whether files or a block device.
pub(super) fn volume_mode(spec: &Value) -> &str {
    spec["volumeMode"].as_str().unwrap_or("Filesystem")
}

/// In bytes.
fn capacity(volume: &Value) -> i64 {
    Resources::parse(&volume["spec"]["capacity"]).get("storage")
}

fn requested(claim: &Value) -> i64 {
    Resources::parse(&claim["spec"]["resources"]["requests"]).get("storage")
}
