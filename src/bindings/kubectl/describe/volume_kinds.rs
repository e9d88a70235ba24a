//! The types of volumes, with the lines that each shows.

use Form::{Amount, Commas, Flag, Int, List, Map, NameOf, NamespaceOf, OrNone, OrUnset, Reference, Text};
use serde_json::Value;

use super::json::{flag, int, joined, quantity, show, show_list, text, text_or};
use crate::render::Quantity;

/// How a field is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Text,
    Int,
    Flag,
    /// `<none>` where it is missing.
    OrNone,
    /// `<unset>` where it is missing.
    OrUnset,
    /// An amount, `<unset>` unless it is more than nothing.
    Amount,
    /// `[a b]`.
    List,
    /// `a, b`.
    Commas,
    /// `map[a:b]`.
    Map,
    /// A reference to an object, as Go writes a pointer to it.
    Reference,
    /// The name in a reference.
    NameOf,
    /// The namespace in a reference.
    NamespaceOf,
}

impl Form {
    pub(super) fn write(self, value: &Value) -> String {
        match self {
            Self::Text => text(value).to_owned(),
            Self::Int => int(value).to_string(),
            Self::Flag => flag(value).to_string(),
            Self::OrNone if value.is_null() => "<none>".to_owned(),
            Self::OrUnset => text_or(value, "<unset>").to_owned(),
            Self::OrNone => show(value),
            Self::Amount if quantity(value) > Quantity::ZERO => quantity(value).to_string(),
            Self::Amount => "<unset>".to_owned(),
            Self::List => show_list(value),
            Self::Commas => joined(value, ", "),
            Self::Map if value.is_null() => "map[]".to_owned(),
            Self::Map => show(value),
            Self::Reference => reference(value),
            Self::NameOf => text(&value["name"]).to_owned(),
            Self::NamespaceOf => text(&value["namespace"]).to_owned(),
        }
    }
}

fn reference(value: &Value) -> String {
    match (value["name"].as_str(), value["namespace"].as_str()) {
        _ if value.is_null() => "nil".to_owned(),
        (name, None) => format!("&LocalObjectReference{{Name:{},}}", name.unwrap_or_default()),
        (name, Some(space)) => format!("&SecretReference{{Name:{},Namespace:{space},}}", name.unwrap_or_default()),
    }
}

/// One type of volume.
#[derive(Debug)]
pub(super) struct Kind {
    /// The field of the volume that has its source.
    pub(super) field: &'static str,
    /// The type, and what it means.
    pub(super) about: &'static str,
    /// Title, field and form of each line.
    pub(super) fields: &'static [(&'static str, &'static str, Form)],
}

const fn kind(field: &'static str, about: &'static str, fields: &'static [(&'static str, &'static str, Form)]) -> Kind {
    Kind { field, about, fields }
}

/// Source: kubectl v1.20 `pkg/describe`.
pub(super) const KINDS: &[Kind] = &[
    kind(
        "hostPath",
        "HostPath (bare host directory volume)",
        &[("Path", "path", Text), ("HostPathType", "type", OrNone)],
    ),
    kind(
        "emptyDir",
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        &[("Medium", "medium", Text), ("SizeLimit", "sizeLimit", Amount)],
    ),
    kind(
        "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        &[
            ("PDName", "pdName", Text),
            ("FSType", "fsType", Text),
            ("Partition", "partition", Int),
            ("ReadOnly", "readOnly", Flag),
        ],
    ),
    kind(
        "awsElasticBlockStore",
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        &[
            ("VolumeID", "volumeID", Text),
            ("FSType", "fsType", Text),
            ("Partition", "partition", Int),
            ("ReadOnly", "readOnly", Flag),
        ],
    ),
    kind(
        "gitRepo",
        "GitRepo (a volume that is pulled from git when the pod is created)",
        &[("Repository", "repository", Text), ("Revision", "revision", Text)],
    ),
    kind(
        "secret",
        "Secret (a volume populated by a Secret)",
        &[("SecretName", "secretName", Text), ("Optional", "optional", Flag)],
    ),
    kind(
        "configMap",
        "ConfigMap (a volume populated by a ConfigMap)",
        &[("Name", "name", Text), ("Optional", "optional", Flag)],
    ),
    kind(
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        &[("Server", "server", Text), ("Path", "path", Text), ("ReadOnly", "readOnly", Flag)],
    ),
    kind(
        "iscsi",
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
        &[
            ("TargetPortal", "targetPortal", Text),
            ("IQN", "iqn", Text),
            ("Lun", "lun", Int),
            ("ISCSIInterface!", "iscsiInterface", Text),
            ("FSType", "fsType", Text),
            ("ReadOnly", "readOnly", Flag),
            ("Portals", "portals", List),
            ("DiscoveryCHAPAuth", "chapAuthDiscovery", Flag),
            ("SessionCHAPAuth", "chapAuthSession", Flag),
            ("SecretRef", "secretRef", Reference),
            ("InitiatorName", "initiatorName", OrNone),
        ],
    ),
    kind(
        "glusterfs",
        "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        &[("EndpointsName", "endpoints", Text), ("Path", "path", Text), ("ReadOnly", "readOnly", Flag)],
    ),
    kind(
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        &[("ClaimName", "claimName", Text), ("ReadOnly", "readOnly", Flag)],
    ),
    kind(
        "ephemeral",
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
        &[],
    ),
    kind(
        "rbd",
        "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        &[
            ("CephMonitors", "monitors", List),
            ("RBDImage", "image", Text),
            ("FSType", "fsType", Text),
            ("RBDPool", "pool", Text),
            ("RadosUser", "user", Text),
            ("Keyring", "keyring", Text),
            ("SecretRef", "secretRef", Reference),
            ("ReadOnly", "readOnly", Flag),
        ],
    ),
    kind(
        "quobyte",
        "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
        &[("Registry", "registry", Text), ("Volume", "volume", Text), ("ReadOnly", "readOnly", Flag)],
    ),
    kind("downwardAPI", "DownwardAPI (a volume populated by information about the pod)", &[]),
    kind(
        "azureDisk",
        "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        &[
            ("DiskName", "diskName", Text),
            ("DiskURI", "diskURI", Text),
            ("Kind: !", "kind", Text),
            ("FSType", "fsType", Text),
            ("CachingMode", "cachingMode", Text),
            ("ReadOnly", "readOnly", Flag),
        ],
    ),
    kind(
        "vsphereVolume",
        "vSphereVolume (a Persistent Disk resource in vSphere)",
        &[
            ("VolumePath", "volumePath", Text),
            ("FSType", "fsType", Text),
            ("StoragePolicyName", "storagePolicyName", Text),
        ],
    ),
    kind(
        "cinder",
        "Cinder (a Persistent Disk resource in OpenStack)",
        &[
            ("VolumeID", "volumeID", Text),
            ("FSType", "fsType", Text),
            ("ReadOnly", "readOnly", Flag),
            ("SecretRef", "secretRef", Reference),
        ],
    ),
    kind(
        "photonPersistentDisk",
        "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
        &[("PdID", "pdID", Text), ("FSType", "fsType", Text)],
    ),
    kind("portworxVolume", "PortworxVolume (a Portworx Volume resource)", &[("VolumeID", "volumeID", Text)]),
    kind(
        "scaleIO",
        "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
        &[
            ("Gateway", "gateway", Text),
            ("System", "system", Text),
            ("Protection Domain", "protectionDomain", Text),
            ("Storage Pool", "storagePool", Text),
            ("Storage Mode", "storageMode", Text),
            ("VolumeName", "volumeName", Text),
            ("FSType", "fsType", Text),
            ("ReadOnly", "readOnly", Flag),
        ],
    ),
    kind("local", "LocalVolume (a persistent volume backed by local storage on a node)", &[("Path", "path", Text)]),
    kind(
        "cephfs",
        "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        &[
            ("Monitors", "monitors", List),
            ("Path", "path", Text),
            ("User", "user", Text),
            ("SecretFile", "secretFile", Text),
            ("SecretRef", "secretRef", Reference),
            ("ReadOnly", "readOnly", Flag),
        ],
    ),
    kind(
        "storageos",
        "StorageOS (a StorageOS Persistent Disk resource)",
        &[
            ("VolumeName", "volumeName", Text),
            ("VolumeNamespace", "volumeNamespace", Text),
            ("FSType", "fsType", Text),
            ("ReadOnly", "readOnly", Flag),
        ],
    ),
    kind(
        "fc",
        "FC (a Fibre Channel disk)",
        &[
            ("TargetWWNs", "targetWWNs", Commas),
            ("LUN", "lun", OrNone),
            ("FSType", "fsType", Text),
            ("ReadOnly", "readOnly", Flag),
        ],
    ),
    kind(
        "azureFile",
        "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        &[("SecretName", "secretName", Text), ("ShareName", "shareName", Text), ("ReadOnly", "readOnly", Flag)],
    ),
    kind(
        "flexVolume",
        "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
        &[
            ("Driver", "driver", Text),
            ("FSType", "fsType", Text),
            ("SecretRef", "secretRef", Reference),
            ("ReadOnly", "readOnly", Flag),
            ("Options", "options", Map),
        ],
    ),
    kind(
        "flocker",
        "Flocker (a Flocker volume mounted by the Flocker agent)",
        &[("DatasetName", "datasetName", Text), ("DatasetUUID", "datasetUUID", Text)],
    ),
    kind("projected", "Projected (a volume that contains injected data from multiple sources)", &[]),
    kind(
        "csi",
        "CSI (a Container Storage Interface (CSI) volume source)",
        &[("Driver", "driver", Text), ("FSType", "fsType", Text), ("ReadOnly", "readOnly", Flag)],
    ),
];

/// Types that a PersistentVolume shows with more than a Pod does.
pub(super) const PERSISTENT_KINDS: &[Kind] = &[
    kind(
        "glusterfs",
        "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        &[
            ("EndpointsName", "endpoints", Text),
            ("EndpointsNamespace", "endpointsNamespace", OrUnset),
            ("Path", "path", Text),
            ("ReadOnly", "readOnly", Flag),
        ],
    ),
    kind(
        "scaleIO",
        "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
        &[
            ("Gateway", "gateway", Text),
            ("System", "system", Text),
            ("Protection Domain", "protectionDomain", Text),
            ("Storage Pool", "storagePool", Text),
            ("Storage Mode", "storageMode", Text),
            ("VolumeName", "volumeName", Text),
            ("SecretName", "secretRef", NameOf),
            ("SecretNamespace", "secretRef", NamespaceOf),
            ("FSType", "fsType", Text),
            ("ReadOnly", "readOnly", Flag),
        ],
    ),
    kind(
        "azureFile",
        "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        &[
            ("SecretName", "secretName", Text),
            ("SecretNamespace", "secretNamespace", Text),
            ("ShareName", "shareName", Text),
            ("ReadOnly", "readOnly", Flag),
        ],
    ),
    kind(
        "csi",
        "CSI (a Container Storage Interface (CSI) volume source)",
        &[
            ("Driver", "driver", Text),
            ("FSType", "fsType", Text),
            ("VolumeHandle", "volumeHandle", Text),
            ("ReadOnly", "readOnly", Flag),
        ],
    ),
];
