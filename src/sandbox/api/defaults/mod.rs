//! What the API server fills in where an object does not say.
//!
//! Source of the rules: k8s.io/kubernetes `pkg/apis/*/v1/defaults.go` of v1.20. Fields that Go's types always print
//! (`status: {}`) are the codec's; what depends on other objects (cluster IPs, tolerations, selectors of Jobs) admission's.

mod extension;
mod network;
mod pod;
mod quantity;
mod storage;
mod volume;
mod workload;

use serde_json::{Map, Value, json};

use super::Resource;

pub(in crate::sandbox::api) use workload::generate_selector;

/// Fills in the defaults of v1.20, and writes amounts in their canonical form.
pub fn default(resource: &Resource, object: &mut Value) {
    quantity::canonical(object);
    match (resource.group, resource.kind) {
        ("", "Pod") => pod::pod(object),
        ("", "PodTemplate") => pod::template(object),
        ("", "ReplicationController") => workload::replication_controller(object),
        ("apps", "Deployment") => workload::deployment(object),
        ("apps", "ReplicaSet") => workload::replica_set(object),
        ("apps", "DaemonSet") => workload::daemon_set(object),
        ("apps", "StatefulSet") => workload::stateful_set(object),
        ("batch", "Job") => workload::job(object),
        ("batch", "CronJob") => workload::cron_job(object),
        ("autoscaling", "HorizontalPodAutoscaler") => workload::autoscaler(object),
        ("", "Service") => network::service(object),
        ("", "Endpoints") => network::endpoints(object),
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(object),
        ("networking.k8s.io", "NetworkPolicy") => network::policy(object),
        ("", "Secret") => storage::secret(object),
        ("", "PersistentVolumeClaim") => storage::claim(object),
        ("", "PersistentVolume") => storage::volume(object),
        ("storage.k8s.io", "StorageClass") => storage::class(object),
        ("storage.k8s.io", "CSIDriver") => storage::driver(object),
        ("apiregistration.k8s.io", "APIService") => {
            child(object, "spec")
                .and_then(|spec| child(spec, "service"))
                .into_iter()
                .for_each(|service| set_number(service, "port", 443));
        }
        ("flowcontrol.apiserver.k8s.io", "FlowSchema") => {
            child(object, "spec").into_iter().for_each(|spec| set_number(spec, "matchingPrecedence", 1000));
        }
        ("policy", "PodSecurityPolicy") => {
            child(object, "spec").into_iter().for_each(|spec| set(spec, "allowPrivilegeEscalation", true));
        }
        ("", "LimitRange") => storage::limit_range(object),
        ("", "Node") => node(object),
        ("", "Namespace") => {
            if let Some(status) = child_or_new(object, "status") {
                set_text(status, "phase", "Active");
            }
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => binding(object),
        ("scheduling.k8s.io", "PriorityClass") => set_text(object, "preemptionPolicy", "PreemptLowerPriority"),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => extension::definition(object),
        ("admissionregistration.k8s.io", kind) => extension::webhooks(object, kind.starts_with("Mutating")),
        _ => {}
    }
}

/// A node can give all that it has, unless it says otherwise.
fn node(object: &mut Value) {
    let Some(status) = child(object, "status") else { return };
    if let Some(capacity) = status.get("capacity").filter(|capacity| !capacity.is_null()).cloned() {
        set(status, "allocatable", capacity);
    }
}

/// Roles, and the subjects that are no service accounts, are of RBAC's group.
fn binding(object: &mut Value) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    if let Some(role) = child(object, "roleRef") {
        set_text(role, "apiGroup", GROUP);
    }
    for subject in each(object, "subjects").filter(|subject| subject["kind"] == "User" || subject["kind"] == "Group") {
        set_text(subject, "apiGroup", GROUP);
    }
}

/// Gives a field a value if it has none.
fn set(object: &mut Value, field: &str, value: impl Into<Value>) {
    if let Some(fields) = object.as_object_mut() {
        let there = fields.entry(field).or_insert(Value::Null);
        if there.is_null() {
            *there = value.into();
        }
    }
}

/// Likewise, where empty text is none.
fn set_text(object: &mut Value, field: &str, text: &str) {
    if let Some(there) = object.get_mut(field).filter(|there| **there == "") {
        *there = Value::Null;
    }
    set(object, field, text);
}

/// Likewise, where 0 is none.
fn set_number(object: &mut Value, field: &str, number: i64) {
    if let Some(there) = object.get_mut(field).filter(|there| **there == 0) {
        *there = Value::Null;
    }
    set(object, field, number);
}

/// An object in a field that is there.
fn child<'a>(object: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    object.get_mut(field).filter(|child| child.is_object())
}

/// An object in a field, made if it is not there.
fn child_or_new<'a>(object: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    set(object, field, json!({}));
    child(object, field)
}

/// The objects of a list.
fn each<'a>(object: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    object.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten().filter(|element| element.is_object())
}

/// The fields of an object that has any.
fn some(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object().filter(|fields| !fields.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    /// What a value says: no status, and no fields that the codec adds or leaves out.
    fn said(value: &Value) -> Value {
        let nothing = |value: &Value| ["null", "\"\"", "[]", "{}", "false"].contains(&value.to_string().as_str());
        match value {
            Value::Object(fields) => {
                let said = fields.iter().filter(|(key, _)| *key != "status");
                let said = said.map(|(key, value)| (key.clone(), self::said(value)));
                said.filter(|(_, value)| !nothing(value)).collect::<Map<String, Value>>().into()
            }
            Value::Array(elements) => elements.iter().map(said).collect(),
            plain => plain.clone(),
        }
    }

    #[test]
    fn objects_become_what_a_real_server_made_of_them() {
        let pairs: Vec<(String, Value, Value)> = serde_json::from_str(include_str!("pairs.json")).unwrap();
        let mut wrong = Vec::new();
        for (plural, given, made) in &pairs {
            let api_version = given["apiVersion"].as_str().unwrap();
            let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
            let resource = Resource {
                group: group.to_owned().leak(),
                version: version.to_owned().leak(),
                kind: given["kind"].as_str().unwrap().to_owned().leak(),
                plural: plural.clone().leak(),
                ..super::super::RESOURCES[0]
            };
            let mut object = given.clone();
            default(&resource, &mut object);
            if said(&object) != said(made) {
                wrong.push(format!("{plural}\n{}\n{}", said(&object), said(made)));
            }
            let once = object.clone();
            default(&resource, &mut object);
            assert_eq!(object, once, "defaults are filled in once");
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
