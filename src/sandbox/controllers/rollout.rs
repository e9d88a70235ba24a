//! How a Deployment's sets are scaled: rolling, recreating, proportionally. pkg/controller/deployment/rolling.go,
//! recreate.go and util/deployment_util.go.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::object;
use crate::sandbox::recorder::record;

use super::deployments::{COMPONENT, DESIRED, MAX, counted, current, replace, replicas, with_new_set};
use super::{MANAGER, pods};

type Sets = Vec<Arc<Value>>;

/// A number or a share of `of`, rounded.
fn share(value: &Value, of: i64, default: &str, up: bool) -> i64 {
    let text = match value {
        Value::Number(number) => return number.as_i64().unwrap_or(0),
        Value::String(text) => text.as_str(),
        _ => default,
    };
    let Some(percent) = text.strip_suffix('%').and_then(|percent| percent.parse::<i64>().ok()) else { return 0 };
    if up { (percent * of + 99) / 100 } else { percent * of / 100 }
}

fn bounds(deployment: &Value) -> (i64, i64) {
    let rolling = &deployment["spec"]["strategy"]["rollingUpdate"];
    if deployment["spec"]["strategy"]["type"] == "Recreate" {
        return (0, 0);
    }
    let of = replicas(deployment);
    let surge = share(&rolling["maxSurge"], of, "25%", true);
    let unavailable = share(&rolling["maxUnavailable"], of, "25%", false);
    // Both zero would never get on: `ResolveFenceposts`.
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

/// How many Pods more than wanted there may be.
pub(super) fn surge(deployment: &Value) -> i64 {
    bounds(deployment).0
}

/// How many Pods less than wanted may be available.
pub(super) fn unavailable(deployment: &Value) -> i64 {
    let (_, unavailable) = bounds(deployment);
    unavailable.min(replicas(deployment))
}

/// How many Pods the new set should have now.
pub(super) fn new_replicas(deployment: &Value, sets: &[Arc<Value>], new: Option<&Value>) -> i64 {
    let wanted = replicas(deployment);
    if deployment["spec"]["strategy"]["type"] == "Recreate" {
        return wanted;
    }
    let most = wanted + surge(deployment);
    let total: i64 = sets.iter().map(|set| replicas(set)).sum();
    let own = new.map_or(0, replicas);
    if total >= most {
        return own;
    }
    own + (most - total).min(wanted - own).max(0)
}

/// Scales a set, and says so.
fn scale(world: &mut World, deployment: &Value, set: &Arc<Value>, to: i64) -> Result<Arc<Value>, Status> {
    let from = replicas(set);
    let wanted = replicas(deployment);
    let mut updated = Value::clone(set);
    updated["spec"]["replicas"] = json!(to);
    updated["metadata"]["annotations"][DESIRED] = json!(wanted.to_string());
    updated["metadata"]["annotations"][MAX] = json!((wanted + surge(deployment)).to_string());
    if updated == **set {
        return Ok(set.clone());
    }
    let scaled = world.api(MANAGER).update("replicasets", Some(object::namespace(set)), updated)?;
    if from != to {
        let way = if to > from { "up" } else { "down" };
        let message = format!("Scaled {way} replica set {} to {to}", object::name(set));
        record(world, COMPONENT, deployment, "Normal", "ScalingReplicaSet", &message);
    }
    Ok(scaled)
}

fn is(set: &Value, other: &Value) -> bool {
    object::uid(set) == object::uid(other)
}

/// One step of a rolling update: the new set up, else the old ones down.
pub(super) fn rolling(
    world: &mut World,
    deployment: &Arc<Value>,
    mut sets: Sets,
    new: &Arc<Value>,
) -> Result<Sets, Status> {
    let wanted = replicas(deployment);
    let own = replicas(new);
    let to = if own > wanted { wanted } else { new_replicas(deployment, &sets, Some(new)) };
    if to != own {
        let scaled = scale(world, deployment, new, to)?;
        replace(&mut sets, &scaled);
        return Ok(sets);
    }
    let old: Sets = sets.iter().filter(|set| !is(set, new) && replicas(set) > 0).cloned().collect();
    let total: i64 = sets.iter().map(|set| replicas(set)).sum();
    let least = wanted - unavailable(deployment);
    let unavailable_new = own - counted(new, "availableReplicas");
    let mut may_go = total - least - unavailable_new;
    if old.is_empty() || may_go <= 0 {
        return Ok(sets);
    }
    let mut old = old;
    old.sort_by_key(|set| set["metadata"]["creationTimestamp"].as_str().unwrap_or_default().to_owned());
    // First those that are not available anyway.
    for set in &mut old {
        let healthy = counted(set, "availableReplicas");
        let down = (replicas(set) - healthy).min(may_go).max(0);
        if down > 0 {
            *set = scale(world, deployment, set, replicas(set) - down)?;
            may_go -= down;
            replace(&mut sets, set);
        }
    }
    let available: i64 = sets.iter().map(|set| counted(set, "availableReplicas")).sum();
    let mut may_go = available - least;
    for set in &mut old {
        let down = replicas(set).min(may_go).max(0);
        if down > 0 {
            *set = scale(world, deployment, set, replicas(set) - down)?;
            may_go -= down;
            replace(&mut sets, set);
        }
    }
    Ok(sets)
}

/// One step of recreating: the old sets down to nothing, then the new one.
pub(super) fn recreate(
    world: &mut World,
    deployment: &Arc<Value>,
    mut sets: Sets,
) -> Result<(Sets, Option<Arc<Value>>), Status> {
    let new = current(deployment, &sets);
    let old: Sets = sets.iter().filter(|set| new.as_ref().is_none_or(|new| !is(set, new))).cloned().collect();
    let mut scaled = false;
    for set in old.iter().filter(|set| replicas(set) > 0) {
        let set = scale(world, deployment, set, 0)?;
        replace(&mut sets, &set);
        scaled = true;
    }
    let runs = old
        .iter()
        .flat_map(|set| world.informers.controlled_by(object::uid(set), "pods"))
        .any(|pod| !pods::finished(&pod));
    if scaled || runs {
        return Ok((sets, new));
    }
    let (mut sets, mut new) = with_new_set(world, deployment, sets)?;
    if replicas(&new) != replicas(deployment) {
        new = scale(world, deployment, &new, replicas(deployment))?;
        replace(&mut sets, &new);
    }
    Ok((sets, Some(new)))
}

/// Scales what is there when only the number changed: the one active set, or all by their shares.
pub(super) fn proportionally(
    world: &mut World,
    deployment: &Arc<Value>,
    sets: &[Arc<Value>],
    new: Option<&Arc<Value>>,
) -> Result<(), Status> {
    let active: Sets = sets.iter().filter(|set| replicas(set) > 0).cloned().collect();
    let wanted = replicas(deployment);
    let only = match active.as_slice() {
        [] => new.cloned().or_else(|| sets.last().cloned()),
        [one] => Some(one.clone()),
        _ => None,
    };
    if let Some(only) = only {
        return scale(world, deployment, &only, wanted).map(|_| ());
    }
    let total: i64 = active.iter().map(|set| replicas(set)).sum();
    if deployment["spec"]["strategy"]["type"] == "Recreate" {
        return Ok(());
    }
    let allowed = if wanted > 0 { wanted + surge(deployment) } else { 0 };
    let to_add = allowed - total;
    let mut sorted = active;
    sorted.sort_by_key(|set| (if to_add > 0 { -replicas(set) } else { replicas(set) }, object::name(set).to_owned()));
    if to_add <= 0 {
        sorted.reverse();
    }
    let mut left = to_add;
    let mut sizes = Vec::new();
    for set in &sorted {
        let most = set["metadata"]["annotations"][MAX]
            .as_str()
            .and_then(|max| max.parse::<i64>().ok())
            .unwrap_or(total)
            .max(1);
        // Rounded to the nearest, as upstream's float is.
        let target = (2 * replicas(set) * allowed + most) / (2 * most);
        let part = target - replicas(set);
        let part = if to_add > 0 { part.clamp(0, left.max(0)) } else { part.clamp(left.min(0), 0) };
        left -= part;
        sizes.push(replicas(set) + part);
    }
    if let Some(first) = sizes.first_mut() {
        *first = (*first + left).max(0);
    }
    for (set, size) in sorted.iter().zip(sizes) {
        scale(world, deployment, set, size)?;
    }
    Ok(())
}
