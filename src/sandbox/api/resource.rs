//! The resources that are served.

use super::Status;

/// One resource.
#[derive(Debug)]
pub struct Resource {
    /// The API group; empty for the core's.
    pub group: &'static str,
    /// The version that is stored: `v1`.
    pub version: &'static str,
    /// `pods`.
    pub plural: &'static str,
    /// `Pod`.
    pub kind: &'static str,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// Where its keys are, below `/registry/`: `minions`, `services/specs`.
    pub folder: &'static str,
}

/// All of them.
pub const RESOURCES: &[Resource] = &[
    Resource {
        group: "",
        version: "v1",
        plural: "namespaces",
        kind: "Namespace",
        namespaced: false,
        folder: "namespaces",
    },
    Resource { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false, folder: "minions" },
    Resource { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true, folder: "pods" },
    Resource { group: "", version: "v1", plural: "events", kind: "Event", namespaced: true, folder: "events" },
    Resource {
        group: "",
        version: "v1",
        plural: "configmaps",
        kind: "ConfigMap",
        namespaced: true,
        folder: "configmaps",
    },
    Resource {
        group: "apps",
        version: "v1",
        plural: "deployments",
        kind: "Deployment",
        namespaced: true,
        folder: "deployments",
    },
    Resource {
        group: "apps",
        version: "v1",
        plural: "replicasets",
        kind: "ReplicaSet",
        namespaced: true,
        folder: "replicasets",
    },
    Resource {
        group: "coordination.k8s.io",
        version: "v1",
        plural: "leases",
        kind: "Lease",
        namespaced: true,
        folder: "leases",
    },
];

impl Resource {
    /// The resource of a plural name.
    ///
    /// # Errors
    /// 404.
    pub fn named(plural: &str) -> Result<&'static Self, Status> {
        RESOURCES.iter().find(|resource| resource.plural == plural).ok_or_else(Status::no_resource)
    }

    /// What the keys of its objects begin with, or of those in one namespace.
    pub fn prefix(&self, namespace: Option<&str>) -> String {
        match namespace {
            Some(namespace) => format!("/registry/{}/{namespace}/", self.folder),
            None => format!("/registry/{}/", self.folder),
        }
    }

    /// The key of one object.
    pub fn key(&self, namespace: Option<&str>, name: &str) -> String {
        format!("{}{name}", self.prefix(namespace))
    }
}
