//! Deleting an object, and waiting until it is gone.

use std::time::Duration;

use serde_json::Value;

use crate::client::Failure;
use crate::client::k8s::{DeleteOptions, K8s, Resource};
use crate::clock::Clock;

/// Asks for an object's deletion and returns the UID of what is being deleted; none where the server did not tell.
///
/// # Errors
/// As [`K8s::delete`].
pub async fn delete(
    k8s: &K8s,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
    options: &DeleteOptions,
) -> Result<Option<String>, Failure> {
    let answer = k8s.delete(resource, namespace, name, options).await?;
    // A Status names what is gone already, an object what will be.
    let uid = if answer["kind"] == "Status" { &answer["details"]["uid"] } else { &answer["metadata"]["uid"] };
    Ok(Value::as_str(uid).map(str::to_owned))
}

/// Waits until a deleted object is gone, or another one has its name.
///
/// # Errors
/// Past the timeout (none: for ever), in kubectl's words.
pub async fn wait_deleted(
    k8s: &K8s,
    clock: &dyn Clock,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
    uid: Option<&str>,
    timeout: Option<Duration>,
) -> Result<(), Failure> {
    k8s.wait_gone(clock, resource, namespace, name, uid, timeout).await
}
