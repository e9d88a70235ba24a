//! One pass for a claim: `syncClaim`.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::bind::bind;
use super::{
    BIND_COMPLETED, BOUND_BY_CONTROLLER, COMPONENT, PROVISIONER, SELECTED_NODE, annotate, annotation, class, is_for,
    matching, set_status, volume_name, waits_for_consumer, warn,
};
use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::controllers::update;
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::record;

/// Binds a claim, or says what keeps it. What fails is tried again at the next resync, not before.
pub(super) fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(claim) = world.informers.get("persistentvolumeclaims", &name.namespace, &name.name) else { return Ok(()) };
    let done = match (annotation(&claim, BIND_COMPLETED), volume_name(&claim)) {
        (Some(_), _) => bound(world, &claim),
        (None, None) => without_volume(world, &claim),
        (None, Some(volume)) => asks_for(world, &claim, volume),
    };
    drop(done);
    Ok(())
}

fn without_volume(world: &mut World, claim: &Arc<Value>) -> Result<(), Status> {
    let delayed = waits_for_consumer(world, claim) && annotation(claim, SELECTED_NODE).is_none();
    if let Some(volume) = matching::best(world, claim, None, delayed, &BTreeSet::new()) {
        return bind(world, &volume, claim);
    }
    if delayed {
        let (reason, message) = consumers(world, claim);
        record(world, COMPONENT, claim, "Normal", reason, &message);
    } else if !class(claim).is_empty() {
        return provision(world, claim);
    } else {
        let message = "no persistent volumes available for this claim and no storage class is set";
        record(world, COMPONENT, claim, "Normal", "FailedBinding", message);
    }
    set_phase(world, claim, "Pending").map(|_| ())
}

/// Which Pods a claim waits for.
fn consumers(world: &World, claim: &Value) -> (&'static str, String) {
    let pods: Vec<&str> = world
        .informers
        .list_in("pods", object::namespace(claim))
        .filter(|pod| pod["spec"]["nodeName"].as_str().is_none_or(str::is_empty))
        .filter(|pod| !super::super::pods::finished(pod) && super::protection::mounts(pod, object::name(claim)))
        .map(|pod| object::name(pod))
        .collect();
    match pods[..] {
        [] => ("WaitForFirstConsumer", "waiting for first consumer to be created before binding".to_owned()),
        [pod] => ("WaitForPodScheduled", format!("waiting for pod {pod} to be scheduled")),
        _ => ("WaitForPodScheduled", format!("waiting for pods {} to be scheduled", pods.join(","))),
    }
}

/// Leaves a claim to the provisioner of its class, which no one here is.
fn provision(world: &mut World, claim: &Arc<Value>) -> Result<(), Status> {
    let named = class(claim);
    let Some(class) = world.informers.get("storageclasses", "", named) else {
        let message = format!("storageclass.storage.k8s.io {named:?} not found");
        warn(world, claim, "ProvisioningFailed", &message);
        return Ok(());
    };
    let provisioner = class["provisioner"].as_str().unwrap_or_default();
    if provisioner.starts_with("kubernetes.io/") {
        let message = format!("no volume plugin matched name: {provisioner}");
        warn(world, claim, "ProvisioningFailed", &message);
        return Ok(());
    }
    update(world, "persistentvolumeclaims", &Name::of(claim), |claim| annotate(claim, PROVISIONER, provisioner))?;
    let message = format!(
        "waiting for a volume to be created, either by external provisioner {provisioner:?} or manually created by system \
         administrator"
    );
    let claim = world.api(super::MANAGER).get("persistentvolumeclaims", Name::of(claim).ns(), object::name(claim))?;
    record(world, COMPONENT, &claim, "Normal", "ExternalProvisioning", &message);
    Ok(())
}

/// A claim of one volume in particular.
fn asks_for(world: &mut World, claim: &Arc<Value>, volume: &str) -> Result<(), Status> {
    let Some(volume) = world.informers.get("persistentvolumes", "", volume) else {
        return set_phase(world, claim, "Pending").map(|_| ());
    };
    if is_for(&volume, claim) {
        return bind(world, &volume, claim);
    }
    if volume["spec"]["claimRef"].is_object() {
        // What a person asked for is waited for.
        let by_person = annotation(claim, BOUND_BY_CONTROLLER).is_none();
        if by_person {
            let message = format!("volume {:?} already bound to a different claim.", object::name(&volume));
            warn(world, claim, "FailedBinding", &message);
            set_phase(world, claim, "Pending")?;
        }
        return Ok(());
    }
    if let Some(why) = matching::refusal(&volume, claim) {
        let message = format!("Cannot bind to requested volume {:?}: {why}", object::name(&volume));
        warn(world, claim, "VolumeMismatch", &message);
        return set_phase(world, claim, "Pending").map(|_| ());
    }
    bind(world, &volume, claim)
}

/// A claim that was bound once: without its volume it is lost for good.
fn bound(world: &mut World, claim: &Arc<Value>) -> Result<(), Status> {
    let Some(name) = volume_name(claim) else {
        let message = "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!";
        return lose(world, claim, "ClaimLost", message);
    };
    let Some(volume) = world.informers.get("persistentvolumes", "", name) else {
        let message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
        return lose(world, claim, "ClaimLost", message);
    };
    let of = &volume["spec"]["claimRef"];
    if of.is_null() || of["uid"] == claim["metadata"]["uid"] {
        return bind(world, &volume, claim);
    }
    lose(world, claim, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly")
}

fn lose(world: &mut World, claim: &Value, reason: &str, message: &str) -> Result<(), Status> {
    if set_phase(world, claim, "Lost")? {
        warn(world, claim, reason, message);
    }
    Ok(())
}

/// Writes a claim's phase, without a volume; tells whether it is a new one.
fn set_phase(world: &mut World, claim: &Value, phase: &str) -> Result<bool, Status> {
    set_status(world, "persistentvolumeclaims", claim, |status| {
        status["phase"] = json!(phase);
        super::drop_field(status, "accessModes");
        super::drop_field(status, "capacity");
    })
}
