//! `kubectl rollout restart`, `pause` and `resume`: small changes of a workload's spec.
//!
//! Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/polymorphichelpers/objectrestarter.go`, `objectpauser.go`,
//! `objectresumer.go`.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::bindings::changes::DryRun;
use crate::client::Failure;
use crate::client::k8s::{K8s, PatchType, Resource};

/// A change of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Restart,
    Pause,
    Resume,
}

impl Change {
    /// What kubectl says when it is done.
    pub(super) fn done(self) -> &'static str {
        match self {
            Self::Restart => "restarted",
            Self::Pause => "paused",
            Self::Resume => "resumed",
        }
    }

    /// Changes `object`, as it was just read; returns it as it is now.
    ///
    /// # Errors
    /// kubectl's words where the kind or the object's state does not allow it, or as [`K8s::send`].
    pub(crate) async fn apply(
        self,
        k8s: &K8s,
        resource: &Resource,
        object: &Value,
        now: Timestamp,
    ) -> Result<Value, Failure> {
        let text = |field: &str| object["metadata"][field].as_str();
        let name = text("name").unwrap_or_default();
        let patch = self
            .patch(object, now)
            .map_err(|why| Failure::answer(format!("error: {} {name:?} {why}", resource.qualified())))?;
        let manager = DryRun::None.query("kubectl-rollout");
        k8s.patch(resource, text("namespace"), name, None, PatchType::Strategic, &patch, &manager).await
    }

    fn patch(self, object: &Value, now: Timestamp) -> Result<Value, &'static str> {
        let kind = object["kind"].as_str().unwrap_or_default();
        let paused = object["spec"]["paused"] == true;
        match (self, kind) {
            (Self::Restart, "Deployment") if paused => {
                Err("can't restart paused deployment (run rollout resume first)")
            }
            (Self::Restart, "Deployment" | "DaemonSet" | "StatefulSet") => {
                let at = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
                let annotations = json!({ "kubectl.kubernetes.io/restartedAt": at });
                Ok(json!({ "spec": { "template": { "metadata": { "annotations": annotations } } } }))
            }
            (Self::Pause, "Deployment") if paused => Err("is already paused"),
            (Self::Pause, "Deployment") => Ok(json!({ "spec": { "paused": true } })),
            (Self::Resume, "Deployment") if !paused => Err("is not paused"),
            (Self::Resume, "Deployment") => Ok(json!({ "spec": { "paused": null } })),
            (Self::Restart, _) => Err("restarting is not supported"),
            (Self::Pause, _) => Err("pausing is not supported"),
            (Self::Resume, _) => Err("resuming is not supported"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_the_state_does_not_allow() {
        let now = Timestamp::from_second(0).unwrap();
        let paused = json!({"kind": "Deployment", "spec": {"paused": true}});
        assert_eq!(Change::Pause.patch(&paused, now), Err("is already paused"));
        assert_eq!(
            Change::Restart.patch(&paused, now),
            Err("can't restart paused deployment (run rollout resume first)")
        );
        assert_eq!(Change::Resume.patch(&json!({"kind": "Deployment"}), now), Err("is not paused"));
        assert_eq!(Change::Restart.patch(&json!({"kind": "Pod"}), now), Err("restarting is not supported"));
        let at = &Change::Restart.patch(&json!({"kind": "DaemonSet"}), now).unwrap()["spec"]["template"]["metadata"];
        assert_eq!(at["annotations"]["kubectl.kubernetes.io/restartedAt"], "1970-01-01T00:00:00Z");
    }
}
