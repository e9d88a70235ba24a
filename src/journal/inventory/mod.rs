//! The cluster before a run and after it.
//!
//! - `take`: asks for all that there is
//! - `summary`: what of an object is compared
//! - `compare`: what differs, and how to mend it
//! - `settle`: the comparison, once the cluster has come to rest

mod compare;
mod settle;
mod summary;
mod take;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::NodeState;

pub use compare::Difference;

/// What a cluster has: every object but those that come and go by themselves, and its nodes' containers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// By what kubectl would call them: `configmaps/a -n default`.
    objects: BTreeMap<String, Summary>,
    /// How many Pods each controller has, by the controller: `Pods of ReplicaSet coredns-74ff55c5b -n kube-system`.
    pods: BTreeMap<String, PodCount>,
    /// The nodes' containers by name; none where Docker could not be asked.
    containers: Option<BTreeMap<String, NodeState>>,
}

/// What of an object is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Summary {
    /// Each field of the first two levels with its value, or a hash of it where that is long or secret.
    fields: BTreeMap<String, String>,
    /// Taints that say how a node is. They go by themselves when it is well again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<String>,
    /// Whether it is being deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    leaving: bool,
}

/// How many Pods a controller has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct PodCount {
    there: usize,
    leaving: usize,
}
