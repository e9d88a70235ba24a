//! NamespaceLifecycle: apiserver v0.20.2 `admission/plugin/namespace/lifecycle`.

use crate::sandbox::World;
use crate::sandbox::api::validate::Cause;
use crate::sandbox::api::{Resource, Status};

/// The namespaces that cannot be deleted.
pub(in crate::sandbox::api) const IMMORTAL: &[&str] = &["default", "kube-system", "kube-public"];

/// Refuses writes into a namespace that is not there.
pub(in crate::sandbox::api) fn namespace_exists(
    world: &World,
    resource: &Resource,
    namespace: Option<&str>,
) -> Result<(), Status> {
    let Some(namespace) = namespace.filter(|_| resource.namespaced) else { return Ok(()) };
    let namespaces = Resource::named("namespaces")?;
    world.read(namespaces, None, namespace).map(|_| ()).ok_or_else(|| Status::not_found(namespaces, namespace))
}

/// Refuses new objects in a namespace that is being deleted.
pub(in crate::sandbox::api) fn namespace_takes(
    world: &World,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
) -> Result<(), Status> {
    let Some(namespace) = namespace.filter(|_| resource.namespaced) else { return Ok(()) };
    let found = world.read(Resource::named("namespaces")?, None, namespace);
    if found.is_none_or(|found| found["status"]["phase"] != "Terminating") {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    Err(Status::forbidden(resource, name, &why).because(&Cause {
        reason: "NamespaceTerminating",
        message: format!("namespace {namespace} is being terminated"),
        field: "metadata.namespace".to_owned(),
    }))
}
