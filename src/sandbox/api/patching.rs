//! PATCH: changing an object, or one part of it, by a description of the change.

use std::sync::Arc;

use serde_json::{Value, json};

use super::update::Part;
use super::{Api, PatchType, Resource, Status, schema};
use crate::render::{compact_ordered_json, go_value};

impl Api<'_> {
    /// Changes an object, as PATCH does; `subresource` is empty, or `status`, or `scale`.
    ///
    /// # Errors
    /// 400 of a malformed patch, 404, 409 Conflict, 415, 422.
    pub fn patch(
        &mut self,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        subresource: &str,
        patch_type: PatchType,
        patch: &Value,
    ) -> Result<Arc<Value>, Status> {
        let found = self.resource(resource)?;
        super::admission::namespace_exists(self.world, found, namespace)?;
        let Some(before) = self.world.read(found, namespace, name) else {
            return match patch_type {
                PatchType::Apply { force } if subresource.is_empty() => {
                    let mut object = super::patch::apply::apply(found, None, patch, self.writer(), force)?;
                    object["metadata"]["name"] = json!(name);
                    self.managed = true;
                    let made = self.create(resource, namespace, object);
                    self.managed = false;
                    made
                }
                _ => Err(Status::not_found(found, name)),
            };
        };
        if subresource == "scale" {
            let scale = super::subresource::scale_of(found, &before);
            let scale = self.patched(found, &scale, patch_type, patch)?;
            return self.update_scale(resource, namespace, name, &scale);
        }
        let part = match subresource {
            "" => Part::Main,
            "status" => Part::Status,
            other => return Err(Status::not_modelled(&format!("patches of {other}"))),
        };
        let object = self.patched(found, &before, patch_type, patch)?;
        let own = super::metadata::name(&object);
        if own.is_empty() {
            let why = "was undeterminable: name must be provided";
            return Err(Status::bad_request(format!("the name of the object ({name} based on URL) {why}")));
        }
        if own != name {
            return Err(Status::bad_request(format!(
                "the name of the object ({own}) does not match the name on the URL ({name})"
            )));
        }
        let (own, asked) =
            (object["metadata"]["namespace"].as_str().unwrap_or_default(), namespace.unwrap_or_default());
        if own != asked {
            return Err(Status::bad_request(format!(
                "the namespace of the object ({own}) does not match the namespace on the request ({asked})"
            )));
        }
        self.managed = matches!(patch_type, PatchType::Apply { .. });
        let written = self.replace(found, namespace, object, part);
        self.managed = false;
        written
    }

    /// What a patch makes of an object.
    fn patched(
        &self,
        resource: &Resource,
        before: &Value,
        patch_type: PatchType,
        patch: &Value,
    ) -> Result<Value, Status> {
        let patched = match patch_type {
            PatchType::Json => super::patch::json(before, patch)?,
            PatchType::Merge if !patch.is_object() && !patch.is_array() => {
                // evanphx/json-patch v4.9.0 `merge.go`.
                return Err(Status { code: 500, reason: "", message: "Invalid JSON Patch".to_owned(), details: None });
            }
            PatchType::Merge => super::patch::merge(before, patch),
            PatchType::Strategic if resource.custom => {
                return Err(Status::unsupported_media_type(
                    "the body of the request was in an unknown format - accepted media types include: \
                     application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
                ));
            }
            PatchType::Strategic => super::patch::strategic(resource, before, patch)?,
            PatchType::Apply { force } => {
                return super::patch::apply::apply(resource, Some(before), patch, self.writer(), force);
            }
        };
        if resource.custom {
            return Ok(patched);
        }
        let text = compact_ordered_json(&rewritten(before, &patched));
        let refused = |why: String| match patch_type {
            PatchType::Strategic => Status::unfit_patch(&go_value(patch), &why),
            _ => Status::unfit_patch(&text, &why),
        };
        if let Some(why) = schema::no_type(&patched) {
            return Err(refused(why));
        }
        let due = (resource.group, resource.version);
        schema::typed(due, resource.kind, patched, text.as_bytes()).map_err(|(_, _, why)| refused(why))
    }
}

/// A patched object as upstream's patch library writes it: the fields of what changed are in the order of their names.
fn rewritten(before: &Value, after: &Value) -> Value {
    match (before, after) {
        (before, after) if before == after => before.clone(),
        (Value::Object(before), Value::Object(after)) => {
            let empty = Value::Null;
            let mut fields: Vec<(String, Value)> = after
                .iter()
                .map(|(name, value)| (name.clone(), rewritten(before.get(name).unwrap_or(&empty), value)))
                .collect();
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(fields.into_iter().collect())
        }
        (_, after) => after.clone(),
    }
}
