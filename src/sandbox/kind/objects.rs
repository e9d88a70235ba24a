//! The objects that kubeadm and kind make.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::CLUSTER;
use super::hosts::KUBELET;
use crate::sandbox::World;
use crate::sandbox::api::Resource;
use crate::sandbox::host::NodeSpec;
use crate::sandbox::object;

const KUBEADM: &str = include_str!("manifests/kubeadm.yaml");
const NETWORK: &str = include_str!("manifests/default-cni.yaml");
const STORAGE: &str = include_str!("manifests/default-storage.yaml");
/// How long kind's token is good: `DefaultTokenDuration` of kubeadm.
const TOKEN: Duration = Duration::from_secs(24 * 3600);
/// What `kubectl apply` keeps.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What `kubeadm init` makes once the API server answers.
pub(super) fn kubeadm(world: &mut World, spec: &NodeSpec) {
    let expiration = object::time(world.now() + TOKEN);
    let hash: String = Sha256::digest(KUBELET).iter().map(|byte| format!("{byte:02x}")).collect();
    let kubelet: String = KUBELET.lines().map(|line| format!("    {line}\n")).collect();
    let ca = STANDARD.encode(&world.controllers.ca);
    let text = KUBEADM
        .replace("@KUBELET@\n", &kubelet)
        .replace("@NODE@", &spec.name)
        .replace("@ADDRESS@", &spec.ip)
        .replace("@CLUSTER@", CLUSTER)
        .replace("@CA64@", &ca)
        .replace("@HASH@", &format!("sha256:{hash}"))
        .replace("@EXPIRATION@", expiration.as_str().unwrap_or_default());
    make(world, "kubeadm", &text, false);
}

/// What kind makes of its network.
pub(super) fn network(world: &mut World) {
    make(world, "kubectl-create", NETWORK, false);
}

/// What kind makes for volumes.
pub(super) fn storage(world: &mut World) {
    make(world, "kubectl-client-side-apply", STORAGE, true);
}

/// Makes the objects of a file, one after the other.
fn make(world: &mut World, manager: &'static str, text: &str, applied: bool) {
    for part in text.split("\n---\n") {
        // They are valid, as a test of this profile shows by looking for them.
        let Ok(mut made) = serde_yaml::from_str::<Value>(part) else { continue };
        let kind = |field: &str| made[field].as_str().unwrap_or_default();
        let Some(resource) = Resource::of_kind(kind("apiVersion"), kind("kind")) else { continue };
        if applied {
            let mut known = made.clone();
            if !known["metadata"]["annotations"].is_object() {
                known["metadata"]["annotations"] = json!({});
            }
            known.sort_all_objects();
            if !made["metadata"]["annotations"].is_object() {
                made["metadata"]["annotations"] = json!({});
            }
            made["metadata"]["annotations"][APPLIED] = json!(format!("{known}\n"));
        }
        let mut namespace = made["metadata"]["namespace"].as_str().map(str::to_owned);
        if !resource.namespaced {
            namespace = None;
            made["metadata"].as_object_mut().map(|metadata| metadata.shift_remove("namespace"));
        }
        if let Some(texts) = made.as_object_mut().and_then(|fields| fields.shift_remove("stringData")) {
            let pairs = texts.as_object().into_iter().flatten();
            let encoded =
                pairs.map(|(name, text)| (name.clone(), json!(STANDARD.encode(text.as_str().unwrap_or_default()))));
            made["data"] = Value::Object(encoded.collect());
        }
        // Someone who was quicker has made it: it is there.
        let _ = world.api(manager).create(&resource.qualified(), namespace.as_deref(), made);
    }
    world.tell();
}
