//! Tokens of service accounts: those in their Secrets, and those that are asked for and end: v1.20 `pkg/serviceaccount` and
//! `pkg/registry/core/serviceaccount/storage/token.go`.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::metadata::rfc3339;
use super::validate::{Cause, invalid_kind};
use super::{Api, Status};
use crate::sandbox::World;
use crate::sandbox::object;

/// Who issues tokens, and for whom they are if nobody else is named: `--service-account-issuer`.
pub const ISSUER: &str = "https://kubernetes.default.svc";
/// How long a token lives if it is not said, and at the least and at the most, in seconds.
const LIFETIME: i64 = 3600;
const SHORTEST: i64 = 600;
const LONGEST: i64 = 1 << 32;

/// Whose token one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The account's namespace, name and UID.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// The Pod that the token is bound to: its name and UID.
    pub pod: Option<(String, String)>,
    /// For whom the token is.
    pub audiences: Vec<String>,
}

impl Api<'_> {
    /// Issues a token that ends, as POST to `/token` does; the request with the token in its status.
    ///
    /// # Errors
    /// 404 of the account or of what the token is to be bound to, 400, 409, 422.
    pub fn request_token(&mut self, namespace: &str, name: &str, request: &Value) -> Result<Value, Status> {
        let account = self.get("serviceaccounts", Some(namespace), name)?;
        let spec = &request["spec"];
        let seconds = spec["expirationSeconds"].as_i64().unwrap_or(LIFETIME);
        let refused = if seconds < SHORTEST {
            Some("may not specify a duration less than 10 minutes")
        } else if seconds > LONGEST {
            Some("may not specify a duration larger than 2^32 seconds")
        } else {
            None
        };
        if let Some(why) = refused {
            let message = format!("Invalid value: {seconds}: {why}");
            let cause = Cause { reason: "FieldValueInvalid", message, field: "spec.expirationSeconds".to_owned() };
            return Err(invalid_kind("TokenRequest", "authentication.k8s.io", "", &[cause]));
        }
        let mut private = json!({
            "namespace": namespace, "serviceaccount": {"name": name, "uid": object::uid(&account)},
        });
        if spec["boundObjectRef"].is_object() {
            let (kind, bound) = self.bound(namespace, name, &spec["boundObjectRef"])?;
            private[kind] = json!({"name": object::name(&bound), "uid": object::uid(&bound)});
        }
        let audiences = match object::items(&spec["audiences"]) {
            [] => vec![json!(ISSUER)],
            given => given.to_vec(),
        };
        let now = self.world.now().as_second();
        let claims = json!({
            "aud": audiences, "exp": now + seconds, "iat": now, "iss": ISSUER, "kubernetes.io": private, "nbf": now,
            "sub": format!("system:serviceaccount:{namespace}:{name}"),
        });
        let until = jiff::Timestamp::from_second(now + seconds).unwrap_or(jiff::Timestamp::MAX);
        Ok(json!({
            "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"creationTimestamp": null},
            "spec": {"audiences": audiences, "expirationSeconds": seconds,
                     "boundObjectRef": spec.get("boundObjectRef").cloned().unwrap_or_default()},
            "status": {"token": sign(self.world, &claims), "expirationTimestamp": rfc3339(until)},
        }))
    }

    /// What a token is to be bound to, and what its claims call it.
    fn bound(
        &mut self,
        namespace: &str,
        account: &str,
        reference: &Value,
    ) -> Result<(&'static str, std::sync::Arc<Value>), Status> {
        let name = reference["name"].as_str().unwrap_or_default();
        let kind = reference["kind"].as_str().unwrap_or_default();
        let (claim, found) = match kind {
            "Pod" => ("pod", self.get("pods", Some(namespace), name)?),
            "Secret" => ("secret", self.get("secrets", Some(namespace), name)?),
            _ => {
                let group = reference["apiVersion"].as_str().unwrap_or_default();
                let message = format!("cannot bind token for object of type {group}, Kind={kind}");
                return Err(Status::bad_request(message));
            }
        };
        if claim == "pod" && found["spec"]["serviceAccountName"] != account {
            let message = format!(
                "cannot bind token for serviceaccount {account:?} to pod running with different serviceaccount name."
            );
            return Err(Status::bad_request(message));
        }
        let uid = reference["uid"].as_str().filter(|uid| !uid.is_empty() && *uid != object::uid(&found));
        if let Some(uid) = uid {
            let why = format!(
                "the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated"
            );
            let resource = self.resource(if claim == "pod" { "pods" } else { "secrets" })?;
            return Err(Status::conflict(resource, resource.plural, name, &why));
        }
        Ok((claim, found))
    }
}

/// A JWT of the form of a real one. Its signature is no RSA's, but only this world gives it.
pub fn sign(world: &World, claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(json!({"alg": "RS256", "kid": key_id(world)}).to_string());
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = signature(world, &signed);
    format!("{signed}.{signature}")
}

fn key_id(world: &World) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("key of {}", world.controllers.ca)))
}

/// As long as one of 2048 bits.
fn signature(world: &World, signed: &str) -> String {
    let part = |n: u8| Sha256::digest(format!("{n} {} {signed}", world.controllers.ca));
    let bytes: Vec<u8> = (0..8).flat_map(part).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whose token this is.
///
/// # Errors
/// It is nobody's, or no longer.
pub fn whose(world: &World, token: &str) -> Result<Account, &'static str> {
    const INVALID: &str = "invalid bearer token";
    let (signed, given) = token.rsplit_once('.').ok_or(INVALID)?;
    let claims = signed.split_once('.').map_or("", |(_, claims)| claims);
    let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| INVALID)?;
    let claims: Value = serde_json::from_slice(&claims).map_err(|_| INVALID)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let old = |field: &str| text(&claims[format!("kubernetes.io/serviceaccount/{field}")]);
    let found = |resource: &str, namespace: &str, name: &str| {
        let resource = super::Resource::named(resource).ok()?;
        world.read(resource, Some(namespace), name)
    };
    let account = if claims["iss"] == ISSUER {
        let private = &claims["kubernetes.io"];
        let pod = private["pod"].is_object().then(|| (text(&private["pod"]["name"]), text(&private["pod"]["uid"])));
        let account = Account {
            namespace: text(&private["namespace"]),
            name: text(&private["serviceaccount"]["name"]),
            uid: text(&private["serviceaccount"]["uid"]),
            pod,
            audiences: object::items(&claims["aud"]).iter().map(text).collect(),
        };
        let bound = account.pod.as_ref().map(|(name, uid)| ("pods", name.clone(), uid.clone()));
        let secret = private["secret"].is_object();
        let secret = secret.then(|| ("secrets", text(&private["secret"]["name"]), text(&private["secret"]["uid"])));
        let there = bound.into_iter().chain(secret).all(|(resource, name, uid)| {
            found(resource, &account.namespace, &name).is_some_and(|object| object::uid(&object) == uid)
        });
        let lasts = claims["exp"].as_i64().is_some_and(|until| until > world.now().as_second());
        if signature(world, signed) != given || !lasts || !there {
            return Err(INVALID);
        }
        account
    } else {
        let account = Account {
            namespace: old("namespace"),
            name: old("service-account.name"),
            uid: old("service-account.uid"),
            pod: None,
            audiences: vec![ISSUER.to_owned()],
        };
        let secret = found("secrets", &account.namespace, &old("secret.name")).ok_or(INVALID)?;
        let own = STANDARD.decode(secret["data"]["token"].as_str().unwrap_or_default()).unwrap_or_default();
        if own != token.as_bytes() || object::deleting(&secret) {
            return Err(INVALID);
        }
        account
    };
    let known = found("serviceaccounts", &account.namespace, &account.name);
    if known.is_none_or(|known| object::uid(&known) != account.uid || object::deleting(&known)) {
        return Err(INVALID);
    }
    Ok(account)
}
