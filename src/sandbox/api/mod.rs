//! What the API server does with a request, without its wire: for the HTTP server and, directly, for the control plane's
//! own components.

pub mod defaults;
pub mod patch;
mod resource;
pub mod schema;
mod status;
pub mod table;
pub mod validate;

use std::sync::Arc;

use serde_json::{Value, json};

pub use resource::{RESOURCES, Resource};
pub use status::Status;

use super::World;

/// What can be asked of a deletion.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    /// Seconds between SIGTERM and SIGKILL; none: as the object says.
    pub grace_period_seconds: Option<i64>,
    /// `Background`, `Foreground` or `Orphan`; none: as the resource does by default.
    pub propagation_policy: Option<String>,
    /// The object must have this UID.
    pub uid: Option<String>,
    /// The object must have this resourceVersion.
    pub resource_version: Option<String>,
    /// Do all but the deletion.
    pub dry_run: bool,
}

/// How a patch is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchType {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' own: lists merge by their keys.
    Strategic,
    /// Server-side apply.
    Apply {
        /// Take fields from other managers.
        force: bool,
    },
}

/// The API as one of its users calls it.
#[derive(Debug)]
pub struct Api<'w> {
    world: &'w mut World,
    /// Who asks: `kube-controller-manager`. The field manager of what is written.
    pub manager: &'static str,
}

impl World {
    /// The API, as a component of the control plane calls it.
    pub fn api(&mut self, manager: &'static str) -> Api<'_> {
        Api { world: self, manager }
    }
}

impl Api<'_> {
    /// One object. `resource` is a plural name, with its group where that is not plain: `pods`, `events.events.k8s.io`.
    ///
    /// # Errors
    /// 404.
    pub fn get(&self, resource: &str, namespace: Option<&str>, name: &str) -> Result<Arc<Value>, Status> {
        let resource = Resource::named(resource)?;
        let kv = self.world.store.get(resource.key(namespace, name).as_bytes());
        let kv = kv.ok_or_else(|| Status::not_found(resource, name))?;
        Ok(Arc::new(decode(&kv.value, kv.mod_revision)))
    }

    /// All objects of a resource, or those of one namespace, in the order of their keys.
    ///
    /// # Errors
    /// An unknown resource.
    pub fn list(&self, resource: &str, namespace: Option<&str>) -> Result<Vec<Arc<Value>>, Status> {
        let resource = Resource::named(resource)?;
        let prefix = resource.prefix(namespace);
        let found = self.world.store.prefixed(prefix.as_bytes());
        Ok(found.map(|kv| Arc::new(decode(&kv.value, kv.mod_revision))).collect())
    }

    /// Makes an object, as POST does: with defaults, admission, uid and creationTimestamp; returns what is stored.
    ///
    /// # Errors
    /// 403, 404 of the namespace, 409 AlreadyExists, 422.
    pub fn create(&mut self, resource: &str, namespace: Option<&str>, mut object: Value) -> Result<Arc<Value>, Status> {
        let resource = Resource::named(resource)?;
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let key = resource.key(namespace, &name);
        if self.world.store.get(key.as_bytes()).is_some() {
            return Err(Status::already_exists(resource, &name));
        }
        if let Some(namespace) = namespace {
            object["metadata"]["namespace"] = json!(namespace);
        }
        Ok(self.write(&key, object))
    }

    /// Replaces an object, as PUT does; with a resourceVersion only the version that it names.
    ///
    /// # Errors
    /// 404, 409 Conflict, 422.
    pub fn update(&mut self, resource: &str, namespace: Option<&str>, object: Value) -> Result<Arc<Value>, Status> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        self.get(resource, namespace, &name)?;
        let key = Resource::named(resource)?.key(namespace, &name);
        Ok(self.write(&key, object))
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
        self.update(resource, namespace, object)
    }

    /// Deletes an object, or begins to: with a grace period or finalizers it stays for a while.
    ///
    /// # Errors
    /// 404, 409 on a precondition.
    pub fn delete(
        &mut self,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        _options: &DeleteOptions,
    ) -> Result<Arc<Value>, Status> {
        let found = self.get(resource, namespace, name)?;
        let key = Resource::named(resource)?.key(namespace, name);
        self.world.store.delete(key.as_bytes());
        Ok(found)
    }

    fn write(&mut self, key: &str, mut object: Value) -> Arc<Value> {
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.remove("resourceVersion");
        }
        let revision = self.world.store.put(key.to_owned(), object.to_string(), 0);
        object["metadata"]["resourceVersion"] = json!(revision.to_string());
        Arc::new(object)
    }
}

fn decode(value: &[u8], revision: i64) -> Value {
    let mut object: Value = serde_json::from_slice(value).unwrap_or_default();
    object["metadata"]["resourceVersion"] = json!(revision.to_string());
    object
}
