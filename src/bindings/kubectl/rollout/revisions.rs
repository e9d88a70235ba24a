//! The revisions of a workload: a Deployment's ReplicaSets, the ControllerRevisions of a DaemonSet or StatefulSet.
//!
//! Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/polymorphichelpers/history.go`.

use serde_json::Value;

use crate::bindings::kubectl::pods_of;
use crate::client::Failure;
use crate::client::k8s::{Accept, K8s, ListOptions};

/// Where a Deployment and its ReplicaSets keep their revision.
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";

const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// One revision.
#[derive(Debug, Clone)]
pub(super) struct Revision {
    pub(super) number: i64,
    /// The ReplicaSet or ControllerRevision.
    pub(super) object: Value,
}

impl Revision {
    /// Why it came about, as an annotation tells.
    pub(super) fn cause(&self) -> &str {
        let cause = self.object["metadata"]["annotations"][CHANGE_CAUSE].as_str().unwrap_or_default();
        if cause.is_empty() { "<none>" } else { cause }
    }

    /// The Pod template of that revision.
    pub(super) fn template(&self) -> Value {
        let mut template = match self.object["kind"].as_str() {
            Some("ControllerRevision") => self.object["data"]["spec"]["template"].clone(),
            _ => self.object["spec"]["template"].clone(),
        };
        if let Some(fields) = template.as_object_mut() {
            // How the stored patch is to be applied; no field of a template.
            fields.shift_remove("$patch");
        }
        let cause = &self.object["metadata"]["annotations"][CHANGE_CAUSE];
        if !cause.is_null() {
            template["metadata"]["annotations"][CHANGE_CAUSE] = cause.clone();
        }
        template
    }
}

/// The revisions of a Deployment, DaemonSet or StatefulSet, oldest first.
///
/// # Errors
/// As [`K8s::send`], or a workload without a selector.
pub(super) async fn revisions(k8s: &K8s, workload: &Value) -> Result<Vec<Revision>, Failure> {
    let of_deployment = workload["kind"] == "Deployment";
    let resource = k8s.resource(if of_deployment { "replicasets.apps" } else { "controllerrevisions.apps" }).await?;
    let which =
        ListOptions { labels: Some(pods_of::selector(workload, "list revisions of")?), ..ListOptions::default() };
    let list = k8s.list(&resource, workload["metadata"]["namespace"].as_str(), &which, Accept::Json).await?;
    let owned = |item: &&Value| {
        let owners = item["metadata"]["ownerReferences"].as_array().into_iter().flatten();
        owners.into_iter().any(|owner| owner["controller"] == true && owner["uid"] == workload["metadata"]["uid"])
    };
    let mut revisions: Vec<Revision> = list["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(owned)
        .filter_map(|item| {
            Some(Revision { number: number_of(item, of_deployment)?, object: resource.typed(item.clone()) })
        })
        .collect();
    revisions.sort_by_key(|revision| revision.number);
    Ok(revisions)
}

fn number_of(item: &Value, of_deployment: bool) -> Option<i64> {
    if of_deployment {
        item["metadata"]["annotations"][REVISION].as_str()?.parse().ok()
    } else {
        item["revision"].as_i64()
    }
}

/// The lines of `rollout history`, as kubectl's table has them.
pub(super) fn table(revisions: &[Revision]) -> String {
    if revisions.is_empty() {
        return "No rollout history found.\n".to_owned();
    }
    let head = "REVISION";
    let width = revisions.iter().map(|revision| revision.number.to_string().len()).fold(head.len(), usize::max) + 2;
    let rows = revisions.iter().map(|revision| format!("{:<width$}{}\n", revision.number, revision.cause()));
    std::iter::once(format!("{head:width$}CHANGE-CAUSE\n")).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_numbers_and_causes() {
        let caused = json!({"metadata": {"annotations": {CHANGE_CAUSE: "new image"}}});
        let revisions = [Revision { number: 1, object: json!({}) }, Revision { number: 12, object: caused }];
        assert_eq!(table(&revisions), "REVISION  CHANGE-CAUSE\n1         <none>\n12        new image\n");
        assert_eq!(table(&[]), "No rollout history found.\n");
    }

    #[test]
    fn gives_the_template_of_a_stored_patch() {
        let object = json!({
            "kind": "ControllerRevision",
            "data": {"spec": {"template": {"$patch": "replace", "spec": {"containers": []}}}},
        });
        assert_eq!(Revision { number: 1, object }.template(), json!({"spec": {"containers": []}}));
    }
}
