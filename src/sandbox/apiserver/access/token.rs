//! Accounts by their tokens: v1.20 `pkg/serviceaccount/util.go` and `pkg/registry/authentication/tokenreview`.

use serde_json::{Value, json};

use super::roles::ACCOUNT;
use crate::sandbox::World;
use crate::sandbox::api::patch::apply::{Writer, track};
use crate::sandbox::api::token::{self, Account, ISSUER};
use crate::sandbox::api::{Resource, Status};
use crate::sandbox::apiserver::User;
use crate::sandbox::apiserver::answer::Answer;
use crate::sandbox::apiserver::request::{Request, Target};

/// The groups of an account.
pub(super) fn groups(namespace: &str) -> Vec<String> {
    vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")]
}

/// The user whose token a request bears.
///
/// # Errors
/// 401.
pub(in crate::sandbox::apiserver) fn authenticate(world: &World, token: &str) -> Result<User, Status> {
    let account = token::whose(world, token).map_err(|_| Status::unauthorized())?;
    if !account.audiences.iter().any(|audience| audience == ISSUER) {
        return Err(Status::unauthorized());
    }
    let mut groups = groups(&account.namespace);
    groups.push("system:authenticated".to_owned());
    Ok(User { name: name(&account), groups })
}

fn name(account: &Account) -> String {
    format!("{ACCOUNT}{}:{}", account.namespace, account.name)
}

/// Answers a TokenRequest.
pub(in crate::sandbox::apiserver) fn request(
    world: &mut World,
    resource: &Resource,
    target: &Target,
    account: &str,
    request: &Request,
) -> Result<Answer, Status> {
    let asked = request.object(("authentication.k8s.io", "v1"), "TokenRequest")?;
    let namespace = target.namespace.as_deref().unwrap_or_default();
    let mut answer = world.api("apiserver").request_token(namespace, account, &asked)?;
    let status = answer["status"].take();
    let (manager, now) = (request.manager(), world.now());
    let own = Resource { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", ..*resource };
    track(&own, None, &mut answer, Writer { manager: &manager, now });
    answer["status"] = status;
    Ok(Answer::object(201, &answer, request))
}

/// What a TokenReview finds.
pub(in crate::sandbox::apiserver) fn review(world: &World, review: &Value) -> Result<Value, Status> {
    let token = review["spec"]["token"].as_str().unwrap_or_default();
    if token.is_empty() {
        return Err(Status::bad_request("token is required for TokenReview in authentication"));
    }
    let wanted = review["spec"]["audiences"].as_array().cloned().unwrap_or_default();
    let account = match token::whose(world, token) {
        Ok(account) => account,
        Err(why) => return Ok(json!({"user": {}, "error": why})),
    };
    let own = |audience: &Value| account.audiences.iter().any(|own| audience == own.as_str());
    let audiences: Vec<Value> =
        if wanted.is_empty() { vec![json!(ISSUER)] } else { wanted.iter().filter(|a| own(a)).cloned().collect() };
    if audiences.is_empty() || !audiences.iter().any(own) {
        let why = format!("token audiences {:?} is invalid for the target audiences {wanted:?}", account.audiences);
        return Ok(json!({"user": {}, "error": why}));
    }
    let mut all = groups(&account.namespace);
    all.push("system:authenticated".to_owned());
    let mut user = json!({"username": name(&account), "uid": account.uid, "groups": all});
    if let Some((name, uid)) = &account.pod {
        user["extra"] = json!({
            "authentication.kubernetes.io/pod-name": [name], "authentication.kubernetes.io/pod-uid": [uid],
        });
    }
    Ok(json!({"authenticated": true, "user": user, "audiences": audiences}))
}
