//! What it takes to serve an object in another version than the one it is held in.

use super::Resource;

/// How a version relates to the one that the sandbox holds objects in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// Only `apiVersion` differs.
    Same,
    /// `events.k8s.io`: the core's events under other names.
    Events,
    /// Ingresses: v1beta1 names backends otherwise.
    Ingresses,
    /// HorizontalPodAutoscalers: what v1 keeps in annotations has fields.
    Autoscalers,
    /// CustomResourceDefinitions: v1beta1 says once what versions share.
    Definitions,
    /// Fields differ in ways that the sandbox does not model.
    Unknown,
}

impl Resource {
    /// How its objects are served in one of its versions.
    pub fn conversion(&self, version: &str) -> Conversion {
        match (self.group, self.plural) {
            ("events.k8s.io", _) => Conversion::Events,
            ("extensions", "ingresses") => Conversion::Ingresses,
            _ if version == self.version || self.custom => Conversion::Same,
            ("networking.k8s.io", "ingresses") => Conversion::Ingresses,
            ("autoscaling", _) => Conversion::Autoscalers,
            ("apiextensions.k8s.io", _) => Conversion::Definitions,
            ("certificates.k8s.io", _) => Conversion::Same,
            // In these groups v1beta1 has the fields of v1 (of the kinds' types.go in k8s.io/api v0.20.2).
            (
                "apiregistration.k8s.io" | "coordination.k8s.io" | "rbac.authorization.k8s.io" | "scheduling.k8s.io",
                _,
            )
            | ("storage.k8s.io" | "authorization.k8s.io" | "authentication.k8s.io" | "node.k8s.io", _)
            | ("admissionregistration.k8s.io", _)
            | ("networking.k8s.io", "ingressclasses") => Conversion::Same,
            _ => Conversion::Unknown,
        }
    }
}
