//! The ReplicaSets of a Deployment: found, made, deleted.

use std::sync::Arc;

use serde_json::{Value, json};

use super::annotations::{annotate, annotations, revision};
use super::conditions::progress;
use super::{COMPONENT, HASH, counted, replicas};
use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status};
use crate::sandbox::controllers::{MANAGER, rollout};
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::record;

fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.remove(HASH);
    }
    template
}

/// The oldest of the sets that have the Deployment's template.
pub(in crate::sandbox::controllers) fn current(deployment: &Value, sets: &[Arc<Value>]) -> Option<Arc<Value>> {
    let wanted = without_hash(&deployment["spec"]["template"]);
    let mut same: Vec<_> = sets.iter().filter(|set| without_hash(&set["spec"]["template"]) == wanted).collect();
    same.sort_by_key(|set| (set["metadata"]["creationTimestamp"].as_str(), object::name(set)));
    same.first().map(|set| Arc::clone(set))
}

/// The sets with that of the Deployment's template, which is made if there is none; its revision is the highest.
pub(in crate::sandbox::controllers) fn with_new_set(
    world: &mut World,
    deployment: &Arc<Value>,
    mut sets: Vec<Arc<Value>>,
) -> Result<(Vec<Arc<Value>>, Arc<Value>), Status> {
    let known = current(deployment, &sets);
    let of_new = known.as_ref().map(|set| object::uid(set).to_owned());
    let old = sets.iter().filter(|set| Some(object::uid(set)) != of_new.as_deref());
    let highest = old.map(|set| revision(set)).max().unwrap_or(0);
    let number = highest + 1;
    if let Some(known) = known {
        let number = revision(&known).max(number);
        let set = annotate(world, deployment, &known, number)?;
        replace(&mut sets, &set);
        // After an annotation, the next sync tells of it.
        if set == known {
            let message = format!("Found new replica set {:?}", object::name(&set));
            progress(world, deployment, Some(number), "FoundNewReplicaSet", &message)?;
        }
        return Ok((sets, set));
    }
    let template = &deployment["spec"]["template"];
    let collisions = object::int(&deployment["status"]["collisionCount"], 0);
    let salt = u32::try_from(collisions).ok().filter(|count| *count > 0);
    let hash = object::template_hash(template, salt);
    let mut set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", object::name(deployment)), "namespace": object::namespace(deployment),
            "labels": template["metadata"]["labels"], "annotations": annotations(deployment, &Value::Null, number),
            "ownerReferences": [object::owner_reference(deployment, true)],
        },
        "spec": {"selector": deployment["spec"]["selector"], "template": template},
    });
    set["metadata"]["labels"][HASH] = json!(hash);
    set["spec"]["selector"]["matchLabels"][HASH] = json!(hash);
    set["spec"]["template"]["metadata"]["labels"][HASH] = json!(hash);
    set["spec"]["minReadySeconds"] = json!(object::int(&deployment["spec"]["minReadySeconds"], 0));
    if set["spec"]["minReadySeconds"] == 0
        && let Some(spec) = set["spec"].as_object_mut()
    {
        spec.remove("minReadySeconds");
    }
    let wanted = rollout::new_replicas(deployment, &sets, None);
    set["spec"]["replicas"] = json!(wanted);
    let made = match world.api(MANAGER).create("replicasets", Some(object::namespace(deployment)), set) {
        Ok(made) => made,
        Err(failure) => {
            let message =
                format!("Failed to create new replica set {:?}: {}", object::name(deployment), failure.message);
            if failure.code == 409 && failure.reason == "AlreadyExists" {
                collide(world, deployment, collisions + 1)?;
            } else {
                progress(world, deployment, None, "ReplicaSetCreateError", &message)?;
                record(world, COMPONENT, deployment, "Warning", "ReplicaSetCreateError", &message);
            }
            return Err(failure);
        }
    };
    if wanted > 0 {
        let message = format!("Scaled up replica set {} to {wanted}", object::name(&made));
        record(world, COMPONENT, deployment, "Normal", "ScalingReplicaSet", &message);
    }
    let message = format!("Created new replica set {:?}", object::name(&made));
    progress(world, deployment, Some(number), "NewReplicaSetCreated", &message)?;
    sets.push(made.clone());
    Ok((sets, made))
}

fn collide(world: &mut World, deployment: &Value, count: i64) -> Result<(), Status> {
    let name = Name::of(deployment);
    let mut updated = Value::clone(&*world.api(MANAGER).get("deployments", name.ns(), &name.name)?);
    updated["status"]["collisionCount"] = json!(count);
    world.api(MANAGER).update_status("deployments", name.ns(), updated).map(|_| ())
}

/// Puts a set in the place of its earlier version.
pub(in crate::sandbox::controllers) fn replace(sets: &mut [Arc<Value>], set: &Arc<Value>) {
    for known in sets.iter_mut().filter(|known| object::uid(known) == object::uid(set)) {
        *known = set.clone();
    }
}

/// Deletes the oldest sets without Pods, past `revisionHistoryLimit`.
pub(super) fn clean_up(world: &mut World, deployment: &Value, sets: &[Arc<Value>]) -> Result<(), Status> {
    let limit = usize::try_from(object::int(&deployment["spec"]["revisionHistoryLimit"], 10)).unwrap_or(usize::MAX);
    let new = current(deployment, sets);
    let mut old: Vec<_> = sets
        .iter()
        .filter(|set| new.as_ref().is_none_or(|new| object::uid(new) != object::uid(set)) && !object::deleting(set))
        .collect();
    old.sort_by_key(|set| revision(set));
    let extra = old.len().saturating_sub(limit);
    for set in old.into_iter().take(extra) {
        let idle = counted(set, "replicas") == 0 && replicas(set) == 0;
        if idle {
            world.api(MANAGER).delete(
                "replicasets",
                Some(object::namespace(set)),
                object::name(set),
                &DeleteOptions::default(),
            )?;
        }
    }
    Ok(())
}
