//! The table of resources: one row a resource, in the order of discovery's groups, then by name. Taken from a v1.20.2
//! cluster's `/api/v1` and `/apis/…`; the stored versions follow from its `storageVersionHash`es, the folders from the keys
//! in its etcd.

use super::{Resource, Subresource};

const ALL: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/// Namespaces and services are deleted one by one.
const NO_COLLECTION: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];
const PROXY: &[&str] = &["create", "delete", "get", "patch", "update"];
const STREAM: &[&str] = &["create", "get"];
const CREATE: &[&str] = &["create"];
const GET_PUT: &[&str] = &["get", "patch", "update"];
const STATUS: Subresource = sub("status", None, "", GET_PUT);
const SCALE: Subresource = sub("scale", Some(("autoscaling", "v1")), "Scale", GET_PUT);

/// The named groups and their versions, the preferred one first, in the order of `/apis`.
pub const GROUPS: &[(&str, &[&str])] = &[
    ("apiregistration.k8s.io", &["v1", "v1beta1"]),
    ("apps", &["v1"]),
    ("events.k8s.io", &["v1", "v1beta1"]),
    ("authentication.k8s.io", &["v1", "v1beta1"]),
    ("authorization.k8s.io", &["v1", "v1beta1"]),
    ("autoscaling", &["v1", "v2beta1", "v2beta2"]),
    ("batch", &["v1", "v1beta1"]),
    ("certificates.k8s.io", &["v1", "v1beta1"]),
    ("networking.k8s.io", &["v1", "v1beta1"]),
    ("extensions", &["v1beta1"]),
    ("policy", &["v1beta1"]),
    ("rbac.authorization.k8s.io", &["v1", "v1beta1"]),
    ("storage.k8s.io", &["v1", "v1beta1"]),
    ("admissionregistration.k8s.io", &["v1", "v1beta1"]),
    ("apiextensions.k8s.io", &["v1", "v1beta1"]),
    ("scheduling.k8s.io", &["v1", "v1beta1"]),
    ("coordination.k8s.io", &["v1", "v1beta1"]),
    ("node.k8s.io", &["v1", "v1beta1"]),
    ("discovery.k8s.io", &["v1beta1"]),
    ("flowcontrol.apiserver.k8s.io", &["v1beta1"]),
];

/// All of them.
pub const RESOURCES: &[Resource] = &[
    namespaced("", &["v1"], "bindings", "Binding").never_stored(&["create"]),
    cluster("", &["v1"], "componentstatuses", "ComponentStatus").short(&["cs"]).never_stored(&["get", "list"]),
    namespaced("", &["v1"], "configmaps", "ConfigMap").short(&["cm"]),
    namespaced("", &["v1"], "endpoints", "Endpoints").short(&["ep"]).folder("services/endpoints"),
    namespaced("", &["v1"], "events", "Event").short(&["ev"]),
    namespaced("", &["v1"], "limitranges", "LimitRange").short(&["limits"]),
    cluster("", &["v1"], "namespaces", "Namespace")
        .short(&["ns"])
        .verbs(NO_COLLECTION)
        .with(&[sub("finalize", None, "", &["update"]), STATUS]),
    cluster("", &["v1"], "nodes", "Node")
        .short(&["no"])
        .folder("minions")
        .with(&[sub("proxy", None, "NodeProxyOptions", PROXY), STATUS]),
    namespaced("", &["v1"], "persistentvolumeclaims", "PersistentVolumeClaim").short(&["pvc"]).with(&[STATUS]),
    cluster("", &["v1"], "persistentvolumes", "PersistentVolume").short(&["pv"]).with(&[STATUS]),
    namespaced("", &["v1"], "pods", "Pod").short(&["po"]).categories(&["all"]).with(&[
        sub("attach", None, "PodAttachOptions", STREAM),
        sub("binding", None, "Binding", CREATE),
        sub("eviction", Some(("policy", "v1beta1")), "Eviction", CREATE),
        sub("exec", None, "PodExecOptions", STREAM),
        sub("log", None, "", &["get"]),
        sub("portforward", None, "PodPortForwardOptions", STREAM),
        sub("proxy", None, "PodProxyOptions", PROXY),
        STATUS,
    ]),
    namespaced("", &["v1"], "podtemplates", "PodTemplate"),
    namespaced("", &["v1"], "replicationcontrollers", "ReplicationController")
        .short(&["rc"])
        .categories(&["all"])
        .folder("controllers")
        .with(&[SCALE, STATUS]),
    namespaced("", &["v1"], "resourcequotas", "ResourceQuota").short(&["quota"]).with(&[STATUS]),
    namespaced("", &["v1"], "secrets", "Secret"),
    namespaced("", &["v1"], "serviceaccounts", "ServiceAccount").short(&["sa"]).with(&[sub(
        "token",
        Some(("authentication.k8s.io", "v1")),
        "TokenRequest",
        CREATE,
    )]),
    namespaced("", &["v1"], "services", "Service")
        .short(&["svc"])
        .categories(&["all"])
        .verbs(NO_COLLECTION)
        .folder("services/specs")
        .with(&[sub("proxy", None, "ServiceProxyOptions", PROXY), STATUS]),
    cluster("apiregistration.k8s.io", &["v1", "v1beta1"], "apiservices", "APIService")
        .categories(&["api-extensions"])
        .stored_as("apiregistration.k8s.io", "v1beta1")
        .folder("apiregistration.k8s.io/apiservices")
        .with(&[STATUS]),
    namespaced("apps", &["v1"], "controllerrevisions", "ControllerRevision"),
    namespaced("apps", &["v1"], "daemonsets", "DaemonSet").short(&["ds"]).categories(&["all"]).with(&[STATUS]),
    namespaced("apps", &["v1"], "deployments", "Deployment")
        .short(&["deploy"])
        .categories(&["all"])
        .with(&[SCALE, STATUS]),
    namespaced("apps", &["v1"], "replicasets", "ReplicaSet").short(&["rs"]).categories(&["all"]).with(&[SCALE, STATUS]),
    namespaced("apps", &["v1"], "statefulsets", "StatefulSet")
        .short(&["sts"])
        .categories(&["all"])
        .with(&[SCALE, STATUS]),
    namespaced("events.k8s.io", &["v1", "v1beta1"], "events", "Event").short(&["ev"]).stored_as("", "v1"),
    cluster("authentication.k8s.io", &["v1", "v1beta1"], "tokenreviews", "TokenReview").never_stored(&["create"]),
    namespaced("authorization.k8s.io", &["v1", "v1beta1"], "localsubjectaccessreviews", "LocalSubjectAccessReview")
        .never_stored(&["create"]),
    cluster("authorization.k8s.io", &["v1", "v1beta1"], "selfsubjectaccessreviews", "SelfSubjectAccessReview")
        .never_stored(&["create"]),
    cluster("authorization.k8s.io", &["v1", "v1beta1"], "selfsubjectrulesreviews", "SelfSubjectRulesReview")
        .never_stored(&["create"]),
    cluster("authorization.k8s.io", &["v1", "v1beta1"], "subjectaccessreviews", "SubjectAccessReview")
        .never_stored(&["create"]),
    namespaced("autoscaling", &["v1", "v2beta1", "v2beta2"], "horizontalpodautoscalers", "HorizontalPodAutoscaler")
        .short(&["hpa"])
        .categories(&["all"])
        .with(&[STATUS]),
    namespaced("batch", &["v1"], "jobs", "Job").categories(&["all"]).with(&[STATUS]),
    namespaced("batch", &["v1beta1"], "cronjobs", "CronJob").short(&["cj"]).categories(&["all"]).with(&[STATUS]),
    cluster("certificates.k8s.io", &["v1", "v1beta1"], "certificatesigningrequests", "CertificateSigningRequest")
        .short(&["csr"])
        .with(&[sub("approval", None, "", GET_PUT), STATUS]),
    cluster("networking.k8s.io", &["v1", "v1beta1"], "ingressclasses", "IngressClass")
        .stored_as("networking.k8s.io", "v1beta1"),
    namespaced("networking.k8s.io", &["v1", "v1beta1"], "ingresses", "Ingress")
        .short(&["ing"])
        .folder("ingress")
        .with(&[STATUS]),
    namespaced("networking.k8s.io", &["v1"], "networkpolicies", "NetworkPolicy").short(&["netpol"]),
    namespaced("extensions", &["v1beta1"], "ingresses", "Ingress")
        .short(&["ing"])
        .stored_as("networking.k8s.io", "v1beta1")
        .folder("ingress")
        .with(&[STATUS]),
    namespaced("policy", &["v1beta1"], "poddisruptionbudgets", "PodDisruptionBudget").short(&["pdb"]).with(&[STATUS]),
    cluster("policy", &["v1beta1"], "podsecuritypolicies", "PodSecurityPolicy")
        .short(&["psp"])
        .folder("podsecuritypolicy"),
    cluster("rbac.authorization.k8s.io", &["v1", "v1beta1"], "clusterrolebindings", "ClusterRoleBinding"),
    cluster("rbac.authorization.k8s.io", &["v1", "v1beta1"], "clusterroles", "ClusterRole"),
    namespaced("rbac.authorization.k8s.io", &["v1", "v1beta1"], "rolebindings", "RoleBinding"),
    namespaced("rbac.authorization.k8s.io", &["v1", "v1beta1"], "roles", "Role"),
    cluster("storage.k8s.io", &["v1", "v1beta1"], "csidrivers", "CSIDriver").stored_as("storage.k8s.io", "v1beta1"),
    cluster("storage.k8s.io", &["v1", "v1beta1"], "csinodes", "CSINode"),
    cluster("storage.k8s.io", &["v1", "v1beta1"], "storageclasses", "StorageClass").short(&["sc"]),
    cluster("storage.k8s.io", &["v1", "v1beta1"], "volumeattachments", "VolumeAttachment").with(&[STATUS]),
    cluster(
        "admissionregistration.k8s.io",
        &["v1", "v1beta1"],
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
    )
    .categories(&["api-extensions"])
    .stored_as("admissionregistration.k8s.io", "v1beta1"),
    cluster(
        "admissionregistration.k8s.io",
        &["v1", "v1beta1"],
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
    )
    .categories(&["api-extensions"])
    .stored_as("admissionregistration.k8s.io", "v1beta1"),
    cluster("apiextensions.k8s.io", &["v1", "v1beta1"], "customresourcedefinitions", "CustomResourceDefinition")
        .short(&["crd", "crds"])
        .categories(&["api-extensions"])
        .folder("apiextensions.k8s.io/customresourcedefinitions")
        .with(&[STATUS]),
    cluster("scheduling.k8s.io", &["v1", "v1beta1"], "priorityclasses", "PriorityClass").short(&["pc"]),
    namespaced("coordination.k8s.io", &["v1", "v1beta1"], "leases", "Lease")
        .stored_as("coordination.k8s.io", "v1beta1"),
    cluster("node.k8s.io", &["v1", "v1beta1"], "runtimeclasses", "RuntimeClass").stored_as("node.k8s.io", "v1beta1"),
    namespaced("discovery.k8s.io", &["v1beta1"], "endpointslices", "EndpointSlice"),
    cluster("flowcontrol.apiserver.k8s.io", &["v1beta1"], "flowschemas", "FlowSchema").with(&[STATUS]),
    cluster("flowcontrol.apiserver.k8s.io", &["v1beta1"], "prioritylevelconfigurations", "PriorityLevelConfiguration")
        .with(&[STATUS]),
];

const fn sub(
    name: &'static str,
    group_version: Option<(&'static str, &'static str)>,
    kind: &'static str,
    verbs: &'static [&'static str],
) -> Subresource {
    Subresource { name, group_version, kind, verbs }
}

const fn namespaced(
    group: &'static str,
    served: &'static [&'static str],
    plural: &'static str,
    kind: &'static str,
) -> Resource {
    Resource {
        group,
        version: served[0],
        served,
        stored: (group, served[0]),
        plural,
        name: plural,
        singular: "",
        kind,
        short_names: &[],
        categories: &[],
        namespaced: true,
        verbs: ALL,
        subresources: &[],
        folder: plural,
        custom: false,
    }
}

const fn cluster(
    group: &'static str,
    served: &'static [&'static str],
    plural: &'static str,
    kind: &'static str,
) -> Resource {
    Resource { namespaced: false, ..namespaced(group, served, plural, kind) }
}

impl Resource {
    const fn short(self, short_names: &'static [&'static str]) -> Self {
        Self { short_names, ..self }
    }

    const fn categories(self, categories: &'static [&'static str]) -> Self {
        Self { categories, ..self }
    }

    const fn verbs(self, verbs: &'static [&'static str]) -> Self {
        Self { verbs, ..self }
    }

    const fn never_stored(self, verbs: &'static [&'static str]) -> Self {
        Self { verbs, folder: "", ..self }
    }

    const fn stored_as(self, group: &'static str, version: &'static str) -> Self {
        Self { stored: (group, version), ..self }
    }

    const fn folder(self, folder: &'static str) -> Self {
        Self { folder, ..self }
    }

    const fn with(self, subresources: &'static [Subresource]) -> Self {
        Self { subresources, ..self }
    }
}
