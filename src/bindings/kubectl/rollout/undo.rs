//! `kubectl rollout undo`: back to an older revision.
//!
//! Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollback.go`.

use serde_json::{Value, json};

use super::revisions::{REVISION, Revision, revisions};
use crate::bindings::changes::DryRun;
use crate::client::Failure;
use crate::client::k8s::{K8s, PatchType, Resource};

/// Annotations of a Deployment that are about it and not about a revision.
const OWN_ANNOTATIONS: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// The label by which a ReplicaSet's template differs from its Deployment's.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// What an undo came to.
#[derive(Debug, PartialEq)]
pub(super) enum Undone {
    /// `rolled back`.
    RolledBack,
    /// The workload has this revision's template already.
    Skipped(i64),
    /// With `--dry-run=client`: the template that it would have got.
    WouldBe(Value),
}

/// Gives `workload` the template of revision `to`, or of the one before the last where `to` is 0.
pub(super) async fn undo(
    k8s: &K8s,
    resource: &Resource,
    workload: &Value,
    to: i64,
    dry_run: DryRun,
) -> Result<Undone, Failure> {
    let text = |field: &str| workload["metadata"][field].as_str().unwrap_or_default();
    let kind = workload["kind"].as_str().unwrap_or_default();
    if !matches!(kind, "Deployment" | "DaemonSet" | "StatefulSet") {
        return Err(Failure::answer(format!("error: no rollbacker has been implemented for {kind:?}")));
    }
    let known = revisions(k8s, workload).await?;
    let revision = chosen(&known, to, kind, text("name"))?;
    if dry_run == DryRun::Client {
        return Ok(Undone::WouldBe(revision.template()));
    }
    if workload["spec"]["paused"] == true {
        return Err(Failure::answer(format!(
            "error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume \
             deployment/{}' and try again",
            text("name")
        )));
    }
    if unhashed(&revision.object_template()) == unhashed(&workload["spec"]["template"]) {
        return Ok(Undone::Skipped(revision.number));
    }
    let (patch_type, patch) = match kind {
        "Deployment" => (PatchType::Json, deployment_patch(workload, revision)),
        _ => (PatchType::Strategic, revision.object["data"].clone()),
    };
    let query = dry_run.query("kubectl-rollout");
    k8s.patch(resource, Some(text("namespace")), text("name"), None, patch_type, &patch, &query).await?;
    Ok(Undone::RolledBack)
}

impl Revision {
    /// The template as it is stored, without the cause of the change.
    fn object_template(&self) -> Value {
        let mut plain = self.clone();
        if let Some(annotations) = plain.object["metadata"]["annotations"].as_object_mut() {
            annotations.clear();
        }
        plain.template()
    }
}

fn chosen<'a>(known: &'a [Revision], to: i64, kind: &str, name: &str) -> Result<&'a Revision, Failure> {
    let found = match to {
        0 => known.len().checked_sub(2).and_then(|place| known.get(place)),
        _ => known.iter().find(|revision| revision.number == to),
    };
    found.ok_or_else(|| {
        Failure::answer(match (to, kind) {
            (0, "Deployment") => format!("error: no rollout history found for deployment {name:?}"),
            (0, _) => "error: no last revision to roll back to".to_owned(),
            _ => format!("error: unable to find specified revision {to} in history"),
        })
    })
}

fn unhashed(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.shift_remove(TEMPLATE_HASH);
    }
    template
}

fn deployment_patch(deployment: &Value, revision: &Revision) -> Value {
    let annotations = |object: &Value, own: bool| -> serde_json::Map<String, Value> {
        let all = object["metadata"]["annotations"].as_object().into_iter().flatten();
        all.filter(|(key, _)| OWN_ANNOTATIONS.contains(&key.as_str()) == own)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    let mut kept = annotations(deployment, true);
    kept.extend(annotations(&revision.object, false));
    json!([
        { "op": "replace", "path": "/spec/template", "value": unhashed(&revision.object["spec"]["template"]) },
        { "op": "replace", "path": "/metadata/annotations", "value": kept },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replica_set(number: i64, image: &str) -> Revision {
        let object = json!({
            "kind": "ReplicaSet",
            "metadata": {"annotations": {REVISION: number.to_string(), "why": image}},
            "spec": {"template": {"metadata": {"labels": {TEMPLATE_HASH: "x", "a": "b"}}, "image": image}},
        });
        Revision { number, object }
    }

    #[test]
    fn chooses_the_last_but_one_or_the_one_asked_for() {
        let known = [replica_set(1, "a"), replica_set(3, "b")];
        let number = |to| chosen(&known, to, "Deployment", "web").map(|revision| revision.number);
        assert_eq!(number(0).unwrap(), 1);
        assert_eq!(number(3).unwrap(), 3);
        assert_eq!(number(2).unwrap_err().message, "error: unable to find specified revision 2 in history");
        assert_eq!(
            chosen(&known[..1], 0, "Deployment", "web").unwrap_err().message,
            "error: no rollout history found for deployment \"web\""
        );
    }

    #[test]
    fn keeps_the_deployments_own_annotations() {
        let deployment = json!({"metadata": {"annotations": {REVISION: "3", "why": "b"}}});
        let patch = deployment_patch(&deployment, &replica_set(1, "a"));
        assert_eq!(patch[0]["value"], json!({"metadata": {"labels": {"a": "b"}}, "image": "a"}));
        assert_eq!(patch[1]["value"], json!({REVISION: "3", "why": "a"}));
    }
}
