//! A patch applied here instead of by the server: for `--dry-run=client` and `--local`.
//!
//! Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/patch/patch.go`, `getPatchedJSON`.

use serde_json::Value;

use super::strategic_merge;
use super::strategic_patch::Shape;
use crate::client::Failure;
use crate::client::k8s::{K8s, PatchType, Resource};

/// What `object` becomes by `patch`, which is JSON; nothing is filled in or checked, as the server would.
///
/// # Errors
/// A patch that does not fit the object or its type, a strategic patch of a kind that kubectl was not built with.
pub async fn patched_here(
    k8s: &K8s,
    resource: &Resource,
    object: &Value,
    kind: PatchType,
    patch: &str,
) -> Result<Value, Failure> {
    let wrong = |what: String| Failure::usage(format!("error: {what}"));
    let mut patched = object.clone();
    if kind == PatchType::Json {
        let patch: json_patch::Patch = serde_json::from_str(patch).map_err(|error| wrong(error.to_string()))?;
        json_patch::patch(&mut patched, &patch).map_err(|error| wrong(error.to_string()))?;
        return Ok(patched);
    }
    let patch: Value = serde_json::from_str(patch).map_err(|_| wrong("Invalid JSON Patch".to_owned()))?;
    let Some(fields) = patch.as_object() else { return Err(wrong("Invalid JSON Patch".to_owned())) };
    if kind == PatchType::Merge {
        json_patch::merge(&mut patched, &patch);
        return Ok(patched);
    }
    let openapi = k8s.openapi().await?;
    let schema = openapi.of_kind(&resource.api_version(), &resource.kind);
    let Some((_, schema)) = schema.filter(|(name, _)| name.starts_with("io.k8s.api.")) else {
        let Resource { group, version, kind, .. } = resource;
        return Err(wrong(format!(
            "cannot apply strategic merge patch for {group}/{version}, Kind={kind} locally, try --type merge"
        )));
    };
    let shape = Shape { openapi: &openapi, schema: Some(schema) };
    let stored = patched.as_object().cloned().unwrap_or_default();
    strategic_merge::merge(stored, fields, shape).map(Value::Object)
}
