//! PUT: replacing an object or one part of it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::admission::{Hooks, Write};
use super::create::{counted, place};
use super::disabled::drop_disabled;
use super::metadata::{copy, has_finalizers, name, order};
use super::patch::apply::stored;
use super::validate::{Cause, invalid};
use super::{Api, Resource, Status, admission, service};

/// What of an object a write reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All but the status, where that is apart.
    Main,
    /// The status.
    Status,
    /// A namespace's `spec.finalizers`.
    Finalize,
}

/// What a PUT may make, where it is not there: AllowCreateOnUpdate of the strategies in v1.20's `pkg/registry`.
const MADE_BY_PUT: &[&str] = &["endpoints", "events", "leases", "limitranges", "services", "roles", "rolebindings"];
/// What is not replaced without a resourceVersion: AllowUnconditionalUpdate.
const CONDITIONAL: &[&str] = &["customresourcedefinitions", "leases", "poddisruptionbudgets", "apiservices"];

/// The annotation that tells how many templates a DaemonSet had.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

impl Api<'_> {
    /// Replaces an object, as PUT does; with a resourceVersion only the version that it names.
    ///
    /// # Errors
    /// 400, 404, 409 Conflict, 422.
    pub fn update(&mut self, resource: &str, namespace: Option<&str>, object: Value) -> Result<Arc<Value>, Status> {
        let found = self.resource(resource)?;
        let missing = self.world.read(found, namespace, name(&object)).is_none();
        if missing && MADE_BY_PUT.contains(&found.plural) {
            return self.create(resource, namespace, object);
        }
        self.is_meant(found, namespace, &object)?;
        self.replace(found, namespace, object, Part::Main)
    }

    /// Likewise, of the status alone, as PUT to `/status` does.
    ///
    /// # Errors
    /// As [`Api::update`].
    pub fn update_status(
        &mut self,
        resource: &str,
        namespace: Option<&str>,
        object: Value,
    ) -> Result<Arc<Value>, Status> {
        let resource = self.resource(resource)?;
        self.is_meant(resource, namespace, &object)?;
        self.replace(resource, namespace, object, Part::Status)
    }

    /// Likewise, of a namespace's `spec.finalizers` alone, as PUT to `/finalize` does. Without any left, a namespace that is
    /// being deleted goes.
    ///
    /// # Errors
    /// As [`Api::update`].
    pub fn finalize(&mut self, object: Value) -> Result<Arc<Value>, Status> {
        let resource = Resource::named("namespaces")?;
        self.is_meant(resource, None, &object)?;
        self.replace(resource, None, object, Part::Finalize)
    }

    /// Refuses a whole object that was made from another one of its name: PUT's precondition, which patches do not have.
    fn is_meant(&self, resource: &'static Resource, namespace: Option<&str>, object: &Value) -> Result<(), Status> {
        let Some(before) = self.world.read(resource, namespace, name(object)) else { return Ok(()) };
        let text = |object: &Value| object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let (sent, there) = (text(object), text(&before));
        if sent.is_empty() || sent == there {
            return Ok(());
        }
        let key = resource.key(before["metadata"]["namespace"].as_str(), name(object));
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition \
             failed: UID in precondition: {sent}, UID in object meta: {there}"
        );
        Err(Status::conflict(resource, resource.plural, name(object), &why))
    }

    /// Writes a part of an object over what is there.
    pub(super) fn replace(
        &mut self,
        resource: &'static Resource,
        namespace: Option<&str>,
        mut object: Value,
        part: Part,
    ) -> Result<Arc<Value>, Status> {
        place(resource, namespace, &mut object)?;
        let name = name(&object).to_owned();
        // Admission asks for the namespace before storage asks for the object.
        admission::namespace_exists(self.world, resource, namespace)?;
        self.world.readable_at(resource, namespace, &name)?;
        let before = self.world.read(resource, namespace, &name).ok_or_else(|| Status::not_found(resource, &name))?;
        check_version(resource, &object, &before, part)?;
        let sent = object["status"].clone();
        keep(resource, &mut object, &before, part);
        super::defaults::default(resource, &mut object);
        self.fit(resource, &mut object);
        if part == Part::Finalize {
            self.track_finalize(resource, &before, &mut object, sent);
        } else {
            self.track(resource, Some(&before), &mut object);
        }
        drop_disabled(resource, &mut object);
        if part == Part::Main {
            unless_changed(resource, &mut object, &before);
            service::prepare(resource, &mut object, Some(&before));
            service::drop_former(resource, &mut object, &before);
            admission::mutate_update(resource, &mut object, &before);
            if resource.plural == "customresourcedefinitions" {
                super::custom::note_stored(&mut object);
            }
            count(resource, &mut object, &before);
            if resource.plural == "daemonsets" {
                count_template(&mut object, &before);
            }
        }
        let sub = match part {
            Part::Main => "",
            Part::Status => "status",
            Part::Finalize => "finalize",
        };
        self.hook(Hooks::Mutating, Write::new(resource, sub, namespace, &object).over(&before), self.dry_run)?;
        check_finalizers(resource, &object, &before)?;
        // A status is the business of whoever writes it.
        if part == Part::Main || resource.custom || resource.plural == "certificatesigningrequests" {
            self.validate(resource, &object, Some(&before))?;
        }
        self.hook(Hooks::Validating, Write::new(resource, sub, namespace, &object).over(&before), self.dry_run)?;
        if part == Part::Main {
            service::allocate(self.world, resource, &mut object, Some(&before))?;
            admission::validate(self.world, resource, namespace, &object, Some(&before), self.dry_run)?;
        }
        object["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"].clone();
        order(&mut object);
        if object == *before {
            return Ok(before);
        }
        if self.dry_run {
            return Ok(Arc::new(self.unwritten(resource, object)));
        }
        let key = resource.key(namespace, &name);
        if ends(resource, &object) {
            self.world.erase(&key, &before);
            return Ok(Arc::new(object));
        }
        Ok(self.world.write(resource, key, object))
    }
}

impl Api<'_> {
    /// Notes who manages what in a namespace of which only the finalizers are taken: by the status that was sent, of which
    /// the default phase is Active, as upstream does.
    fn track_finalize(&mut self, resource: &'static Resource, before: &Value, object: &mut Value, sent: Value) {
        let mut whole = object.clone();
        whole["status"] = sent;
        if whole["status"]["phase"].is_null() {
            whole["status"]["phase"] = json!("Active");
        }
        self.track(resource, Some(before), &mut whole);
        copy(&mut object["metadata"], &whole["metadata"], "managedFields");
    }
}

/// Refuses a write that was made from another version than the one that is there.
fn check_version(resource: &Resource, object: &Value, before: &Value, part: Part) -> Result<(), Status> {
    let text = |object: &Value, field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    let sent = text(object, "resourceVersion");
    if sent.is_empty() || sent == "0" {
        let conditional = resource.custom || CONDITIONAL.contains(&resource.plural);
        if conditional && part == Part::Main {
            let cause = Cause {
                reason: "FieldValueInvalid",
                message: "Invalid value: 0x0: must be specified for an update".to_owned(),
                field: "metadata.resourceVersion".to_owned(),
            };
            return Err(invalid(resource, name(object), &[cause]));
        }
        return Ok(());
    }
    if sent.parse::<u64>().is_err() {
        let message = format!("strconv.ParseUint: parsing {sent:?}: invalid syntax");
        return Err(Status { code: 500, reason: "", message, details: None });
    }
    if sent == text(before, "resourceVersion") { Ok(()) } else { Err(Status::stale(resource, name(object))) }
}

/// What a write cannot change stays as it was: `rest.BeforeUpdate` and the strategies' PrepareForUpdate.
fn keep(resource: &Resource, object: &mut Value, before: &Value, part: Part) {
    for field in ["creationTimestamp", "generation", "generateName"] {
        copy(&mut object["metadata"], &before["metadata"], field);
    }
    for field in ["uid", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        // Another one is refused later, but for when it is being deleted, once it is.
        let none = object["metadata"].get(field).is_none_or(|value| value.is_null() || value == "");
        let marked = field == "deletionTimestamp" && !before["metadata"][field].is_null();
        if none || marked || part != Part::Main {
            copy(&mut object["metadata"], &before["metadata"], field);
        }
    }
    let empty = json!({});
    copy(&mut object["metadata"], &empty, "selfLink");
    match part {
        Part::Main if resource.has_status() => copy(object, before, "status"),
        Part::Main => {}
        Part::Status => {
            let status = object.get("status").cloned();
            // A status is written with labels and annotations, but for Deployments' labels (v1.20
            // `pkg/registry/apps/deployment/strategy.go`) and for what extends the API.
            let extends = matches!(resource.plural, "customresourcedefinitions" | "apiservices");
            let (managed, metadata) = (object["metadata"]["managedFields"].clone(), object["metadata"].clone());
            let mut whole = before.clone();
            if !resource.custom && !extends {
                whole["metadata"] = metadata;
                if resource.plural == "deployments" {
                    copy(&mut whole["metadata"], &before["metadata"], "labels");
                }
            } else if !managed.is_null() {
                whole["metadata"]["managedFields"] = managed;
            }
            match status {
                Some(status) => whole["status"] = status,
                None => copy(&mut whole, &empty, "status"),
            }
            *object = whole;
        }
        Part::Finalize => {
            let finalizers = object["spec"]["finalizers"].clone();
            copy(object, before, "status");
            let mut whole = before.clone();
            whole["metadata"] = object["metadata"].clone();
            match finalizers.as_array() {
                Some(finalizers) if !finalizers.is_empty() => whole["spec"]["finalizers"] = json!(finalizers),
                _ => whole["spec"] = json!({}),
            }
            *object = whole;
        }
    }
    if part == Part::Main && resource.plural == "certificatesigningrequests" {
        // What is asked for stays: `pkg/registry/certificates/certificates/strategy.go`.
        copy(object, before, "spec");
    }
    if part == Part::Main && resource.plural == "namespaces" {
        // Finalizers of the spec change only through /finalize.
        copy(object, before, "spec");
    }
}

/// Takes a spec for the one that is there where both are read as the same, as one that leaves out what Go's types always
/// have.
fn unless_changed(resource: &Resource, object: &mut Value, before: &Value) {
    if !resource.custom && object["spec"] != before["spec"] && stored(resource, object)["spec"] == before["spec"] {
        copy(object, before, "spec");
    }
}

/// Counts a new version of the spec.
fn count(resource: &Resource, object: &mut Value, before: &Value) {
    if !counted(resource) {
        return;
    }
    let same = match resource.plural {
        // Of these the annotations count too: `pkg/registry/apps/deployment/strategy.go`.
        "deployments" => {
            object["spec"] == before["spec"] && object["metadata"]["annotations"] == before["metadata"]["annotations"]
        }
        _ if resource.custom && !resource.has_status() => content(object) == content(before),
        "mutatingwebhookconfigurations" | "validatingwebhookconfigurations" => object["webhooks"] == before["webhooks"],
        "endpointslices" | "priorityclasses" => content(object) == content(before),
        _ => object["spec"] == before["spec"],
    };
    if !same {
        let generation = before["metadata"]["generation"].as_i64().unwrap_or_default();
        object["metadata"]["generation"] = json!(generation + 1);
    }
}

/// Counts a new template of a DaemonSet, whatever the writer says: `pkg/registry/apps/daemonset/strategy.go`.
fn count_template(object: &mut Value, before: &Value) {
    let known = before["metadata"]["annotations"][TEMPLATE_GENERATION].as_str().and_then(|known| known.parse().ok());
    let more = i64::from(object["spec"]["template"] != before["spec"]["template"]);
    object["metadata"]["annotations"][TEMPLATE_GENERATION] = json!((known.unwrap_or(1_i64) + more).to_string());
}

/// All of an object but its metadata.
fn content(object: &Value) -> Vec<(&String, &Value)> {
    object.as_object().into_iter().flatten().filter(|(field, _)| *field != "metadata").collect()
}

/// Refuses new finalizers on what is being deleted.
fn check_finalizers(resource: &Resource, object: &Value, before: &Value) -> Result<(), Status> {
    if before["metadata"]["deletionTimestamp"].is_null() {
        return Ok(());
    }
    let of = |object: &Value| object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    let old = of(before);
    let new: Vec<String> =
        of(object).iter().filter(|finalizer| !old.contains(finalizer)).map(Value::to_string).collect();
    if new.is_empty() {
        return Ok(());
    }
    let cause = Cause {
        reason: "FieldValueForbidden",
        message: format!(
            "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
            new.join(", ")
        ),
        field: "metadata.finalizers".to_owned(),
    };
    Err(invalid(resource, name(object), &[cause]))
}

/// Whether the write takes away the last that held an object which is being deleted: `ShouldDeleteDuringUpdate`.
fn ends(resource: &Resource, object: &Value) -> bool {
    let metadata = &object["metadata"];
    let held = resource.plural == "namespaces"
        && object["spec"]["finalizers"].as_array().is_some_and(|finalizers| !finalizers.is_empty());
    !metadata["deletionTimestamp"].is_null()
        && !has_finalizers(object)
        && metadata["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) == 0
        && !held
}
