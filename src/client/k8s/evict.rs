//! Eviction: a deletion that PodDisruptionBudgets can refuse.

use http::Method;
use serde_json::{Value, json};

use super::{Accept, K8s};
use crate::client::Failure;

impl K8s {
    /// Evicts a Pod, with a grace period in seconds or the Pod's own. Does not wait until it is gone.
    ///
    /// # Errors
    /// TooManyRequests (429) where a PodDisruptionBudget forbids it for now, NotFound, or as [`K8s::send`].
    pub async fn evict(&self, namespace: &str, pod: &str, grace: Option<i64>) -> Result<Value, Failure> {
        // Servers before 1.22 take policy/v1beta1 only, servers from 1.25 on policy/v1 only.
        let newer = self.resources().await?.of_kind("policy/v1", "PodDisruptionBudget").is_some();
        let mut eviction = json!({
            "apiVersion": if newer { "policy/v1" } else { "policy/v1beta1" },
            "kind": "Eviction",
            "metadata": { "name": pod, "namespace": namespace },
        });
        if let Some(grace) = grace {
            eviction["deleteOptions"] = json!({ "gracePeriodSeconds": grace });
        }
        let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/eviction");
        self.json(Method::POST, &path, &[], Some(("application/json", eviction.to_string())), Accept::Json).await
    }
}
