//! Reviews: what may be done. RBAC is not modelled: who comes this far may do everything.

use serde_json::json;

use super::User;
use super::answer::Answer;
use super::request::Request;
use crate::sandbox::api::{Resource, Status};

/// Answers a review; none: it is not one.
pub(super) fn answer(resource: &Resource, request: &Request, user: &User) -> Result<Option<Answer>, Status> {
    if !resource.folder.is_empty() {
        return Ok(None);
    }
    let status = match resource.plural {
        "selfsubjectaccessreviews" => json!({"allowed": user.may_do_everything()}),
        "selfsubjectrulesreviews" => json!({
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
            "incomplete": false,
        }),
        "bindings" => return Ok(None),
        other => return Err(Status::not_modelled(other)),
    };
    if request.method != "POST" {
        return Err(Status::method_not_allowed());
    }
    let mut review = request.object((resource.group, resource.version), resource.kind)?;
    review["kind"] = json!(resource.kind);
    review["apiVersion"] = json!(resource.api_version());
    review["status"] = status;
    Ok(Some(Answer::object(201, &review, request)))
}
