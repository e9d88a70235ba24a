//! The claims of a Pod: what keeps it from all nodes or from one, and the volumes that wait for it.
//! pkg/scheduler/framework/plugins/volumebinding and pkg/controller/volume/scheduling.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::controllers::volumes::{
    BIND_COMPLETED, SELECTED_NODE, class, matching, reserve, waits_for_consumer,
};
use crate::sandbox::informers::Name;
use crate::sandbox::object;

/// How often it is looked whether the volumes of a Pod are bound: `bindAPIUpdate`'s poll.
pub(super) const LOOKED_AT: Duration = Duration::from_secs(1);
/// And how long: `DefaultBindTimeoutSeconds`.
pub(super) const BIND_TIMEOUT: Duration = Duration::from_secs(600);
/// The provisioner of classes whose volumes are made by hand.
const BY_HAND: &str = "kubernetes.io/no-provisioner";

/// What a Pod's claims need.
#[derive(Debug, Default)]
pub(super) struct Claimed {
    /// The volumes that it has.
    volumes: Vec<Arc<Value>>,
    /// Claims that wait for it.
    waiting: Vec<Arc<Value>>,
}

/// What a volume of the node is found for.
pub(super) type Found = Vec<(Arc<Value>, Option<Arc<Value>>)>;

impl Claimed {
    /// Of a Pod.
    ///
    /// # Errors
    /// What keeps it from all nodes.
    pub(super) fn of(world: &World, pod: &Value) -> Result<Self, String> {
        let mut claimed = Self::default();
        let mut immediate = false;
        for claim in claims(world, pod) {
            let claim = claim?;
            if object::deleting(&claim) {
                return Err(format!("persistentvolumeclaim {:?} is being deleted", object::name(&claim)));
            }
            if bound(&claim) {
                let volume = claim["spec"]["volumeName"].as_str().unwrap_or_default();
                claimed.volumes.extend(world.informers.get("persistentvolumes", "", volume));
            } else if waits_for_consumer(world, &claim) && claim["spec"]["volumeName"].as_str().is_none() {
                claimed.waiting.push(claim);
            } else {
                immediate = true;
            }
        }
        if immediate {
            return Err("pod has unbound immediate PersistentVolumeClaims".to_owned());
        }
        Ok(claimed)
    }

    /// Why a node will not do; none: it will.
    pub(super) fn reasons(&self, world: &World, node: &Value) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.volumes.iter().any(|volume| !matching::reaches(volume, node)) {
            reasons.push("node(s) had volume node affinity conflict".to_owned());
        }
        if self.for_node(world, node).is_none() {
            reasons.push("node(s) didn't find available persistent volumes to bind".to_owned());
        }
        reasons
    }

    /// The volumes for the claims that wait, on one node; a claim whose class has a provisioner needs none yet.
    pub(super) fn for_node(&self, world: &World, node: &Value) -> Option<Found> {
        let mut taken = BTreeSet::new();
        let mut found = Vec::new();
        for claim in &self.waiting {
            let volume = matching::best(world, claim, Some(node), true, &taken);
            if let Some(volume) = &volume {
                taken.insert(object::name(volume).to_owned());
            } else {
                let class = world.informers.get("storageclasses", "", class(claim))?;
                if class["provisioner"] == BY_HAND {
                    return None;
                }
            }
            found.push((claim.clone(), volume));
        }
        Some(found)
    }
}

/// Writes what a node was chosen for: its volumes are reserved, and provisioners learn of it.
///
/// # Errors
/// As the API's.
pub(super) fn choose(world: &mut World, found: &Found, node: &str) -> Result<(), Status> {
    const MANAGER: &str = "kube-scheduler";
    for (claim, volume) in found {
        let name = Name::of(claim);
        if let Some(volume) = volume {
            let mut next = Value::clone(&*world.api(MANAGER).get("persistentvolumes", None, object::name(volume))?);
            reserve(&mut next, claim);
            world.api(MANAGER).update("persistentvolumes", None, next)?;
        } else {
            let mut next = Value::clone(&*world.api(MANAGER).get("persistentvolumeclaims", name.ns(), &name.name)?);
            if !next["metadata"]["annotations"].is_object() {
                next["metadata"]["annotations"] = json!({});
            }
            next["metadata"]["annotations"][SELECTED_NODE] = json!(node);
            world.api(MANAGER).update("persistentvolumeclaims", name.ns(), next)?;
        }
    }
    Ok(())
}

/// Whether all claims of a Pod are bound.
pub(super) fn all_bound(world: &World, pod: &Value) -> bool {
    claims(world, pod).all(|claim| claim.is_ok_and(|claim| bound(&claim)))
}

fn bound(claim: &Value) -> bool {
    claim["spec"]["volumeName"].is_string() && claim["metadata"]["annotations"].get(BIND_COMPLETED).is_some()
}

fn claims<'a>(world: &'a World, pod: &'a Value) -> impl Iterator<Item = Result<Arc<Value>, String>> + 'a {
    let volumes = object::items(&pod["spec"]["volumes"]).iter();
    let names = volumes.filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str());
    names.map(|name| {
        let claim = world.informers.get("persistentvolumeclaims", object::namespace(pod), name);
        claim.ok_or_else(|| format!("persistentvolumeclaim {name:?} not found"))
    })
}
