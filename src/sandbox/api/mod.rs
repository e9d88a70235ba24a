//! What the API server does with a request, without its wire: for the HTTP server and, directly, for the control plane's
//! own components. In reading order:
//!
//! - [`Resource`], [`Status`]: what is served, and how it is refused
//! - `storage`: objects as etcd holds them
//! - `create`, `update`, `patching`, `delete`: the verbs that write
//! - `subresource`: binding, eviction, scale, finalize
//! - `admission`: what is added to an object or refused before it is written
//! - `bootstrap`: the objects of a fresh cluster; `ranges`: which addresses and ports services have

mod admission;
mod aggregated;
mod bootstrap;
mod create;
mod custom;
pub mod defaults;
mod delete;
mod disabled;
mod disruption;
mod metadata;
mod options;
pub mod patch;
mod patching;
mod qos;
mod ranges;
mod resource;
pub mod schema;
mod service;
mod status;
mod storage;
mod subresource;
pub mod table;
pub mod token;
mod unreadable;
mod update;
pub mod validate;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

pub use admission::{awaits_account, measure};
pub use aggregated::Aggregated;
pub use bootstrap::{Cluster, bootstrap, restore};
pub use delete::Deleted;
pub use metadata::rfc3339;
pub use options::{DeleteOptions, PatchType};
pub use ranges::{Leaks, repair};
pub use resource::{Conversion, GROUPS, RESOURCES, Resource, Subresource, group_version, qualified};
pub use status::Status;
pub use storage::Cache;

use super::{World, codec};

/// The API as one of its users calls it.
///
/// A `resource` is a plural name, with its group where that is not plain: `pods`, `events.events.k8s.io`.
#[derive(Debug)]
pub struct Api<'w> {
    world: &'w mut World,
    /// Who asks: `kube-controller-manager`. The field manager of what is written.
    pub manager: Cow<'static, str>,
    /// The user who asks and his groups, where that is written down.
    pub user: (String, Vec<String>),
    /// Do all but write.
    pub dry_run: bool,
    /// In which version what is written was sent; empty: in the one that it is held in.
    pub in_version: String,
    /// Whether what is written comes with its managedFields, from server-side apply.
    managed: bool,
}

impl World {
    /// The API, as a component of the control plane or a client calls it.
    pub fn api(&mut self, manager: impl Into<Cow<'static, str>>) -> Api<'_> {
        Api {
            world: self,
            manager: manager.into(),
            user: Default::default(),
            dry_run: false,
            in_version: String::new(),
            managed: false,
        }
    }
}

impl Api<'_> {
    /// The version in which objects of a resource are sent.
    fn version<'v>(&'v self, resource: &'v Resource) -> &'v str {
        if self.in_version.is_empty() { resource.version } else { &self.in_version }
    }

    /// The resource of a name, built in or brought by a CustomResourceDefinition.
    ///
    /// # Errors
    /// 404.
    pub fn resource(&self, name: &str) -> Result<&'static Resource, Status> {
        Resource::named(name).or_else(|missing| self.world.custom_resource(name).ok_or(missing))
    }

    /// One object.
    ///
    /// # Errors
    /// 404.
    pub fn get(&self, resource: &str, namespace: Option<&str>, name: &str) -> Result<Arc<Value>, Status> {
        let resource = self.resource(resource)?;
        self.world.readable_at(resource, namespace, name)?;
        self.world.read(resource, namespace, name).ok_or_else(|| Status::not_found(resource, name))
    }

    /// All objects of a resource, or those of one namespace, in the order of their keys.
    ///
    /// # Errors
    /// An unknown resource.
    pub fn list(&self, resource: &str, namespace: Option<&str>) -> Result<Vec<Arc<Value>>, Status> {
        Ok(self.world.read_all(self.resource(resource)?, namespace))
    }
}

/// An object as etcd holds it. What cannot be an object of its kind is refused before; should a component write such a
/// thing, it is kept as JSON rather than lost.
fn encode(resource: &Resource, object: &Value) -> Bytes {
    codec::encode(resource, object).unwrap_or_else(|_| object.to_string().into())
}

/// The object in one of etcd's values, with the revision that wrote it as its resourceVersion; null where there is none.
pub(super) fn decode(value: &[u8], revision: i64) -> Value {
    let mut object = codec::decode(value, revision).unwrap_or_default();
    metadata::order(&mut object);
    object
}

#[cfg(test)]
mod tests;
