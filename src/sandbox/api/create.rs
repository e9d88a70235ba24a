//! POST: making an object.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::admission::{Hooks, Write};
use super::disabled::drop_disabled;
use super::metadata::{copy, name, order, rfc3339};
use super::patch::apply::{Writer, stored, track};
use super::validate::invalid;
use super::{Api, Resource, Status, admission, service};

/// The resources whose objects count the versions of their spec: those whose strategies set `metadata.generation` in
/// v1.20's `pkg/registry`.
const COUNTED: &[&str] = &[
    "daemonsets",
    "deployments",
    "flowschemas",
    "ingresses",
    "ingressclasses",
    "mutatingwebhookconfigurations",
    "networkpolicies",
    "poddisruptionbudgets",
    "prioritylevelconfigurations",
    "replicasets",
    "replicationcontrollers",
    "statefulsets",
    "validatingwebhookconfigurations",
    "customresourcedefinitions",
    "endpointslices",
    "priorityclasses",
];

/// Whether `metadata.generation` is kept.
pub(super) fn counted(resource: &Resource) -> bool {
    resource.custom || COUNTED.contains(&resource.plural)
}

impl Api<'_> {
    /// Makes an object, as POST does: with defaults, admission, uid and creationTimestamp; returns what is stored.
    ///
    /// # Errors
    /// 400, 403, 404 of the namespace, 409 AlreadyExists, 422.
    pub fn create(&mut self, resource: &str, namespace: Option<&str>, mut object: Value) -> Result<Arc<Value>, Status> {
        let resource = self.resource(resource)?;
        if !resource.verbs.contains(&"create") || resource.folder.is_empty() {
            return Err(Status::method_not_allowed());
        }
        place(resource, namespace, &mut object)?;
        if name(&object).is_empty()
            && let Some(base) = object["metadata"]["generateName"].as_str().filter(|base| !base.is_empty())
        {
            object["metadata"]["name"] = json!(self.world.generated_name(base));
        }
        let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        let versioned = !matches!(version, "" | "0");
        admission::namespace_exists(self.world, resource, namespace)?;
        admission::namespace_takes(self.world, resource, namespace, name(&object))?;
        self.definition_takes(resource)?;
        let unlabelled = object["metadata"]["labels"].as_object().is_none_or(Map::is_empty);
        // Nobody manages what follows: what strategies and admission set.
        super::defaults::default(resource, &mut object);
        self.fit(resource, &mut object);
        self.track(resource, None, &mut object);
        drop_disabled(resource, &mut object);
        self.begin(resource, &mut object);
        super::defaults::default(resource, &mut object);
        if (resource.group, resource.kind) == ("batch", "Job") {
            let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
            super::defaults::generate_selector(&mut object, &uid, unlabelled);
        }
        admission::mutate(self.world, resource, namespace, &mut object)?;
        self.hook(Hooks::Mutating, Write::new(resource, "", namespace, &object), self.dry_run)?;
        service::prepare(resource, &mut object, None);
        self.validate(resource, &object, None)?;
        service::allocate(self.world, resource, &mut object, None)?;
        self.hook(Hooks::Validating, Write::new(resource, "", namespace, &object), self.dry_run)?;
        admission::validate(self.world, resource, namespace, &object, None, self.dry_run)?;
        // A Job has its template's labels, which it got just now.
        super::defaults::default(resource, &mut object);
        if versioned {
            let message = "resourceVersion should not be set on objects to be created".to_owned();
            // With no reason, as upstream's storage says it.
            return Err(Status { code: 500, reason: "", message, details: None });
        }
        let name = name(&object).to_owned();
        let key = resource.key(namespace, &name);
        if let Some(there) = self.world.read(resource, namespace, &name) {
            let mut refused = Status::already_exists(resource, &name);
            if !there["metadata"]["deletionTimestamp"].is_null() {
                refused.message.insert_str(0, "object is being deleted: ");
            }
            return Err(refused);
        }
        order(&mut object);
        Ok(if self.dry_run {
            Arc::new(self.unwritten(resource, object))
        } else {
            self.world.write(resource, key, object)
        })
    }

    /// An object that a dry run does not write, as it would be read.
    pub(super) fn unwritten(&self, resource: &Resource, object: Value) -> Value {
        let mut read = stored(resource, &object);
        copy(&mut read["metadata"], &object["metadata"], "resourceVersion");
        order(&mut read);
        read
    }

    /// What the server sets on a new object, whatever the client sent: `rest.BeforeCreate` and the strategies.
    fn begin(&mut self, resource: &Resource, object: &mut Value) {
        let (uid, now) = (self.world.uid(), rfc3339(self.world.now()));
        if let Some(metadata) = object["metadata"].as_object_mut() {
            for field in
                ["selfLink", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"]
            {
                metadata.shift_remove(field);
            }
            metadata.insert("uid".to_owned(), json!(uid));
            metadata.insert("creationTimestamp".to_owned(), now);
            if counted(resource) {
                metadata.insert("generation".to_owned(), json!(1));
            }
        }
        // A node brings its status along; so do those that a client may write whole.
        let brings_status = matches!(resource.plural, "nodes" | "persistentvolumes");
        if resource.has_status()
            && !brings_status
            && let Some(fields) = object.as_object_mut()
        {
            fields.shift_remove("status");
        }
        match resource.plural {
            "namespaces" => {
                object["status"] = json!({"phase": "Active"});
                let finalizers = object["spec"]["finalizers"].as_array().cloned().unwrap_or_default();
                let has = finalizers.iter().any(|finalizer| finalizer == "kubernetes");
                let finalizers: Vec<Value> =
                    finalizers.into_iter().chain((!has).then(|| json!("kubernetes"))).collect();
                object["spec"] = json!({"finalizers": finalizers});
            }
            "pods" => {
                object["status"] = json!({"phase": "Pending", "qosClass": super::qos::qos_class(&object["spec"])})
            }
            "persistentvolumeclaims" => object["status"] = json!({"phase": "Pending"}),
            "persistentvolumes" => object["status"] = json!({"phase": "Pending"}),
            "certificatesigningrequests" => {
                object["spec"]["username"] = json!(self.user.0);
                object["spec"]["groups"] = json!(self.user.1);
                object["status"] = json!({});
            }
            "customresourcedefinitions" => {
                object["status"] = json!({"conditions": null, "acceptedNames": {"plural": "", "kind": ""}});
                super::custom::note_stored(object);
            }
            _ => {}
        }
    }

    /// Refuses objects of a definition that is being deleted: apiextensions-apiserver `customresource_handler.go`.
    fn definition_takes(&self, resource: &Resource) -> Result<(), Status> {
        let definition = if resource.custom { self.world.definition(resource) } else { None };
        if definition.is_none_or(|definition| definition["metadata"]["deletionTimestamp"].is_null()) {
            return Ok(());
        }
        let message = "create not allowed while custom resource definition is terminating".to_owned();
        Err(Status {
            code: 405,
            reason: "MethodNotAllowed",
            message,
            details: Some(super::status::details_of(resource)),
        })
    }

    /// Drops what the schema of a custom resource does not have, and fills in its defaults.
    pub(super) fn fit(&self, resource: &Resource, object: &mut Value) {
        if let Some(schema) = self.world.custom_schema(resource, self.version(resource))
            && !self.world.keeps_all(resource)
        {
            super::validate::custom::prune(&schema, object, true);
            super::validate::custom::default(&schema, object);
        }
    }

    /// Notes in managedFields who wrote what.
    pub(super) fn track(&self, resource: &Resource, before: Option<&Value>, object: &mut Value) {
        if !self.managed {
            track(resource, before, object, self.writer());
        }
    }

    /// Who writes, and when.
    pub(super) fn writer(&self) -> Writer<'_> {
        Writer { manager: &self.manager, now: self.world.now() }
    }

    /// Refuses an object with mistakes.
    pub(super) fn validate(&self, resource: &Resource, object: &Value, before: Option<&Value>) -> Result<(), Status> {
        let mut causes = super::validate::validate(resource, object, before, self.version(resource) == "v1beta1");
        if let Some(schema) = self.world.custom_schema(resource, self.version(resource)) {
            causes.extend(super::validate::custom::validate(&schema, object));
        }
        if causes.is_empty() { Ok(()) } else { Err(invalid(resource, name(object), &causes)) }
    }
}

/// Checks that an object is of the resource and of the namespace that it is sent to, and writes these into it.
pub(super) fn place(resource: &Resource, namespace: Option<&str>, object: &mut Value) -> Result<(), Status> {
    if !object.is_object() {
        return Err(Status::bad_request("the object provided is not an object"));
    }
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    let (kind, api_version) = (json!(resource.kind), json!(resource.api_version()));
    let sent = (&object["kind"], &object["apiVersion"]);
    if sent.0.is_string() && sent.1.is_string() && sent != (&kind, &api_version) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (own, of) = (text(sent.0), text(sent.1));
        if resource.custom {
            // apiextensions-apiserver `pkg/apiserver/customresource_handler.go`.
            return Err(Status::bad_request(if *sent.1 == api_version {
                format!("the kind in the data ({own}) does not match the expected kind ({})", resource.kind)
            } else {
                format!(
                    "the API version in the data ({of}) does not match the expected API version ({})",
                    resource.api_version()
                )
            }));
        }
        let version = of.rsplit('/').next().unwrap_or_default().to_owned();
        let inside = resource.internal_package();
        if Resource::of_kind(&of, &own).is_none() {
            let why = super::schema::unregistered(&own, &of);
            return Err(Status::bad_request(format!(
                "{own} in version {version:?} cannot be handled as a {}: {why}",
                resource.kind
            )));
        }
        return Err(Status::bad_request(format!(
            "{own} in version {version:?} cannot be handled as a {}: converting ({version}.{own}) to ({inside}.{}): \
             unknown conversion",
            resource.kind, resource.kind
        )));
    }
    (object["kind"], object["apiVersion"]) = (kind, api_version);
    match (namespace, object["metadata"]["namespace"].as_str().unwrap_or_default()) {
        (Some(namespace), "") => object["metadata"]["namespace"] = json!(namespace),
        (Some(namespace), own) if namespace != own => {
            return Err(Status::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        (None, own) if !own.is_empty() && !resource.namespaced => {
            let empty = json!({});
            copy(&mut object["metadata"], &empty, "namespace");
        }
        _ => {}
    }
    Ok(())
}
