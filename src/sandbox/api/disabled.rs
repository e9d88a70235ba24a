//! Fields of features that v1.20 has switched off: a server takes them, and drops them. `dropDisabledFields` of
//! v1.20.2 `pkg/api/pod/util.go`.

use serde_json::Value;

use super::Resource;

/// Where the specs of Pods are: in a Pod, and in templates.
const SPECS: &[&str] = &["/spec", "/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/template/spec"];

/// Drops them; who sent them is still told to manage them.
pub(super) fn drop_disabled(resource: &Resource, object: &mut Value) {
    if resource.custom {
        return;
    }
    for at in SPECS {
        if let Some(spec) = object.pointer_mut(at).and_then(Value::as_object_mut) {
            spec.shift_remove("ephemeralContainers");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use crate::sandbox::api::PatchType;
    use crate::sandbox::{Profile, World, boot};

    /// As `kubectl apply` and `kubectl patch` on a v1.20.2 cluster.
    #[test]
    fn ephemeral_containers_are_taken_and_dropped() {
        let mut world = World::new(7, "2026-11-24T15:22:00Z".parse().unwrap());
        boot::boot(&mut world, Profile::Lab, "ca").unwrap();
        let more = json!([{"name": "d", "image": "busybox:1.31"}]);
        let spec = json!({"containers": [{"name": "c", "image": "busybox:1.31"}], "ephemeralContainers": more});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec});
        let mut api = world.api("kubectl");
        let made = api.create("pods", Some("default"), pod).unwrap();
        assert!(made["spec"]["ephemeralContainers"].is_null());
        let patch = json!({"spec": {"ephemeralContainers": more}});
        let patched = api.patch("pods", Some("default"), "p", "", PatchType::Strategic, &patch).unwrap();
        assert!(patched["spec"]["ephemeralContainers"].is_null());
        let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": spec});
        let set = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "s"}, "spec":
            {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": template}});
        let made = api.create("replicasets.apps", Some("default"), set).unwrap();
        assert!(made["spec"]["template"]["spec"]["ephemeralContainers"].is_null());
    }
}
