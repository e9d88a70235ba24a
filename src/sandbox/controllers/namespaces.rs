//! Namespaces that are being deleted: their contents first. pkg/controller/namespace.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, RESOURCES, Status, group_version};
use crate::sandbox::informers::Name;
use crate::sandbox::object;

use super::MANAGER;
use super::queue::Controller;

/// How long after each change of a namespace that is being deleted its contents are: `namespaceDeletionGracePeriod`.
const LATER: Duration = Duration::from_secs(5);
/// How long finalizers are taken to need, in seconds: `finalizerEstimateSeconds`.
const FINALIZERS: i64 = 15;

/// The controller; after failures it waits for a minute at most: `nsControllerRateLimiter`.
const CONTROLLER: Controller = Controller { name: "namespace", sync, longest_retry: Duration::from_secs(60) };

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("namespaces", |world, heard| {
        if heard.now.as_ref().is_some_and(|namespace| object::deleting(namespace)) {
            CONTROLLER.enqueue_after(world, &heard.name, LATER);
        }
    });
}

/// What is left of a namespace after a pass.
#[derive(Default)]
struct Left {
    /// By `plural.group`.
    resources: BTreeMap<String, usize>,
    finalizers: BTreeMap<String, usize>,
    /// The longest time that something may still take, in seconds.
    estimate: i64,
    errors: Vec<String>,
    /// Versions of groups whose resources cannot be found out, each with the reason.
    undiscovered: Vec<String>,
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(namespace) = world.informers.get("namespaces", "", &name.name) else { return Ok(()) };
    if !object::deleting(&namespace) {
        return Ok(());
    }
    if object::items(&namespace["spec"]["finalizers"]).is_empty() {
        return Ok(());
    }
    let left = delete_contents(world, &namespace);
    tell(world, &namespace, &left)?;
    if !left.errors.is_empty() || !left.undiscovered.is_empty() {
        return Err(Status { code: 500, reason: "InternalError", message: left.errors.join(", "), details: None });
    }
    if left.estimate > 0 {
        let seconds = u64::try_from(left.estimate / 2 + 1).unwrap_or(1);
        CONTROLLER.enqueue_after(world, name, Duration::from_secs(seconds));
        return Ok(());
    }
    finalize(world, name)
}

fn delete_contents(world: &mut World, namespace: &Arc<Value>) -> Left {
    let elsewhere = world.aggregated();
    let told = elsewhere.iter().map(|one| format!("{}: {}", group_version(&one.group, &one.version), one.why()));
    let mut left = Left { undiscovered: told.collect(), ..Left::default() };
    left.undiscovered.sort();
    let name = object::name(namespace).to_owned();
    let mut folders = Vec::new();
    let all = RESOURCES.iter().chain(world.custom_resources());
    let all: Vec<_> = all.filter(|resource| resource.namespaced && !resource.folder.is_empty()).collect();
    for resource in all {
        // Events and Ingresses are served by two groups, and are the same objects.
        if folders.contains(&resource.folder) {
            continue;
        }
        folders.push(resource.folder);
        let qualified = format!("{}.{}", resource.plural, resource.group);
        let of = if resource.group.is_empty() { resource.plural.to_owned() } else { qualified.clone() };
        let Ok(found) = world.api(MANAGER).list(&of, Some(&name)) else { continue };
        if found.is_empty() {
            continue;
        }
        let estimate = if resource.plural == "pods" { estimate(world, namespace, &found) } else { 0 };
        let options = DeleteOptions { propagation_policy: Some("Background".to_owned()), ..DeleteOptions::default() };
        for object in &found {
            if let Err(status) = world.api(MANAGER).delete(&of, Some(&name), object::name(object), &options)
                && status.code != 404
            {
                left.errors.push(status.message);
            }
        }
        let Ok(remaining) = world.api(MANAGER).list(&of, Some(&name)) else { continue };
        if remaining.is_empty() {
            continue;
        }
        left.resources.insert(qualified, remaining.len());
        let mut finalized = false;
        for finalizer in remaining.iter().flat_map(|object| object::finalizers(object)) {
            *left.finalizers.entry(finalizer.to_owned()).or_insert(0) += 1;
            finalized = true;
        }
        if estimate > 0 {
            left.estimate = left.estimate.max(estimate);
        } else if finalized {
            left.estimate = left.estimate.max(FINALIZERS);
        } else {
            let gvr = format!("{}/{}, Resource={}", resource.group, resource.version, resource.plural);
            left.errors.push(format!("unexpected items still remain in namespace: {name} for gvr: {gvr}"));
        }
    }
    left
}

/// How long Pods may take to end, in seconds; nothing once that has passed since the namespace's deletion.
fn estimate(world: &World, namespace: &Value, pods: &[Arc<Value>]) -> i64 {
    let unfinished = pods.iter().filter(|pod| !super::pods::finished(pod));
    let longest = unfinished.filter_map(|pod| pod["spec"]["terminationGracePeriodSeconds"].as_i64()).max().unwrap_or(0);
    let since = object::parse_time(&namespace["metadata"]["deletionTimestamp"]).unwrap_or_else(|| world.now());
    let passed = world.now().duration_since(since).unsigned_abs();
    if passed >= Duration::from_secs(longest.unsigned_abs()) { 0 } else { longest }
}

/// The five conditions. pkg/controller/namespace/deletion/status_condition_utils.go.
fn tell(world: &mut World, namespace: &Value, left: &Left) -> Result<(), Status> {
    let now = object::time(world.now());
    let failed = left.errors.len();
    let sorted = |counts: &BTreeMap<String, usize>, words: &str| {
        let mut texts: Vec<String> =
            counts.iter().map(|(what, count)| format!("{what} {words} {count} resource instances")).collect();
        texts.sort();
        texts.join(", ")
    };
    let condition = |kind: &str, holds: bool, reason: &str, message: String| {
        json!({"type": kind, "status": if holds { "True" } else { "False" }, "lastTransitionTime": now,
               "reason": reason, "message": message})
    };
    let discovered = if left.undiscovered.is_empty() {
        let message = "All resources successfully discovered".to_owned();
        condition("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", message)
    } else {
        let (failing, all) = (left.undiscovered.len(), left.undiscovered.join(", "));
        let why = format!("unable to retrieve the complete list of server APIs: {all}");
        let message = format!("Discovery failed for some groups, {failing} failing: {why}");
        condition("NamespaceDeletionDiscoveryFailure", true, "DiscoveryFailed", message)
    };
    let parsed = "All legacy kube types successfully parsed".to_owned();
    let mut errors = left.errors.clone();
    errors.sort();
    errors.dedup();
    let aggregate = if errors.len() == 1 { errors.concat() } else { format!("[{}]", errors.join(", ")) };
    let content = if failed > 0 {
        let message = format!("Failed to delete all resource types, {failed} remaining: {aggregate}");
        condition("NamespaceDeletionContentFailure", true, "ContentDeletionFailed", message)
    } else {
        let message = "All content successfully deleted, may be waiting on finalization".to_owned();
        condition("NamespaceDeletionContentFailure", false, "ContentDeleted", message)
    };
    let remaining = if left.resources.is_empty() {
        condition("NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed".to_owned())
    } else {
        let message = format!("Some resources are remaining: {}", sorted(&left.resources, "has"));
        condition("NamespaceContentRemaining", true, "SomeResourcesRemain", message)
    };
    let finalizers = if left.finalizers.is_empty() {
        let message = "All content-preserving finalizers finished".to_owned();
        condition("NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", message)
    } else {
        let message =
            format!("Some content in the namespace has finalizers remaining: {}", sorted(&left.finalizers, "in"));
        condition("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", message)
    };
    let mut updated = Value::clone(&*world.api(MANAGER).get("namespaces", None, object::name(namespace))?);
    let before = updated["status"].clone();
    let all = [
        discovered,
        condition("NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", parsed),
        content,
        remaining,
        finalizers,
    ];
    for condition in all {
        let known =
            object::items(&updated["status"]["conditions"]).iter().find(|known| known["type"] == condition["type"]);
        let same = known.is_some_and(|known| {
            ["status", "reason", "message"].iter().all(|field| known[*field] == condition[*field])
        });
        if !same {
            object::set_condition(&mut updated, condition);
        }
    }
    if updated["status"] != before {
        world.api(MANAGER).update_status("namespaces", None, updated)?;
    }
    Ok(())
}

/// Takes the namespace's own finalizer away, with which the namespace goes.
fn finalize(world: &mut World, name: &Name) -> Result<(), Status> {
    let Ok(known) = world.api(MANAGER).get("namespaces", None, &name.name) else { return Ok(()) };
    let mut namespace = Value::clone(&known);
    let kept: Vec<Value> =
        object::items(&known["spec"]["finalizers"]).iter().filter(|f| *f != "kubernetes").cloned().collect();
    namespace["spec"]["finalizers"] = json!(kept);
    // Upstream sends no status.
    if let Some(fields) = namespace.as_object_mut() {
        fields.remove("status");
    }
    world.api(MANAGER).finalize(namespace).map(|_| ())
}
