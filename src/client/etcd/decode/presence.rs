//! Which zero values the API's JSON shows.
//!
//! Kubernetes' protobuf always carries a Go field that is no pointer, also when it is zero; and JSON shows a zero only
//! where the Go field is a pointer or has no `omitempty`. The descriptors know neither, so this is the list of those
//! fields, by the Go types of Kubernetes 1.20 (`staging/src/k8s.io/api`). Structs are always shown.

use prost_reflect::MessageDescriptor;

/// Scalar fields that are pointers or have no `omitempty`, by message; the version of the group is left out.
const SHOWN: &[(&str, &str)] = &[
    ("meta.DeleteOptions", "gracePeriodSeconds orphanDependents propagationPolicy"),
    ("meta.ListMeta", "remainingItemCount"),
    ("meta.ObjectMeta", "deletionGracePeriodSeconds"),
    ("meta.OwnerReference", "kind name uid apiVersion controller blockOwnerDeletion"),
    ("meta.LabelSelectorRequirement", "key operator"),
    ("meta.Condition", "type status reason message"),
    (
        "admissionregistration.MutatingWebhook",
        "name failurePolicy matchPolicy sideEffects timeoutSeconds reinvocationPolicy",
    ),
    ("admissionregistration.ValidatingWebhook", "name failurePolicy matchPolicy sideEffects timeoutSeconds"),
    ("admissionregistration.Rule", "scope"),
    ("admissionregistration.ServiceReference", "namespace name path port"),
    ("admissionregistration.WebhookClientConfig", "url"),
    ("apps.ControllerRevision", "revision"),
    ("apps.DaemonSetSpec", "revisionHistoryLimit"),
    (
        "apps.DaemonSetStatus",
        "currentNumberScheduled numberMisscheduled desiredNumberScheduled numberReady collisionCount",
    ),
    ("apps.DeploymentSpec", "replicas revisionHistoryLimit progressDeadlineSeconds"),
    ("apps.DeploymentStatus", "collisionCount"),
    ("apps.ReplicaSetSpec", "replicas"),
    ("apps.ReplicaSetStatus", "replicas"),
    ("apps.RollingUpdateStatefulSetStrategy", "partition"),
    ("apps.StatefulSetSpec", "replicas serviceName revisionHistoryLimit"),
    ("apps.StatefulSetStatus", "replicas collisionCount"),
    ("autoscaling.CrossVersionObjectReference", "kind name"),
    ("autoscaling.HorizontalPodAutoscalerSpec", "minReplicas maxReplicas targetCPUUtilizationPercentage"),
    (
        "autoscaling.HorizontalPodAutoscalerStatus",
        "observedGeneration currentReplicas desiredReplicas currentCPUUtilizationPercentage",
    ),
    ("autoscaling.HPAScalingRules", "selectPolicy stabilizationWindowSeconds"),
    ("batch.CronJobSpec", "schedule startingDeadlineSeconds suspend successfulJobsHistoryLimit failedJobsHistoryLimit"),
    (
        "batch.JobSpec",
        "parallelism completions activeDeadlineSeconds backoffLimit manualSelector ttlSecondsAfterFinished",
    ),
    ("certificates.CertificateSigningRequestSpec", "request signerName"),
    ("coordination.LeaseSpec", "holderIdentity leaseDurationSeconds leaseTransitions"),
    ("core.AttachedVolume", "name devicePath"),
    ("core.AzureDiskVolumeSource", "diskName diskURI cachingMode fsType readOnly kind"),
    ("core.AWSElasticBlockStoreVolumeSource", "volumeID"),
    ("core.CSIPersistentVolumeSource", "driver volumeHandle"),
    ("core.CSIVolumeSource", "driver readOnly fsType"),
    ("core.ConfigMap", "immutable"),
    ("core.ConfigMapEnvSource", "optional"),
    ("core.ConfigMapKeySelector", "key optional"),
    ("core.ConfigMapProjection", "optional"),
    ("core.ConfigMapVolumeSource", "defaultMode optional"),
    ("core.Container", "name"),
    ("core.ContainerPort", "containerPort"),
    ("core.ContainerStateTerminated", "exitCode"),
    ("core.ContainerStatus", "name ready restartCount image imageID started"),
    ("core.DaemonEndpoint", "Port"),
    ("core.DownwardAPIVolumeFile", "path mode"),
    ("core.DownwardAPIVolumeSource", "defaultMode"),
    ("core.EndpointAddress", "ip nodeName"),
    ("core.EndpointPort", "port appProtocol"),
    ("core.EnvVar", "name"),
    ("core.Event", "reportingComponent reportingInstance"),
    ("core.EphemeralContainerCommon", "name"),
    ("core.FCVolumeSource", "lun"),
    ("core.GCEPersistentDiskVolumeSource", "pdName"),
    ("core.HTTPHeader", "name value"),
    ("core.HostPathVolumeSource", "path type"),
    ("core.ISCSIPersistentVolumeSource", "targetPortal iqn lun initiatorName"),
    ("core.ISCSIVolumeSource", "targetPortal iqn lun initiatorName"),
    ("core.KeyToPath", "key path mode"),
    ("core.LimitRangeItem", "type"),
    ("core.LocalVolumeSource", "path fsType"),
    ("core.NFSVolumeSource", "server path"),
    ("core.NamespaceCondition", "type status"),
    ("core.NodeAddress", "type address"),
    ("core.NodeCondition", "type status"),
    ("core.NodeSelectorRequirement", "key operator"),
    (
        "core.NodeSystemInfo",
        "machineID systemUUID bootID kernelVersion osImage containerRuntimeVersion kubeletVersion kubeProxyVersion \
         operatingSystem architecture",
    ),
    ("core.ObjectFieldSelector", "fieldPath"),
    ("core.PersistentVolumeClaimSpec", "storageClassName volumeMode"),
    ("core.PersistentVolumeClaimVolumeSource", "claimName"),
    ("core.PersistentVolumeSpec", "volumeMode"),
    ("core.PodAffinityTerm", "topologyKey"),
    ("core.PodCondition", "type status"),
    ("core.PodDNSConfigOption", "value"),
    ("core.PodReadinessGate", "conditionType"),
    ("core.PodSecurityContext", "runAsUser runAsGroup runAsNonRoot fsGroup fsGroupChangePolicy"),
    (
        "core.PodSpec",
        "terminationGracePeriodSeconds activeDeadlineSeconds automountServiceAccountToken shareProcessNamespace priority \
         runtimeClassName enableServiceLinks preemptionPolicy setHostnameAsFQDN",
    ),
    ("core.PreferredSchedulingTerm", "weight"),
    ("core.ProjectedVolumeSource", "defaultMode"),
    ("core.RangeAllocation", "range data"),
    ("core.ReplicationControllerSpec", "replicas"),
    ("core.ReplicationControllerStatus", "replicas"),
    ("core.ResourceFieldSelector", "resource"),
    ("core.ScopedResourceSelectorRequirement", "operator scopeName"),
    ("core.SeccompProfile", "type localhostProfile"),
    ("core.Secret", "immutable"),
    ("core.SecretEnvSource", "optional"),
    ("core.SecretKeySelector", "key optional"),
    ("core.SecretProjection", "optional"),
    ("core.SecretVolumeSource", "defaultMode optional"),
    (
        "core.SecurityContext",
        "privileged runAsUser runAsGroup runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation procMount",
    ),
    ("core.ServiceAccount", "automountServiceAccountToken"),
    ("core.ServiceAccountTokenProjection", "expirationSeconds path"),
    ("core.ClientIPConfig", "timeoutSeconds"),
    ("core.ServicePort", "port appProtocol"),
    ("core.ServiceSpec", "ipFamilyPolicy allocateLoadBalancerNodePorts"),
    ("core.Sysctl", "name value"),
    ("core.Taint", "key effect"),
    ("core.Toleration", "tolerationSeconds"),
    ("core.TopologySelectorLabelRequirement", "key"),
    ("core.TopologySpreadConstraint", "maxSkew topologyKey whenUnsatisfiable"),
    ("core.TypedLocalObjectReference", "apiGroup kind name"),
    ("core.Volume", "name"),
    ("core.VolumeDevice", "name devicePath"),
    ("core.VolumeMount", "name mountPath mountPropagation"),
    ("core.WeightedPodAffinityTerm", "weight"),
    ("core.WindowsSecurityContextOptions", "gmsaCredentialSpecName gmsaCredentialSpec runAsUserName"),
    ("discovery.Endpoint", "hostname nodeName"),
    ("discovery.EndpointConditions", "ready serving terminating"),
    ("discovery.EndpointPort", "name protocol port appProtocol"),
    ("discovery.EndpointSlice", "addressType"),
    ("flowcontrol.FlowDistinguisherMethod", "type"),
    ("flowcontrol.FlowSchemaSpec", "matchingPrecedence"),
    ("flowcontrol.GroupSubject", "name"),
    ("flowcontrol.LimitedPriorityLevelConfiguration", "assuredConcurrencyShares"),
    ("flowcontrol.PriorityLevelConfigurationReference", "name"),
    ("flowcontrol.QueuingConfiguration", "queues handSize queueLengthLimit"),
    ("flowcontrol.ServiceAccountSubject", "namespace name"),
    ("flowcontrol.UserSubject", "name"),
    ("networking.HTTPIngressPath", "pathType"),
    ("networking.IPBlock", "cidr"),
    ("networking.IngressServiceBackend", "name"),
    ("networking.IngressSpec", "ingressClassName"),
    ("networking.NetworkPolicyPort", "protocol"),
    ("node.RuntimeClass", "handler"),
    ("policy.HostPortRange", "min max"),
    ("policy.IDRange", "min max"),
    ("policy.PodDisruptionBudgetStatus", "disruptionsAllowed currentHealthy desiredHealthy expectedPods"),
    ("policy.PodSecurityPolicySpec", "defaultAllowPrivilegeEscalation allowPrivilegeEscalation"),
    ("policy.RunAsUserStrategyOptions", "rule"),
    ("policy.SELinuxStrategyOptions", "rule"),
    ("rbac.RoleRef", "apiGroup kind name"),
    ("rbac.Subject", "kind name"),
    ("scheduling.PriorityClass", "value preemptionPolicy"),
    ("storage.CSIDriverSpec", "attachRequired podInfoOnMount storageCapacity fsGroupPolicy requiresRepublish"),
    ("storage.CSINodeDriver", "name nodeID"),
    ("storage.StorageClass", "provisioner reclaimPolicy allowVolumeExpansion volumeBindingMode"),
    ("storage.TokenRequest", "audience expirationSeconds"),
    ("storage.VolumeAttachmentSource", "persistentVolumeName"),
    ("storage.VolumeAttachmentSpec", "attacher nodeName"),
    ("storage.VolumeAttachmentStatus", "attached"),
    ("storage.VolumeNodeResources", "count"),
];

/// Lists without `omitempty`: null where they are empty.
const NULL: &[(&str, &str)] = &[
    ("admissionregistration.MutatingWebhook", "admissionReviewVersions"),
    ("admissionregistration.ValidatingWebhook", "admissionReviewVersions"),
    ("core.ContainerImage", "names"),
    ("core.LimitRangeSpec", "limits"),
    ("core.NodeSelector", "nodeSelectorTerms"),
    ("core.PodSpec", "containers"),
    ("core.ProjectedVolumeSource", "sources"),
    ("core.TopologySelectorLabelRequirement", "values"),
    ("discovery.Endpoint", "addresses"),
    ("discovery.EndpointSlice", "endpoints ports"),
    ("flowcontrol.NonResourcePolicyRule", "verbs nonResourceURLs"),
    ("flowcontrol.PolicyRulesWithSubjects", "subjects"),
    ("flowcontrol.ResourcePolicyRule", "verbs apiGroups resources namespaces"),
    ("networking.HTTPIngressRuleValue", "paths"),
    ("rbac.ClusterRole", "rules"),
    ("rbac.PolicyRule", "verbs"),
    ("rbac.Role", "rules"),
    ("storage.CSINodeDriver", "topologyKeys"),
    ("storage.CSINodeSpec", "drivers"),
];

/// `k8s.io.api.core.v1.Pod`: `core.Pod`; `k8s.io.apimachinery.pkg.apis.meta.v1.Time`: `meta.Time`.
pub(super) fn short_name(message: &MessageDescriptor) -> String {
    let mut labels = message.full_name().rsplit('.');
    let kind = labels.next().unwrap_or_default();
    let group = labels.nth(1).unwrap_or_default();
    format!("{group}.{kind}")
}

/// Whether a field that is present and zero is shown.
pub(super) fn is_shown_when_zero(message: &str, field: &str) -> bool {
    has(SHOWN, message, field)
}

/// Whether an empty list is shown, as null.
pub(super) fn is_null_when_empty(message: &str, field: &str) -> bool {
    has(NULL, message, field)
}

fn has(rules: &[(&str, &str)], message: &str, field: &str) -> bool {
    rules.iter().any(|(known, fields)| *known == message && fields.split_whitespace().any(|known| known == field))
}

/// All rules, as message and field.
#[cfg(test)]
pub(super) fn rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    SHOWN.iter().chain(NULL).flat_map(|(message, fields)| fields.split_whitespace().map(move |field| (*message, field)))
}
