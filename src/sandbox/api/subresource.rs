//! `/binding`, `/approval` and `/scale`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::metadata::{name, order, rfc3339};
use super::update::Part;
use super::{Api, Resource, Status, admission};

impl Api<'_> {
    /// Puts a Pod on a node, as POST to `/binding` does: v1.20 `pkg/registry/core/pod/storage/storage.go`.
    ///
    /// # Errors
    /// 404, 409 of a Pod that is on a node or being deleted.
    pub fn bind(&mut self, namespace: &str, pod: &str, node: &str) -> Result<(), Status> {
        let pods = Resource::named("pods")?;
        admission::namespace_exists(self.world, pods, Some(namespace))?;
        let before = self.world.read(pods, Some(namespace), pod).ok_or_else(|| Status::not_found(pods, pod))?;
        let conflict = |why: String| Status::conflict(pods, "pods/binding", pod, &why);
        if !before["metadata"]["deletionTimestamp"].is_null() {
            return Err(conflict(format!("pod {pod} is being deleted, cannot be assigned to a host")));
        }
        if let Some(there) = before["spec"]["nodeName"].as_str().filter(|there| !there.is_empty()) {
            return Err(conflict(format!("pod {pod} is already assigned to node {there:?}")));
        }
        let mut bound = (*before).clone();
        bound["spec"]["nodeName"] = json!(node);
        let scheduled = json!({
            "type": "PodScheduled",
            "status": "True",
            "lastProbeTime": null,
            "lastTransitionTime": rfc3339(self.world.now()),
        });
        let conditions = bound["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let others = conditions.into_iter().filter(|condition| condition["type"] != "PodScheduled");
        bound["status"]["conditions"] = others.chain([scheduled]).collect();
        order(&mut bound);
        if !self.dry_run {
            self.world.write(pods, pods.key(Some(namespace), pod), bound);
        }
        Ok(())
    }

    /// Writes the conditions of a CertificateSigningRequest, as PUT to `/approval` does, with the times that are missing:
    /// v1.20 `pkg/registry/certificates/certificates/strategy.go`.
    ///
    /// # Errors
    /// As [`Api::update`].
    pub fn approve(&mut self, object: &Value) -> Result<Arc<Value>, Status> {
        let requests = Resource::named("certificatesigningrequests")?;
        let before = self.get(requests.name, None, name(object))?;
        let now = rfc3339(self.world.now());
        let mut conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
        for condition in &mut conditions {
            let known = before["status"]["conditions"].as_array().into_iter().flatten();
            let mut known =
                known.filter(|known| ["type", "status"].iter().all(|field| known[*field] == condition[*field]));
            let since = known.next().map_or_else(|| now.clone(), |known| known["lastTransitionTime"].clone());
            for (field, time) in [("lastUpdateTime", now.clone()), ("lastTransitionTime", since)] {
                if condition[field].is_null() {
                    condition[field] = time;
                }
            }
        }
        let mut next = object.clone();
        next["spec"] = before["spec"].clone();
        next["status"] = before["status"].clone();
        next["status"]["conditions"] = json!(conditions);
        self.replace(requests, None, next, Part::Status)
    }

    /// An object's `/scale`.
    ///
    /// # Errors
    /// 404 of the object, or of a resource without scale.
    pub fn scale(&self, resource: &str, namespace: Option<&str>, name: &str) -> Result<Value, Status> {
        let found = self.resource(resource)?;
        found.subresource("scale").ok_or_else(Status::no_resource)?;
        Ok(scale_of(found, &*self.get(resource, namespace, name)?))
    }

    /// Sets `spec.replicas`, as PUT to `/scale` does, and returns the new scale.
    ///
    /// # Errors
    /// 404, 409 Conflict, 422.
    pub fn update_scale(
        &mut self,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        scale: &Value,
    ) -> Result<Arc<Value>, Status> {
        let found = self.resource(resource)?;
        found.subresource("scale").ok_or_else(Status::no_resource)?;
        let mut object = (*self.get(resource, namespace, name)?).clone();
        let version = scale["metadata"]["resourceVersion"].as_str().filter(|version| !version.is_empty());
        if version.is_some_and(|version| object["metadata"]["resourceVersion"] != version) {
            return Err(Status::stale(found, name));
        }
        object["spec"]["replicas"] = json!(scale["spec"]["replicas"].as_i64().unwrap_or(0));
        // A scale has no managedFields in v1.20, so that whoever owned the number still does.
        self.managed = true;
        let written = self.replace(found, namespace, object, Part::Main);
        self.managed = false;
        Ok(Arc::new(scale_of(found, &*written?)))
    }
}

/// The `autoscaling/v1` Scale of an object.
pub(super) fn scale_of(resource: &Resource, object: &Value) -> Value {
    let mut metadata = json!({"name": name(object)});
    for field in ["namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = object["metadata"].get(field) {
            metadata[field] = value.clone();
        }
    }
    let mut spec = json!({});
    if let Some(replicas) = object["spec"]["replicas"].as_i64().filter(|replicas| *replicas != 0) {
        spec["replicas"] = json!(replicas);
    }
    let mut status = json!({"replicas": object["status"]["replicas"].as_i64().unwrap_or(0)});
    let selector = if resource.plural == "replicationcontrollers" {
        &object["spec"]["selector"]
    } else {
        &object["spec"]["selector"]["matchLabels"]
    };
    let mut labels: Vec<String> = selector
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    labels.sort();
    if !labels.is_empty() {
        status["selector"] = json!(labels.join(","));
    }
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status})
}
