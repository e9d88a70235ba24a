//! Apply: the object shall be as the manifest says; what the manifest does not mention is others'.
//!
//! Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/apply`.

use serde_json::Value;

use super::strategic_patch::{self, Shape};
use super::{DryRun, Item, last_applied, merge_patch, with_last_applied, with_source};
use crate::client::Failure;
use crate::client::k8s::{DeleteOptions, K8s, PatchType, Resource};
use crate::clock::Clock;
use crate::render::compact_json;

/// How often a patch is made anew after a conflict with somebody else's write.
const ATTEMPTS: usize = 5;

/// How to apply.
#[derive(Debug, Clone, Default)]
pub struct ApplyOptions {
    /// Server-side apply.
    pub server_side: bool,
    /// Who did it, for `managedFields`; none: kubectl's name for the kind of apply.
    pub field_manager: Option<String>,
    /// Takes over fields of other managers, in server-side apply.
    pub force_conflicts: bool,
    /// How far it goes.
    pub dry_run: DryRun,
    /// Deletes and creates where a patch is refused.
    pub force: bool,
}

/// What apply did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was not there.
    Created,
    /// It was changed.
    Configured,
    /// It was as wanted.
    Unchanged,
    /// The server has merged it.
    ServersideApplied,
}

impl Outcome {
    /// kubectl's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
            Self::ServersideApplied => "serverside-applied",
        }
    }
}

/// An applied object.
#[derive(Debug, Clone)]
pub struct Applied {
    /// As stored, or as it would be.
    pub object: Value,
    /// What was done.
    pub outcome: Outcome,
    /// What kubectl writes to stderr; lines without their newline.
    pub warnings: Vec<String>,
}

/// Applies one object.
///
/// # Errors
/// Conflict, Invalid, …, or as [`K8s::send`]; says which patch failed and names the file where the object came from
/// one.
pub async fn apply(k8s: &K8s, clock: &dyn Clock, item: &Item, options: &ApplyOptions) -> Result<Applied, Failure> {
    if options.server_side {
        return server_side(k8s, item, options).await;
    }
    let manager = options.field_manager.as_deref().unwrap_or("kubectl-client-side-apply");
    let modified = with_last_applied(&item.object);
    let current = match item.stored(k8s).await {
        Ok(current) => current,
        Err(failure) if failure.is_not_found() => {
            let object = match options.dry_run {
                DryRun::Client => modified,
                dry_run => k8s
                    .create(&item.resource, item.namespace.as_deref(), &modified, &dry_run.query(manager))
                    .await
                    .map_err(|failure| with_source("creating", &item.source, failure))?,
            };
            return Ok(Applied { object, outcome: Outcome::Created, warnings: Vec::new() });
        }
        Err(failure) => {
            let doing = format!("retrieving current configuration of:\n{}\nfrom server for:", item.described());
            return Err(with_source(&doing, &item.source, failure));
        }
    };
    if options.dry_run == DryRun::Client {
        return Ok(Applied { object: current, outcome: Outcome::Configured, warnings: Vec::new() });
    }
    let mut warnings = Vec::new();
    if last_applied(&current).is_none() {
        warnings.push(format!(
            "Warning: resource {}/{} is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.",
            item.resource.plural, item.name
        ));
    }
    let (object, changed) = patch(k8s, clock, item, &modified, current, manager, options).await?;
    if changed && !object["metadata"]["deletionTimestamp"].is_null() {
        warnings.push(format!("Warning: Detected changes to resource {} which is currently being deleted.", item.name));
    }
    let outcome = if changed { Outcome::Configured } else { Outcome::Unchanged };
    Ok(Applied { object, outcome, warnings })
}

/// Patches until no other write comes between; returns the object and whether there was anything to patch.
async fn patch(
    k8s: &K8s,
    clock: &dyn Clock,
    item: &Item,
    modified: &Value,
    mut current: Value,
    manager: &str,
    options: &ApplyOptions,
) -> Result<(Value, bool), Failure> {
    let query = options.dry_run.query(manager);
    let namespace = item.namespace.as_deref();
    let mut attempt = 1;
    loop {
        let (kind, patch) = three_way(k8s, item, modified, &current).await?;
        if patch.as_object().is_some_and(serde_json::Map::is_empty) {
            return Ok((current, false));
        }
        match k8s.patch(&item.resource, namespace, &item.name, None, kind, &patch, &query).await {
            Ok(object) => return Ok((object, true)),
            Err(failure) if failure.reason == "Conflict" && attempt < ATTEMPTS => {
                attempt += 1;
                current = item.stored(k8s).await?;
            }
            Err(failure) if options.force && matches!(failure.reason.as_str(), "Conflict" | "Invalid") => {
                return recreate(k8s, clock, item, modified, &query).await.map(|object| (object, true));
            }
            Err(failure) => {
                let doing = format!("applying patch:\n{}\nto:\n{}\nfor:", compact_json(&patch), item.described());
                return Err(with_source(&doing, &item.source, failure));
            }
        }
    }
}

async fn three_way(k8s: &K8s, item: &Item, modified: &Value, current: &Value) -> Result<(PatchType, Value), Failure> {
    let original = match last_applied(current) {
        None => Value::Null,
        Some(text) => serde_json::from_str(text).map_err(|error| {
            Failure::answer(format!("error: the last-applied annotation of {} is no JSON: {error}", item.shown()))
        })?,
    };
    patch_between(k8s, &item.resource, &original, modified, current).await
}

/// The patch that takes `current` to `modified` and drops what `original` had and `modified` has no more.
async fn patch_between(
    k8s: &K8s,
    resource: &Resource,
    original: &Value,
    modified: &Value,
    current: &Value,
) -> Result<(PatchType, Value), Failure> {
    let openapi = k8s.openapi().await?;
    let schema = openapi.of_kind(&resource.api_version(), &resource.kind);
    // kubectl takes the strategic patch for the kinds that it was built with, which are those of the core API.
    match schema.filter(|(name, _)| name.starts_with("io.k8s.api.")) {
        Some((_, schema)) => {
            let shape = Shape { openapi: &openapi, schema: Some(schema) };
            Ok((PatchType::Strategic, strategic_patch::three_way(original, modified, current, shape)))
        }
        None => Ok((PatchType::Merge, merge_patch::three_way(original, modified, current))),
    }
}

/// Sends what differs between an object as it is stored and as it shall be; returns it as stored then.
///
/// # Errors
/// Conflict, Invalid, …, or as [`K8s::send`].
pub async fn send_difference(
    k8s: &K8s,
    resource: &Resource,
    before: &Value,
    after: &Value,
    query: &[(String, String)],
) -> Result<Value, Failure> {
    let (kind, patch) = patch_between(k8s, resource, before, after, before).await?;
    let text = |field: &str| before["metadata"][field].as_str();
    k8s.patch(resource, text("namespace"), text("name").unwrap_or_default(), None, kind, &patch, query).await
}

async fn recreate(
    k8s: &K8s,
    clock: &dyn Clock,
    item: &Item,
    modified: &Value,
    query: &[(String, String)],
) -> Result<Value, Failure> {
    let namespace = item.namespace.as_deref();
    k8s.delete(&item.resource, namespace, &item.name, &DeleteOptions::default()).await?;
    k8s.wait_gone(clock, &item.resource, namespace, &item.name, None, None).await?;
    k8s.create(&item.resource, namespace, modified, query).await
}

async fn server_side(k8s: &K8s, item: &Item, options: &ApplyOptions) -> Result<Applied, Failure> {
    if item.name.is_empty() {
        return Err(Failure::usage("error: resource name may not be empty"));
    }
    let mut query = options.dry_run.query(options.field_manager.as_deref().unwrap_or("kubectl"));
    query.push(("force".to_owned(), options.force_conflicts.to_string()));
    let namespace = item.namespace.as_deref();
    let applied = k8s.patch(&item.resource, namespace, &item.name, None, PatchType::Apply, &item.object, &query).await;
    match applied {
        Ok(object) => Ok(Applied { object, outcome: Outcome::ServersideApplied, warnings: Vec::new() }),
        Err(failure) if failure.reason == "Conflict" => Err(conflict(failure)),
        Err(failure) => Err(failure),
    }
}

fn conflict(mut failure: Failure) -> Failure {
    failure.message = format!(
        "error: {}
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See http://k8s.io/docs/reference/using-api/api-concepts/#conflicts",
        failure.answer
    );
    failure.answer.clear();
    failure
}
