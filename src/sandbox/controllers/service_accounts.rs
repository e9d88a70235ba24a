//! What each namespace gets: the account `default` with its token, and the certificate of the cluster's CA.
//! pkg/controller/serviceaccount and pkg/controller/certificates/rootcacertpublisher.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::api::token::sign;
use crate::sandbox::informers::Name;
use crate::sandbox::object;

use super::queue::Controller;
use super::{MANAGER, update};

/// Makes the accounts, by namespace.
const ACCOUNTS: Controller = Controller::new("serviceaccount", accounts);
/// Makes the tokens, by account.
const TOKENS: Controller = Controller::new("serviceaccount-token", tokens);
/// The config map of the CA's certificate: `RootCACertConfigMapName`.
const ROOT_CA: &str = "kube-root-ca.crt";

/// Starts the controllers.
pub(super) fn start(world: &mut World) {
    world.informers.watch("namespaces", |world, heard| ACCOUNTS.enqueue(world, &Name::new("", &heard.name.name)));
    world.informers.watch("serviceaccounts", |world, heard| {
        if heard.now.is_none() {
            ACCOUNTS.enqueue(world, &Name::new("", &heard.name.namespace));
        }
        TOKENS.enqueue(world, &heard.name);
    });
    world.informers.watch("secrets", |world, heard| {
        let account = heard.object()["metadata"]["annotations"]["kubernetes.io/service-account.name"].as_str();
        if let Some(account) = account.filter(|_| heard.now.is_none()) {
            TOKENS.enqueue(world, &Name::new(&heard.name.namespace, account));
        }
    });
    world.informers.watch("configmaps", |world, heard| {
        if heard.name.name == ROOT_CA && heard.now.is_none() {
            ACCOUNTS.enqueue(world, &Name::new("", &heard.name.namespace));
        }
    });
}

fn accounts(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(namespace) = world.informers.get("namespaces", "", &name.name) else { return Ok(()) };
    if object::deleting(&namespace) {
        return Ok(());
    }
    if world.informers.get("configmaps", &name.name, ROOT_CA).is_none() {
        let made = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": ROOT_CA, "namespace": name.name},
            "data": {"ca.crt": ca(world)},
        });
        world.api(MANAGER).create("configmaps", Some(&name.name), made)?;
    }
    if world.informers.get("serviceaccounts", &name.name, "default").is_none() {
        let made = json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name.name},
        });
        world.api(MANAGER).create("serviceaccounts", Some(&name.name), made)?;
    }
    Ok(())
}

fn tokens(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(account) = world.informers.get("serviceaccounts", &name.namespace, &name.name) else {
        return forget(world, name, None);
    };
    // Of an earlier account of that name.
    forget(world, name, Some(object::uid(&account)))?;
    // References to tokens that are gone go first: `removeSecretReference`.
    let own = format!("{}-token-", name.name);
    let is_gone = |world: &World, reference: &Value| {
        let secret = reference["name"].as_str().unwrap_or_default();
        secret.starts_with(&own) && world.informers.get("secrets", &name.namespace, secret).is_none()
    };
    if object::items(&account["secrets"]).iter().any(|reference| is_gone(world, reference)) {
        let kept = object::items(&account["secrets"]).iter().filter(|reference| !is_gone(world, reference)).cloned();
        let kept: Vec<Value> = kept.collect();
        return update(world, "serviceaccounts", name, |account| match account.as_object_mut() {
            Some(fields) if kept.is_empty() => drop(fields.remove("secrets")),
            _ => account["secrets"] = json!(kept),
        });
    }
    let there = object::items(&account["secrets"]).iter().any(|reference| {
        let secret = reference["name"].as_str().unwrap_or_default();
        world.informers.get("secrets", &name.namespace, secret).is_some()
    });
    if there || object::deleting(&account) {
        return Ok(());
    }
    let secret = format!("{}-token-{}", name.name, object::suffix(world));
    let (ca, token) = (STANDARD.encode(ca(world)), STANDARD.encode(token(world, name, &secret, object::uid(&account))));
    let annotations = json!({
        "kubernetes.io/service-account.name": name.name, "kubernetes.io/service-account.uid": object::uid(&account),
    });
    let made = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": secret, "namespace": name.namespace, "annotations": annotations},
        "data": {"ca.crt": ca, "namespace": STANDARD.encode(&name.namespace), "token": token},
        "type": "kubernetes.io/service-account-token",
    });
    world.api(MANAGER).create("secrets", name.ns(), made)?;
    update(world, "serviceaccounts", name, |account| account["secrets"] = json!([{"name": secret}]))
}

/// The tokens of an account that is gone go too: those that are not of this UID.
fn forget(world: &mut World, name: &Name, uid: Option<&str>) -> Result<(), Status> {
    let of_it = |secret: &&std::sync::Arc<Value>| {
        secret["type"] == "kubernetes.io/service-account-token"
            && secret["metadata"]["annotations"]["kubernetes.io/service-account.name"] == name.name.as_str()
            && uid.is_none_or(|uid| secret["metadata"]["annotations"]["kubernetes.io/service-account.uid"] != uid)
    };
    let secrets: Vec<String> = world
        .informers
        .list_in("secrets", &name.namespace)
        .filter(of_it)
        .map(|secret| object::name(secret).to_owned())
        .collect();
    for secret in secrets {
        world.api(MANAGER).delete("secrets", name.ns(), &secret, &crate::sandbox::api::DeleteOptions::default())?;
    }
    Ok(())
}

/// The token of a Secret, which lasts as long as that.
fn token(world: &World, account: &Name, secret: &str, uid: &str) -> String {
    let claims = json!({
        "iss": "kubernetes/serviceaccount", "kubernetes.io/serviceaccount/namespace": account.namespace,
        "kubernetes.io/serviceaccount/secret.name": secret,
        "kubernetes.io/serviceaccount/service-account.name": account.name,
        "kubernetes.io/serviceaccount/service-account.uid": uid,
        "sub": format!("system:serviceaccount:{}:{}", account.namespace, account.name),
    });
    sign(world, &claims)
}

fn ca(world: &World) -> String {
    world.controllers.ca.clone()
}
