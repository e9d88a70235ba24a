//! ServiceAccount: a Pod runs as an account of its namespace and has the account's token mounted:
//! v1.20 `plugin/pkg/admission/serviceaccount`.

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{Resource, Status};

/// Where containers find the token.
const PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Whether a Pod was refused because its namespace is so new that it has no account yet.
pub fn awaits_account(status: &Status) -> bool {
    let missing = "error looking up service account ";
    status.message.contains(missing) && status.message.ends_with("/default: serviceaccount \"default\" not found")
        || status.message.starts_with("No API token found for service account \"default\"")
}

/// Gives a Pod its account and the account's token.
pub(super) fn give(world: &World, resource: &Resource, namespace: &str, pod: &mut Value) -> Result<(), Status> {
    // A mirror Pod stands for what a kubelet runs by itself, and gets nothing.
    if !pod["metadata"]["annotations"]["kubernetes.io/config.mirror"].is_null() {
        return Ok(());
    }
    let name = pod["spec"]["serviceAccountName"].as_str().filter(|name| !name.is_empty());
    let name = name.unwrap_or("default").to_owned();
    pod["spec"]["serviceAccountName"] = json!(name);
    pod["spec"]["serviceAccount"] = json!(name);
    let own = pod["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let account = world.read(Resource::named("serviceaccounts")?, Some(namespace), &name).ok_or_else(|| {
        let why = format!("error looking up service account {namespace}/{name}: serviceaccount {name:?} not found");
        Status::forbidden(resource, &own, &why)
    })?;
    let wanted = pod["spec"]["automountServiceAccountToken"].as_bool();
    if wanted.or(account["automountServiceAccountToken"].as_bool()).unwrap_or(true) {
        mount(world, namespace, &account, pod).map_err(|why| Status {
            code: 500,
            reason: "ServerTimeout",
            message: format!("No API token found for service account {name:?}, {why}"),
            details: Some(json!({"name": "create", "kind": "serviceaccounts", "retryAfterSeconds": 1})),
        })?;
    }
    let pulls = account["imagePullSecrets"].as_array().filter(|secrets| !secrets.is_empty());
    if let Some(pulls) = pulls.filter(|_| pod["spec"]["imagePullSecrets"].is_null()) {
        pod["spec"]["imagePullSecrets"] = json!(pulls);
    }
    Ok(())
}

/// Mounts the account's token where nothing else is mounted.
fn mount(world: &World, namespace: &str, account: &Value, pod: &mut Value) -> Result<(), &'static str> {
    let secrets = Resource::named("secrets").map_err(|_| "without secrets")?;
    let tokens = account["secrets"].as_array().into_iter().flatten();
    let token = tokens.filter_map(|secret| secret["name"].as_str()).find(|secret| {
        let found = world.read(secrets, Some(namespace), secret);
        found.is_some_and(|found| found["type"] == "kubernetes.io/service-account-token")
    });
    let token = token.ok_or("retry after the token is automatically created and added to the service account")?;
    let volumes = pod["spec"]["volumes"].as_array().cloned().unwrap_or_default();
    let present = volumes.iter().find(|volume| volume["secret"]["secretName"] == token);
    let volume = present.and_then(|volume| volume["name"].as_str()).unwrap_or(token).to_owned();
    let mut used = false;
    for list in ["initContainers", "containers"] {
        for container in pod["spec"][list].as_array_mut().into_iter().flatten() {
            let mut mounts = container["volumeMounts"].as_array().cloned().unwrap_or_default();
            if mounts.iter().any(|mount| mount["mountPath"] == PATH) {
                continue;
            }
            mounts.push(json!({"name": volume, "readOnly": true, "mountPath": PATH}));
            container["volumeMounts"] = json!(mounts);
            used = true;
        }
    }
    if used && present.is_none() {
        let mut volumes = volumes;
        volumes.push(json!({"name": volume, "secret": {"secretName": token, "defaultMode": 420}}));
        pod["spec"]["volumes"] = json!(volumes);
    }
    Ok(())
}
