//! The bodies of patches.

use serde_json::Value;

use super::syntax;
use crate::sandbox::api::{PatchType, Resource, Status, group_version};
use crate::sandbox::codec;

/// What is said of a patch that is no JSON: apiserver `handlers/patch.go`, each kind with a decoder of its own.
pub(super) fn malformed(body: &[u8], patch_type: &PatchType) -> Option<Status> {
    match patch_type {
        PatchType::Strategic => syntax::decoded(body).map(Status::bad_request),
        PatchType::Merge => syntax::unmarshalled(body).map(|_| {
            let message = "Invalid JSON Patch".to_owned();
            Status { code: 500, reason: "", message, details: None }
        }),
        _ => syntax::unmarshalled(body).map(Status::bad_request),
    }
}

/// What is to be applied: handlers/patch.go, `applyPatcher`, and `fieldmanager/structuredmerge.go`.
pub(super) fn applied(body: &[u8], resource: &Resource, version: &str) -> Result<Value, Status> {
    let wrong = |why: String| Status::bad_request(format!("error decoding YAML: {why}"));
    let object = syntax::yaml(body).map_err(|why| wrong(format!("error converting YAML to JSON: {why}")))?;
    if !object.is_object() && !object.is_null() {
        let kind = codec::go_kind(&object);
        let why = format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}");
        return Err(wrong(format!("error unmarshaling JSON: while decoding JSON: {why}")));
    }
    let (given, expected) = (object["apiVersion"].as_str().unwrap_or_default(), group_version(resource.group, version));
    if given != expected {
        let message = "Incorrect version specified in apply patch. Specified patch version";
        return Err(Status::bad_request(format!("{message}: {given}, expected: {expected}")));
    }
    if object["kind"].as_str().unwrap_or_default().is_empty() && !resource.custom {
        let version = if resource.group.is_empty() { format!("/{version}") } else { expected };
        let message = format!("failed to create typed patch object: no corresponding type for {version}, Kind=");
        return Err(Status { code: 500, reason: "", message, details: None });
    }
    Ok(object)
}
