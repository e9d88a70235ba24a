//! Static Pods: those of the files in the host's `/etc/kubernetes/manifests`, and their mirrors in the API.
//! pkg/kubelet/config/{file,common}.go and pkg/kubelet/pod/mirror_client.go.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Resource, defaults};
use crate::sandbox::informers::Name;
use crate::sandbox::object;

use super::{asks, connected, worker};

/// Where a Pod is from: `file`, `api`.
const SOURCE: &str = "kubernetes.io/config.source";
/// Names the static Pod that a mirror is of, by its UID.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// The files that a kubelet has read, by name, each with what it says and the Pod that it is.
pub(super) type Statics = BTreeMap<String, (Bytes, Option<Arc<Value>>)>;

/// Whether a Pod is a static one, as the kubelet has it.
pub(super) fn is_static(pod: &Value) -> bool {
    pod["metadata"]["annotations"][SOURCE] == "file" && !is_mirror(pod)
}

/// Whether a Pod of the API only shows a static one.
pub(super) fn is_mirror(pod: &Value) -> bool {
    !pod["metadata"]["annotations"][MIRROR].is_null()
}

/// Whether a Pod of the API is that which a worker is for: the same, or its mirror.
pub(super) fn shows(known: &Value, uid: &str) -> bool {
    object::uid(known) == uid || known["metadata"]["annotations"][MIRROR] == uid
}

/// The static Pods of a node.
pub(super) fn pods(world: &World, node: &str) -> Vec<Arc<Value>> {
    let files = world.kubelets.running.get(node).into_iter().flat_map(|kubelet| kubelet.statics.values());
    files.filter_map(|(_, pod)| pod.clone()).collect()
}

/// Reads the files again. What is new begins; what is gone ends, as does what was changed, which is another Pod then.
pub(super) fn look(world: &mut World, node: &str) {
    let Some(host) = asks(world) else { return };
    let files = (host.manifests)(world, node);
    let Some(kubelet) = world.kubelets.running.get(node) else { return };
    let same = kubelet.statics.len() == files.len()
        && files.iter().all(|(name, content)| kubelet.statics.get(name).is_some_and(|(known, _)| known == content));
    if same {
        return;
    }
    let before = kubelet.statics.clone();
    let mut now = Statics::new();
    for (name, content) in files {
        let pod = match before.get(&name) {
            Some((known, pod)) if *known == content => pod.clone(),
            _ => parsed(world, node, &name, &content),
        };
        now.insert(name, (content, pod));
    }
    let of = |statics: &Statics| -> BTreeMap<String, Arc<Value>> {
        let pods = statics.values().filter_map(|(_, pod)| pod.clone());
        pods.map(|pod| (object::uid(&pod).to_owned(), pod)).collect()
    };
    let (old, new) = (of(&before), of(&now));
    if let Some(kubelet) = world.kubelets.running.get_mut(node) {
        kubelet.statics = now;
    }
    for (_, pod) in old.iter().filter(|(uid, _)| !new.contains_key(*uid)) {
        worker::gone(world, node, pod);
    }
    for (_, pod) in new.iter().filter(|(uid, _)| !old.contains_key(*uid)) {
        worker::told(world, node, pod);
    }
    if connected(world, node) {
        remove_orphans(world, node);
    }
}

/// The Pod that a file is; none where it is none, which a kubelet only logs.
fn parsed(world: &World, node: &str, name: &str, content: &[u8]) -> Option<Arc<Value>> {
    let mut pod: Value = serde_yaml::from_slice(content).ok()?;
    if pod["kind"] != "Pod" || object::name(&pod).is_empty() {
        return None;
    }
    defaults::default(Resource::named("pods").ok()?, &mut pod);
    let mut hash = Sha256::new();
    for part in [pod.to_string().as_bytes(), node.as_bytes(), name.as_bytes()] {
        hash.update(part);
    }
    // As long as the MD5 that it is in life.
    let mut uid = String::new();
    for byte in &hash.finalize()[..16] {
        let _ = write!(uid, "{byte:02x}");
    }
    let namespace = if object::namespace(&pod).is_empty() { "default" } else { object::namespace(&pod) }.to_owned();
    let metadata = &mut pod["metadata"];
    metadata["name"] = json!(format!("{}-{node}", metadata["name"].as_str().unwrap_or_default()).to_lowercase());
    metadata["namespace"] = json!(namespace);
    metadata["uid"] = json!(uid);
    metadata.as_object_mut()?.shift_remove("creationTimestamp");
    if !metadata["annotations"].is_object() {
        metadata["annotations"] = json!({});
    }
    metadata["annotations"]["kubernetes.io/config.hash"] = json!(uid);
    metadata["annotations"]["kubernetes.io/config.seen"] = json!(world.now().to_string());
    metadata["annotations"][SOURCE] = json!("file");
    pod["spec"]["nodeName"] = json!(node);
    let mut tolerations = object::items(&pod["spec"]["tolerations"]).to_vec();
    tolerations.push(json!({"operator": "Exists", "effect": "NoExecute"}));
    pod["spec"]["tolerations"] = json!(tolerations);
    // What its mirror is known to be, as a kubelet that starts anew finds it.
    pod["status"] = mirror(world, &pod).map_or_else(|| json!({}), |mirror| mirror["status"].clone());
    Some(Arc::new(pod))
}

/// The mirror that the API has under a static Pod's name.
fn mirror(world: &World, pod: &Value) -> Option<Arc<Value>> {
    let found = world.informers.get("pods", object::namespace(pod), object::name(pod))?;
    shows(&found, object::uid(pod)).then_some(found)
}

/// Makes the mirror of a static Pod where there is none, and makes it anew where it is being deleted or shows another.
pub(super) fn keep_mirror(world: &mut World, node: &str, pod: &Value) {
    if !connected(world, node) {
        return;
    }
    let (namespace, name) = (object::namespace(pod), object::name(pod));
    if let Ok(known) = world.api("kubelet").get("pods", Some(namespace), name) {
        if shows(&known, object::uid(pod)) && !object::deleting(&known) {
            return;
        }
        if !is_mirror(&known) || !remove(world, &known) {
            return;
        }
    }
    let Ok(owner) = world.api("kubelet").get("nodes", None, node) else { return };
    if object::deleting(&owner) {
        return;
    }
    let mut mirror = pod.clone();
    mirror["metadata"]["annotations"][MIRROR] = pod["metadata"]["uid"].clone();
    let owner = json!({
        "apiVersion": "v1", "kind": "Node", "name": node, "uid": object::uid(&owner), "controller": true,
    });
    mirror["metadata"]["ownerReferences"] = json!([owner]);
    for (part, field) in [("", "status"), ("metadata", "uid")] {
        let fields = if part.is_empty() { &mut mirror } else { &mut mirror[part] };
        fields.as_object_mut().map(|fields| fields.shift_remove(field));
    }
    // Refused where its namespace is not: the next sync tries again.
    let _ = world.api("kubelet").create("pods", Some(namespace), mirror);
}

/// Deletes a mirror at once; whether it is gone.
fn remove(world: &mut World, mirror: &Value) -> bool {
    let options = DeleteOptions {
        grace_period_seconds: Some(0),
        uid: Some(object::uid(mirror).to_owned()),
        ..DeleteOptions::default()
    };
    world.api("kubelet").delete("pods", Some(object::namespace(mirror)), object::name(mirror), &options).is_ok()
}

/// Deletes the mirrors of static Pods that are gone.
pub(super) fn remove_orphans(world: &mut World, node: &str) {
    let own: Vec<Name> = pods(world, node).iter().map(|pod| Name::of(pod)).collect();
    let mirrors = world.informers.pods_on(node).into_iter().filter(|pod| is_mirror(pod));
    let orphans: Vec<_> = mirrors.filter(|mirror| !own.contains(&Name::of(mirror))).collect();
    for orphan in orphans {
        remove(world, &orphan);
    }
}

/// The API told of a mirror, or that it is gone: its static Pod is synced.
pub(super) fn mirror_changed(world: &mut World, node: &str, mirror: &Value) {
    let uid = mirror["metadata"]["annotations"][MIRROR].as_str().unwrap_or_default().to_owned();
    let known = pods(world, node).into_iter().any(|pod| object::uid(&pod) == uid);
    let there = world.informers.get("pods", object::namespace(mirror), object::name(mirror));
    let fine = there.is_some_and(|there| shows(&there, &uid) && !object::deleting(&there));
    if known && !fine {
        worker::sync_after(world, node, &uid, std::time::Duration::ZERO);
    }
}
