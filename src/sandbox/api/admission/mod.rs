//! What is added to an object or refused before it is written: the plugins that a v1.20.2 API server has by default.
//! NamespaceLifecycle, ServiceAccount, DefaultTolerationSeconds, Priority, TaintNodesByCondition and
//! DefaultStorageClass, StorageObjectInUseProtection, LimitRanger, RuntimeClass, PersistentVolumeClaimResize,
//! CertificateSubjectRestriction, the webhooks, ResourceQuota.

mod limits;
mod namespace;
mod pod;
mod quota;
mod resize;
mod service_account;
mod storage_class;
mod webhook;

pub use quota::measure;
pub use service_account::awaits_account;

use serde_json::{Value, json};

pub(super) use namespace::{IMMORTAL, namespace_exists, namespace_takes};
pub(super) use webhook::{Hooks, Write};

use super::{Resource, Status};
use crate::sandbox::World;
use crate::sandbox::pki::SigningRequest;

/// What is added to a new object.
pub(super) fn mutate(
    world: &World,
    resource: &Resource,
    namespace: Option<&str>,
    object: &mut Value,
) -> Result<(), Status> {
    match (resource.group, resource.plural) {
        ("", "pods") => {
            limits::fill(world, namespace.unwrap_or_default(), object)?;
            service_account::give(world, resource, namespace.unwrap_or_default(), object)?;
            pod::tolerate(object);
            pod::rank(world, resource, object)?;
            pod::class_exists(world, resource, object)?;
        }
        // TaintNodesByCondition: a node takes Pods once its conditions were seen.
        ("", "nodes") => taint(object),
        ("", "persistentvolumeclaims") => {
            storage_class::give(world, resource, object)?;
            protect(object, "kubernetes.io/pvc-protection");
        }
        ("", "persistentvolumes") => protect(object, "kubernetes.io/pv-protection"),
        _ => {}
    }
    Ok(())
}

/// Refuses a new or changed object that its namespace's limits do not allow, and counts it in its quotas, also where it
/// is not stored for another reason afterwards.
pub(super) fn validate(
    world: &mut World,
    resource: &Resource,
    namespace: Option<&str>,
    object: &Value,
    before: Option<&Value>,
    dry_run: bool,
) -> Result<(), Status> {
    if let (Some(before), "persistentvolumeclaims") = (before, resource.plural) {
        resize::check(world, resource, object, before)?;
    }
    if resource.plural == "certificatesigningrequests" && before.is_none() {
        not_for_masters(resource, object)?;
    }
    let Some(namespace) = namespace.filter(|_| resource.namespaced) else { return Ok(()) };
    if before.is_none() {
        limits::check(world, resource, namespace, object)?;
    } else if !CHARGED_ANEW.contains(&resource.plural) || !resource.group.is_empty() {
        return Ok(());
    }
    let charged = quota::charge(world, resource, namespace, object, before)?;
    for quota in charged.into_iter().filter(|_| !dry_run) {
        world.api("kube-apiserver").update_status("resourcequotas", Some(namespace), quota)?;
    }
    Ok(())
}

/// CertificateSubjectRestriction: nobody asks to be the cluster's master. v1.20
/// `plugin/pkg/admission/certificates/subjectrestriction`.
fn not_for_masters(resource: &Resource, object: &Value) -> Result<(), Status> {
    const SIGNER: &str = "kubernetes.io/kube-apiserver-client";
    let asked = SigningRequest::of(object).filter(|_| object["spec"]["signerName"] == SIGNER);
    let groups = asked.map(|asked| asked.organizations()).unwrap_or_default();
    if !groups.iter().any(|group| group == "system:masters") {
        return Ok(());
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let why = format!("use of {SIGNER} signer with system:masters group is not allowed");
    Err(Status::forbidden(resource, name, &why))
}

/// What counts in quotas by amounts that a change may raise. `pkg/quota/v1/evaluator/core`, `Handles`.
const CHARGED_ANEW: [&str; 2] = ["persistentvolumeclaims", "services"];

/// What is added to a changed object.
pub(super) fn mutate_update(resource: &Resource, object: &mut Value, before: &Value) {
    if resource.plural == "pods" && resource.group.is_empty() {
        pod::keep(object, before);
        pod::tolerate(object);
    }
}

fn taint(node: &mut Value) {
    const NOT_READY: &str = "node.kubernetes.io/not-ready";
    let mut taints = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
    if !taints.iter().any(|taint| taint["key"] == NOT_READY && taint["effect"] == "NoSchedule") {
        taints.push(json!({"key": NOT_READY, "effect": "NoSchedule"}));
        node["spec"]["taints"] = json!(taints);
    }
}

fn protect(object: &mut Value, finalizer: &str) {
    let mut finalizers = object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    if !finalizers.iter().any(|old| old == finalizer) {
        finalizers.push(json!(finalizer));
        object["metadata"]["finalizers"] = json!(finalizers);
    }
}
