//! Creating and replacing objects.

use serde_json::Value;

use super::{DryRun, Item, last_applied, with_last_applied, with_source};
use crate::client::Failure;
use crate::client::k8s::K8s;

/// How to create or replace.
#[derive(Debug, Clone)]
pub struct CreateOptions {
    /// Who did it, for `managedFields`.
    pub field_manager: String,
    /// How far it goes.
    pub dry_run: DryRun,
    /// Keeps the object in the annotation for a later apply.
    pub save_config: bool,
}

/// Creates the object; returns it as stored.
///
/// # Errors
/// AlreadyExists, Invalid, …, or as [`K8s::send`]; names the file where the object came from one.
pub async fn create(k8s: &K8s, item: &Item, options: &CreateOptions) -> Result<Value, Failure> {
    let object = if options.save_config { with_last_applied(&item.object) } else { item.object.clone() };
    if options.dry_run == DryRun::Client {
        return Ok(object);
    }
    let query = options.dry_run.query(&options.field_manager);
    k8s.create(&item.resource, item.namespace.as_deref(), &object, &query)
        .await
        .map_err(|failure| with_source("creating", &item.source, failure))
}

/// Puts the object in the place of the stored one; returns it as stored.
///
/// # Errors
/// NotFound, Conflict, Invalid, …, or as [`K8s::send`]; names the file where the object came from one.
pub async fn replace(k8s: &K8s, item: &Item, options: &CreateOptions) -> Result<Value, Failure> {
    // An object that was applied once keeps its annotation true.
    let keeps_config = options.save_config || last_applied(&item.object).is_some();
    let object = if keeps_config { with_last_applied(&item.object) } else { item.object.clone() };
    if options.dry_run == DryRun::Client {
        return Ok(object);
    }
    let query = options.dry_run.query(&options.field_manager);
    k8s.replace(&item.resource, item.namespace.as_deref(), &item.name, None, &object, &query)
        .await
        .map_err(|failure| with_source("replacing", &item.source, failure))
}
