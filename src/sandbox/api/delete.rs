//! DELETE: at once, or after a grace period and finalizers. Rules: apiserver v0.20.2 `registry/rest/delete.go`,
//! `registry/generic/registry/store.go`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::admission::{Hooks, Write};
use super::metadata::{has_finalizers, name, order, rfc3339};
use super::{Api, DeleteOptions, Resource, Status, admission};

/// What became of an object that was to be deleted.
#[derive(Debug, Clone)]
pub struct Deleted {
    /// The object, in its last version so far.
    pub object: Arc<Value>,
    /// Whether it is gone.
    pub gone: bool,
}

impl Api<'_> {
    /// Deletes an object, or begins to: with a grace period or finalizers it stays for a while.
    ///
    /// # Errors
    /// 403 of namespaces that stay, 404, 409 on a precondition.
    pub fn delete(
        &mut self,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Arc<Value>, Status> {
        Ok(self.end(resource, namespace, name, options)?.object)
    }

    /// Likewise, and tells whether the object is gone.
    ///
    /// # Errors
    /// As [`Api::delete`].
    pub fn end(
        &mut self,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Deleted, Status> {
        let resource = self.resource(resource)?;
        if resource.plural == "namespaces" && admission::IMMORTAL.contains(&name) {
            return Err(Status::forbidden(resource, name, "this namespace may not be deleted"));
        }
        self.world.readable_at(resource, namespace, name)?;
        let object = self.world.read(resource, namespace, name).ok_or_else(|| Status::not_found(resource, name))?;
        check(resource, &object, options)?;
        let dry_run = self.dry_run || options.dry_run;
        for hooks in [Hooks::Mutating, Hooks::Validating] {
            self.hook(hooks, Write::end(resource, namespace, &object), dry_run)?;
        }
        if resource.plural == "namespaces" {
            return Ok(self.end_namespace(resource, object, options, dry_run));
        }
        let mut next = (*object).clone();
        if resource.plural == "customresourcedefinitions" && next["metadata"]["deletionTimestamp"].is_null() {
            end_definition(&mut next, rfc3339(self.world.now()));
            order(&mut next);
            let key = resource.key(None, name);
            let object = if dry_run { Arc::new(next) } else { self.world.write(resource, key, next) };
            return Ok(Deleted { object, gone: false });
        }
        let grace = match self.grace(resource, &mut next, options) {
            Grace::Pending => return Ok(Deleted { object, gone: false }),
            Grace::None => None,
            Grace::Seconds(seconds) => Some(seconds),
        };
        hold(resource, &mut next, options);
        let held = has_finalizers(&next);
        if grace.is_none() && held {
            self.mark(&mut next);
        }
        let key = resource.key(namespace, name);
        let mut current = object.clone();
        if (grace.is_some() || held) && next != *object {
            order(&mut next);
            current = if dry_run { Arc::new(next) } else { self.world.write(resource, key.clone(), next) };
        }
        if held || grace.is_some_and(|seconds| seconds > 0) {
            return Ok(Deleted { object: current, gone: false });
        }
        let object = if dry_run { current } else { self.world.erase(&key, &current) };
        Ok(Deleted { object, gone: true })
    }

    /// Deletes, one by one, the objects that `wanted` picks.
    ///
    /// # Errors
    /// The first one's that is not 404.
    pub fn delete_collection(
        &mut self,
        resource: &str,
        namespace: Option<&str>,
        options: &DeleteOptions,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Vec<Arc<Value>>, Status> {
        let found = self.list(resource, namespace)?;
        let found: Vec<_> = found.into_iter().filter(|object| wanted(object)).collect();
        for object in &found {
            let namespace = object["metadata"]["namespace"].as_str();
            match self.delete(resource, namespace, name(object), options) {
                Err(status) if status.code != 404 => return Err(status),
                _ => {}
            }
        }
        Ok(found)
    }

    /// The grace period of a Pod; no other resource has one: `podStrategy.CheckGracefulDelete`.
    fn grace(&mut self, resource: &Resource, object: &mut Value, options: &DeleteOptions) -> Grace {
        if resource.plural != "pods" || !resource.group.is_empty() {
            return Grace::None;
        }
        let pending = object["metadata"]["deletionGracePeriodSeconds"].as_i64();
        if let Some(at) = object["metadata"]["deletionTimestamp"].as_str() {
            let Some(old) = pending else { return Grace::None };
            // Only a shorter one may be asked for.
            let Some(seconds) = options.grace_period_seconds.filter(|seconds| *seconds < old) else {
                return Grace::Pending;
            };
            if let Ok(at) = at.parse::<jiff::Timestamp>() {
                let back = Duration::from_secs(u64::try_from(old - seconds).unwrap_or_default());
                object["metadata"]["deletionTimestamp"] = rfc3339(at - back);
            }
            object["metadata"]["deletionGracePeriodSeconds"] = json!(seconds);
            return Grace::Seconds(seconds);
        }
        let spec = &object["spec"];
        let asked = options.grace_period_seconds.or_else(|| spec["terminationGracePeriodSeconds"].as_i64());
        let scheduled = spec["nodeName"].as_str().is_some_and(|node| !node.is_empty());
        let finished = matches!(object["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        let seconds = if scheduled && !finished { asked.unwrap_or(0).max(0) } else { 0 };
        let at = self.world.now() + Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        object["metadata"]["deletionTimestamp"] = rfc3339(at);
        object["metadata"]["deletionGracePeriodSeconds"] = json!(seconds);
        bump(object);
        Grace::Seconds(seconds)
    }

    /// Marks an object without a grace period as being deleted.
    fn mark(&mut self, object: &mut Value) {
        // `markAsDeleting`: once.
        if object["metadata"]["deletionGracePeriodSeconds"].is_null() {
            bump(object);
        }
        if object["metadata"]["deletionTimestamp"].is_null() {
            object["metadata"]["deletionTimestamp"] = rfc3339(self.world.now());
        }
        object["metadata"]["deletionGracePeriodSeconds"] = json!(0);
    }

    /// Namespaces end by their controller: `pkg/registry/core/namespace/storage/storage.go`.
    fn end_namespace(
        &mut self,
        resource: &'static Resource,
        object: Arc<Value>,
        options: &DeleteOptions,
        dry_run: bool,
    ) -> Deleted {
        let key = resource.key(None, name(&object));
        if object["metadata"]["deletionTimestamp"].is_null() {
            let mut next = (*object).clone();
            next["metadata"]["deletionTimestamp"] = rfc3339(self.world.now());
            next["status"]["phase"] = json!("Terminating");
            hold(resource, &mut next, options);
            order(&mut next);
            let object = if dry_run { Arc::new(next) } else { self.world.write(resource, key, next) };
            return Deleted { object, gone: false };
        }
        let held = object["spec"]["finalizers"].as_array().is_some_and(|finalizers| !finalizers.is_empty());
        if held || has_finalizers(&object) {
            return Deleted { object, gone: false };
        }
        let object = if dry_run { object } else { self.world.erase(&key, &object) };
        Deleted { object, gone: true }
    }
}

/// A definition goes after its objects: apiextensions-apiserver `pkg/registry/customresourcedefinition/etcd.go`.
fn end_definition(definition: &mut Value, now: Value) {
    const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";
    definition["metadata"]["deletionTimestamp"] = now.clone();
    let mut finalizers = definition["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    if !finalizers.iter().any(|own| own == CLEANUP) {
        finalizers.push(json!(CLEANUP));
    }
    definition["metadata"]["finalizers"] = json!(finalizers);
    let condition = json!({
        "type": "Terminating", "status": "True", "lastTransitionTime": now, "reason": "InstanceDeletionPending",
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    });
    crate::sandbox::object::set_condition(definition, condition);
}

/// How long an object is to stay.
enum Grace {
    /// It has no grace period.
    None,
    /// It is being deleted already, and nothing changes that.
    Pending,
    /// So long.
    Seconds(i64),
}

/// Refuses what is not the object that was meant.
fn check(resource: &Resource, object: &Value, options: &DeleteOptions) -> Result<(), Status> {
    let there = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
    if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != there("uid")) {
        let why = format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been \
             deleted and then recreated",
            there("uid")
        );
        return Err(Status::conflict(resource, resource.kind, name(object), &why));
    }
    if let Some(version) = options.resource_version.as_deref().filter(|version| *version != there("resourceVersion")) {
        let why = format!(
            "the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({}). The \
             object might have been modified",
            there("resourceVersion")
        );
        return Err(Status::conflict(resource, resource.kind, name(object), &why));
    }
    Ok(())
}

/// Adds and takes the garbage collector's finalizers, as the policy asks.
fn hold(resource: &Resource, object: &mut Value, options: &DeleteOptions) {
    const ORPHAN: &str = "orphan";
    const FOREGROUND: &str = "foregroundDeletion";
    let old = object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    let has = |finalizer: &str| old.iter().any(|old| old == finalizer);
    // DefaultGarbageCollectionPolicy: these alone are orphaning without being asked, for the sake of old clients.
    let orphans = matches!(resource.plural, "replicationcontrollers" | "jobs" | "cronjobs");
    let policy = options.propagation_policy.as_deref();
    let (orphan, foreground) = match policy {
        Some("Orphan") => (true, false),
        Some("Foreground") => (false, true),
        Some(_) => (false, false),
        None if has(ORPHAN) || has(FOREGROUND) => (has(ORPHAN), has(FOREGROUND)),
        None => (orphans, false),
    };
    let mut finalizers: Vec<Value> =
        old.iter().filter(|finalizer| *finalizer != ORPHAN && *finalizer != FOREGROUND).cloned().collect();
    finalizers.extend(orphan.then(|| json!(ORPHAN)));
    finalizers.extend(foreground.then(|| json!(FOREGROUND)));
    if finalizers.len() == old.len() && finalizers.iter().all(|finalizer| old.contains(finalizer)) {
        return;
    }
    if finalizers.is_empty() {
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.shift_remove("finalizers");
        }
    } else {
        object["metadata"]["finalizers"] = json!(finalizers);
    }
}

/// A deletion counts as a change of the spec, where these are counted.
fn bump(object: &mut Value) {
    if let Some(generation) = object["metadata"]["generation"].as_i64().filter(|generation| *generation > 0) {
        object["metadata"]["generation"] = json!(generation + 1);
    }
}
