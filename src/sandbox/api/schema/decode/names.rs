//! How Go calls the fields and types that JSON has, where that does not follow from their names.
//!
//! Source: k8s.io/api v0.20.2 `*/*/types.go`.

/// Fields whose first letter is not all that differs.
const FIELDS: &[(&str, &str)] = &[
    ("$ref", "Ref"),
    ("$schema", "Schema"),
    ("apiGroup", "APIGroup"),
    ("apiGroups", "APIGroups"),
    ("apiVersion", "APIVersion"),
    ("apiVersions", "APIVersions"),
    ("awsElasticBlockStore", "AWSElasticBlockStore"),
    ("caBundle", "CABundle"),
    ("cephfs", "CephFS"),
    ("cidr", "CIDR"),
    ("csi", "CSI"),
    ("dnsConfig", "DNSConfig"),
    ("dnsPolicy", "DNSPolicy"),
    ("externalID", "DoNotUseExternalID"),
    ("fc", "FC"),
    ("fsGroup", "FSGroup"),
    ("fsGroupChangePolicy", "FSGroupChangePolicy"),
    ("fsType", "FSType"),
    ("gcePersistentDisk", "GCEPersistentDisk"),
    ("gmsaCredentialSpec", "GMSACredentialSpec"),
    ("gmsaCredentialSpecName", "GMSACredentialSpecName"),
    ("http", "HTTP"),
    ("httpGet", "HTTPGet"),
    ("httpHeaders", "HTTPHeaders"),
    ("id", "ID"),
    ("ip", "IP"),
    ("ipBlock", "IPBlock"),
    ("ipFamilies", "IPFamilies"),
    ("ipFamilyPolicy", "IPFamilyPolicy"),
    ("ips", "IPs"),
    ("iqn", "IQN"),
    ("iscsi", "ISCSI"),
    ("iscsiInterface", "ISCSIInterface"),
    ("jsonPath", "JSONPath"),
    ("metadata", "ObjectMeta"),
    ("nfs", "NFS"),
    ("osImage", "OSImage"),
    ("pdName", "PDName"),
    ("qosClass", "QOSClass"),
    ("rbd", "RBD"),
    ("seLinux", "SELinux"),
    ("seLinuxOptions", "SELinuxOptions"),
    ("tcpSocket", "TCPSocket"),
    ("tls", "TLS"),
    ("ttlSecondsAfterFinished", "TTLSecondsAfterFinished"),
    ("tty", "TTY"),
    ("uid", "UID"),
    ("url", "URL"),
    ("wwids", "WWIDs"),
    ("x-kubernetes-embedded-resource", "XEmbeddedResource"),
    ("x-kubernetes-int-or-string", "XIntOrString"),
    ("x-kubernetes-list-map-keys", "XListMapKeys"),
    ("x-kubernetes-list-type", "XListType"),
    ("x-kubernetes-map-type", "XMapType"),
    ("x-kubernetes-preserve-unknown-fields", "XPreserveUnknownFields"),
];

/// Types that have another's fields among their own: the type, the other one, and which fields are its own.
const EMBEDDED: &[(&str, &str, &[&str])] = &[
    ("ConfigMapEnvSource", "LocalObjectReference", &["optional"]),
    ("ConfigMapKeySelector", "LocalObjectReference", &["key", "optional"]),
    ("ConfigMapProjection", "LocalObjectReference", &["items", "optional"]),
    ("ConfigMapVolumeSource", "LocalObjectReference", &["items", "defaultMode", "optional"]),
    ("EphemeralContainer", "EphemeralContainerCommon", &["targetContainerName"]),
    ("IngressRule", "IngressRuleValue", &["host"]),
    (
        "PersistentVolumeSpec",
        "PersistentVolumeSource",
        &[
            "capacity",
            "accessModes",
            "claimRef",
            "persistentVolumeReclaimPolicy",
            "storageClassName",
            "mountOptions",
            "volumeMode",
            "nodeAffinity",
        ],
    ),
    (
        "Probe",
        "Handler",
        &["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"],
    ),
    ("RuleWithOperations", "Rule", &["operations"]),
    ("SecretEnvSource", "LocalObjectReference", &["optional"]),
    ("SecretKeySelector", "LocalObjectReference", &["key", "optional"]),
    ("SecretProjection", "LocalObjectReference", &["items", "optional"]),
    ("Volume", "VolumeSource", &["name"]),
];

/// Lists whose elements are texts of a type of their own.
const ELEMENTS: &[(&str, &str)] = &[
    ("accessModes", "v1.PersistentVolumeAccessMode"),
    ("add", "v1.Capability"),
    ("drop", "v1.Capability"),
    ("finalizers", "v1.FinalizerName"),
    ("ipFamilies", "v1.IPFamily"),
    ("operations", "v1.OperationType"),
    ("policyTypes", "v1.PolicyType"),
    ("scopes", "v1.ResourceQuotaScope"),
    ("usages", "v1.KeyUsage"),
];

/// Go's name of a field, with that of the embedded type that it comes from before it.
pub(super) fn field(of: &str, name: &str) -> String {
    let short = of.rsplit('.').next().unwrap_or(of);
    let own = FIELDS.binary_search_by(|(known, _)| (*known).cmp(name)).ok().map(|at| FIELDS[at].1.to_owned());
    let own = own.unwrap_or_else(|| {
        let mut letters = name.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    });
    let embedded = EMBEDDED.iter().find(|(known, _, fields)| *known == short && !fields.contains(&name));
    match embedded {
        Some((_, embedded, _)) => format!("{embedded}: {own}"),
        None => own,
    }
}

/// Go's name of a type: `v1.PodSpec` of `io.k8s.api.core.v1.PodSpec`.
pub(super) fn type_name(definition: &str) -> &str {
    let dots: Vec<usize> = definition.match_indices('.').map(|(at, _)| at).collect();
    dots.len().checked_sub(2).map_or(definition, |at| &definition[dots[at] + 1..])
}

/// Go's name of the type of the texts in a list.
pub(super) fn element(of: &str, name: &str) -> &'static str {
    // Those of an object's metadata are plain texts.
    let plain = of.ends_with(".ObjectMeta");
    ELEMENTS.iter().find(|(known, _)| *known == name && !plain).map_or("string", |(_, element)| element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_go() {
        assert!(FIELDS.is_sorted());
        assert_eq!(field("io.k8s.api.core.v1.Volume", "configMap"), "VolumeSource: ConfigMap");
        assert_eq!(field("io.k8s.api.core.v1.Volume", "name"), "Name");
        assert_eq!(field("io.k8s.api.core.v1.Container", "tty"), "TTY");
        assert_eq!(type_name("io.k8s.api.core.v1.PodSpec"), "v1.PodSpec");
    }
}
