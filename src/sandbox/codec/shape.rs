//! Which fields Kubernetes' Go types have as pointers, which its protobuf does not tell.
//!
//! Source: kubernetes v1.20.2 `staging/src/k8s.io/api/*/*/types.go` and `apimachinery/pkg/apis/meta/v1/types.go`. Messages are
//! named by group and kind; the version is left out.

/// Scalar fields that are pointers: not written where JSON does not have them. All others are always written, if need be as
/// zero.
const POINTERS: &[(&str, &str)] = &[
    (
        "admissionregistration.MutatingWebhook",
        "failurePolicy matchPolicy sideEffects timeoutSeconds reinvocationPolicy",
    ),
    ("admissionregistration.Rule", "scope"),
    ("admissionregistration.ServiceReference", "path port"),
    ("admissionregistration.ValidatingWebhook", "failurePolicy matchPolicy sideEffects timeoutSeconds"),
    ("admissionregistration.WebhookClientConfig", "url"),
    ("apps.DaemonSetSpec", "revisionHistoryLimit"),
    ("apps.DaemonSetStatus", "collisionCount"),
    ("apps.DeploymentSpec", "replicas revisionHistoryLimit progressDeadlineSeconds"),
    ("apps.DeploymentStatus", "collisionCount"),
    ("apps.ReplicaSetSpec", "replicas"),
    ("apps.RollingUpdateStatefulSetStrategy", "partition"),
    ("apps.StatefulSetSpec", "replicas revisionHistoryLimit"),
    ("apps.StatefulSetStatus", "collisionCount"),
    ("autoscaling.ContainerResourceMetricSource", "targetAverageUtilization"),
    ("autoscaling.ContainerResourceMetricStatus", "currentAverageUtilization"),
    ("autoscaling.HPAScalingRules", "stabilizationWindowSeconds selectPolicy"),
    ("autoscaling.HorizontalPodAutoscalerSpec", "minReplicas targetCPUUtilizationPercentage"),
    ("autoscaling.HorizontalPodAutoscalerStatus", "observedGeneration currentCPUUtilizationPercentage"),
    ("autoscaling.MetricTarget", "averageUtilization"),
    ("autoscaling.MetricValueStatus", "averageUtilization"),
    ("autoscaling.ResourceMetricSource", "targetAverageUtilization"),
    ("autoscaling.ResourceMetricStatus", "currentAverageUtilization"),
    ("batch.CronJobSpec", "startingDeadlineSeconds suspend successfulJobsHistoryLimit failedJobsHistoryLimit"),
    (
        "batch.JobSpec",
        "parallelism completions activeDeadlineSeconds backoffLimit manualSelector ttlSecondsAfterFinished",
    ),
    ("certificates.CertificateSigningRequestSpec", "signerName"),
    ("coordination.LeaseSpec", "holderIdentity leaseDurationSeconds leaseTransitions"),
    ("core.AzureDiskVolumeSource", "cachingMode fsType readOnly kind"),
    ("core.AzureFilePersistentVolumeSource", "secretNamespace"),
    ("core.CSIVolumeSource", "readOnly fsType"),
    ("core.ClientIPConfig", "timeoutSeconds"),
    ("core.ConfigMap", "immutable"),
    ("core.ConfigMapEnvSource", "optional"),
    ("core.ConfigMapKeySelector", "optional"),
    ("core.ConfigMapProjection", "optional"),
    ("core.ConfigMapVolumeSource", "defaultMode optional"),
    ("core.ContainerStatus", "started"),
    ("core.DownwardAPIVolumeFile", "mode"),
    ("core.DownwardAPIVolumeSource", "defaultMode"),
    ("core.EndpointAddress", "nodeName"),
    ("core.EndpointPort", "appProtocol"),
    ("core.FCVolumeSource", "lun"),
    ("core.GlusterfsPersistentVolumeSource", "endpointsNamespace"),
    ("core.HostPathVolumeSource", "type"),
    ("core.ISCSIPersistentVolumeSource", "initiatorName"),
    ("core.ISCSIVolumeSource", "initiatorName"),
    ("core.KeyToPath", "mode"),
    ("core.LocalVolumeSource", "fsType"),
    ("core.PersistentVolumeClaimSpec", "storageClassName volumeMode"),
    ("core.PersistentVolumeSpec", "volumeMode"),
    ("core.PodDNSConfigOption", "value"),
    ("core.PodSecurityContext", "runAsUser runAsGroup runAsNonRoot fsGroup fsGroupChangePolicy"),
    (
        "core.PodSpec",
        "terminationGracePeriodSeconds activeDeadlineSeconds automountServiceAccountToken shareProcessNamespace \
         priority runtimeClassName enableServiceLinks preemptionPolicy setHostnameAsFQDN",
    ),
    ("core.PortStatus", "error"),
    ("core.ProjectedVolumeSource", "defaultMode"),
    ("core.ReplicationControllerSpec", "replicas"),
    ("core.SeccompProfile", "localhostProfile"),
    ("core.Secret", "immutable"),
    ("core.SecretEnvSource", "optional"),
    ("core.SecretKeySelector", "optional"),
    ("core.SecretProjection", "optional"),
    ("core.SecretVolumeSource", "defaultMode optional"),
    (
        "core.SecurityContext",
        "privileged runAsUser runAsGroup runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation procMount",
    ),
    ("core.ServiceAccount", "automountServiceAccountToken"),
    ("core.ServiceAccountTokenProjection", "expirationSeconds"),
    ("core.ServicePort", "appProtocol"),
    ("core.ServiceSpec", "ipFamilyPolicy allocateLoadBalancerNodePorts"),
    ("core.Toleration", "tolerationSeconds"),
    ("core.TypedLocalObjectReference", "apiGroup"),
    ("core.VolumeMount", "mountPropagation"),
    ("core.WindowsSecurityContextOptions", "gmsaCredentialSpecName gmsaCredentialSpec runAsUserName"),
    ("discovery.Endpoint", "hostname nodeName"),
    ("discovery.EndpointConditions", "ready serving terminating"),
    ("discovery.EndpointPort", "name protocol port appProtocol"),
    ("extensions.HTTPIngressPath", "pathType"),
    ("extensions.IngressSpec", "ingressClassName"),
    ("meta.DeleteOptions", "gracePeriodSeconds orphanDependents propagationPolicy"),
    ("meta.ListMeta", "remainingItemCount"),
    ("meta.ObjectMeta", "deletionGracePeriodSeconds"),
    ("meta.OwnerReference", "controller blockOwnerDeletion"),
    ("networking.HTTPIngressPath", "pathType"),
    ("networking.IngressSpec", "ingressClassName"),
    ("networking.NetworkPolicyPort", "protocol"),
    ("policy.PodSecurityPolicySpec", "defaultAllowPrivilegeEscalation allowPrivilegeEscalation"),
    ("policy.RuntimeClassStrategyOptions", "defaultRuntimeClassName"),
    ("scheduling.PriorityClass", "preemptionPolicy"),
    ("storage.CSIDriverSpec", "attachRequired podInfoOnMount storageCapacity fsGroupPolicy requiresRepublish"),
    ("storage.StorageClass", "reclaimPolicy allowVolumeExpansion volumeBindingMode"),
    ("storage.TokenRequest", "expirationSeconds"),
    ("storage.VolumeAttachmentSource", "persistentVolumeName"),
    ("storage.VolumeNodeResources", "count"),
];
/// Message fields that are structs and no pointers: always written, if need be empty. Besides `metadata`, `spec` and
/// `status`, which always are, and what is inlined.
const STRUCTS: &[(&str, &str)] = &[
    ("admissionregistration.MutatingWebhook", "clientConfig"),
    ("admissionregistration.RuleWithOperations", "rule"),
    ("admissionregistration.ValidatingWebhook", "clientConfig"),
    ("apps.ControllerRevision", "data"),
    ("apps.DaemonSetCondition", "lastTransitionTime"),
    ("apps.DaemonSetSpec", "template updateStrategy"),
    ("apps.DeploymentCondition", "lastUpdateTime lastTransitionTime"),
    ("apps.DeploymentSpec", "template strategy"),
    ("apps.ReplicaSetCondition", "lastTransitionTime"),
    ("apps.ReplicaSetSpec", "template"),
    ("apps.StatefulSetCondition", "lastTransitionTime"),
    ("apps.StatefulSetSpec", "template updateStrategy"),
    ("autoscaling.ContainerResourceMetricSource", "target"),
    ("autoscaling.ContainerResourceMetricStatus", "currentAverageValue current"),
    ("autoscaling.ExternalMetricSource", "metric target"),
    ("autoscaling.ExternalMetricStatus", "currentValue metric current"),
    ("autoscaling.HorizontalPodAutoscalerCondition", "lastTransitionTime"),
    ("autoscaling.HorizontalPodAutoscalerSpec", "scaleTargetRef"),
    ("autoscaling.ObjectMetricSource", "target targetValue describedObject metric"),
    ("autoscaling.ObjectMetricStatus", "target currentValue metric current describedObject"),
    ("autoscaling.PodsMetricSource", "targetAverageValue metric target"),
    ("autoscaling.PodsMetricStatus", "currentAverageValue metric current"),
    ("autoscaling.ResourceMetricSource", "target"),
    ("autoscaling.ResourceMetricStatus", "currentAverageValue current"),
    ("batch.CronJobSpec", "jobTemplate"),
    ("batch.JobCondition", "lastProbeTime lastTransitionTime"),
    ("batch.JobSpec", "template"),
    ("batch.JobTemplate", "template"),
    ("certificates.CertificateSigningRequestCondition", "lastUpdateTime lastTransitionTime"),
    ("core.ConfigMapEnvSource", "localObjectReference"),
    ("core.ConfigMapKeySelector", "localObjectReference"),
    ("core.ConfigMapProjection", "localObjectReference"),
    ("core.ConfigMapVolumeSource", "localObjectReference"),
    ("core.Container", "resources"),
    ("core.ContainerStateRunning", "startedAt"),
    ("core.ContainerStateTerminated", "startedAt finishedAt"),
    ("core.ContainerStatus", "state lastState"),
    ("core.EphemeralContainerCommon", "resources"),
    ("core.Event", "involvedObject source firstTimestamp lastTimestamp eventTime"),
    ("core.EventSeries", "lastObservedTime"),
    ("core.HTTPGetAction", "port"),
    ("core.NamespaceCondition", "lastTransitionTime"),
    ("core.NodeCondition", "lastHeartbeatTime lastTransitionTime"),
    ("core.NodeDaemonEndpoints", "kubeletEndpoint"),
    ("core.NodeStatus", "daemonEndpoints nodeInfo"),
    ("core.PersistentVolumeClaimCondition", "lastProbeTime lastTransitionTime"),
    ("core.PersistentVolumeClaimSpec", "resources"),
    ("core.PersistentVolumeSpec", "persistentVolumeSource"),
    ("core.PodCondition", "lastProbeTime lastTransitionTime"),
    ("core.PodTemplate", "template"),
    ("core.PreferredSchedulingTerm", "preference"),
    ("core.Probe", "handler"),
    ("core.ReplicationControllerCondition", "lastTransitionTime"),
    ("core.ResourceFieldSelector", "divisor"),
    ("core.SecretEnvSource", "localObjectReference"),
    ("core.SecretKeySelector", "localObjectReference"),
    ("core.SecretProjection", "localObjectReference"),
    ("core.ServicePort", "targetPort"),
    ("core.ServiceStatus", "loadBalancer"),
    ("core.TCPSocketAction", "port"),
    ("core.Volume", "volumeSource"),
    ("core.WeightedPodAffinityTerm", "podAffinityTerm"),
    ("discovery.Endpoint", "conditions"),
    ("events.Event", "eventTime regarding deprecatedSource deprecatedFirstTimestamp deprecatedLastTimestamp"),
    ("events.EventSeries", "lastObservedTime"),
    ("extensions.HTTPIngressPath", "backend"),
    ("extensions.IngressBackend", "servicePort"),
    ("extensions.IngressRule", "ingressRuleValue"),
    ("extensions.IngressStatus", "loadBalancer"),
    ("flowcontrol.FlowSchemaCondition", "lastTransitionTime"),
    ("flowcontrol.FlowSchemaSpec", "priorityLevelConfiguration"),
    ("flowcontrol.LimitedPriorityLevelConfiguration", "limitResponse"),
    ("flowcontrol.PriorityLevelConfigurationCondition", "lastTransitionTime"),
    ("meta.Condition", "lastTransitionTime"),
    ("meta.ObjectMeta", "creationTimestamp"),
    ("networking.HTTPIngressPath", "backend"),
    ("networking.IngressBackend", "servicePort"),
    ("networking.IngressRule", "ingressRuleValue"),
    ("networking.IngressServiceBackend", "port"),
    ("networking.IngressStatus", "loadBalancer"),
    ("networking.NetworkPolicySpec", "podSelector"),
    ("policy.PodSecurityPolicySpec", "seLinux runAsUser supplementalGroups fsGroup"),
    ("rbac.ClusterRoleBinding", "roleRef"),
    ("rbac.RoleBinding", "roleRef"),
    ("storage.VolumeAttachmentSpec", "source"),
    ("storage.VolumeError", "time"),
];

/// Whether a scalar field is a pointer.
pub(super) fn is_pointer(message: &str, field: &str) -> bool {
    has(POINTERS, message, field)
}

/// Whether a message field is a struct.
pub(super) fn is_struct(message: &str, field: &str) -> bool {
    matches!(field, "metadata" | "spec" | "status") || has(STRUCTS, message, field)
}

fn has(rules: &[(&str, &str)], message: &str, field: &str) -> bool {
    // In the order of their messages.
    rules
        .binary_search_by(|(known, _)| (*known).cmp(message))
        .is_ok_and(|at| rules[at].1.split_whitespace().any(|known| known == field))
}

/// All rules, as message and field.
#[cfg(test)]
pub(super) fn rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    POINTERS
        .iter()
        .chain(STRUCTS)
        .flat_map(|(message, fields)| fields.split_whitespace().map(move |field| (*message, field)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_in_order() {
        for table in [POINTERS, STRUCTS] {
            assert!(table.is_sorted_by_key(|(message, _)| message));
        }
    }
}
