//! How far a rollout is.

use std::time::Duration;

use serde_json::Value;

use crate::client::Failure;
use crate::client::k8s::{K8s, Target};
use crate::clock::Clock;

/// Which rollout to follow, and how long.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Following {
    /// A Deployment's revision that must be the running one; 0 for any.
    pub(crate) revision: i64,
    /// Tells the present state only.
    pub(crate) once: bool,
    /// None: for ever.
    pub(crate) timeout: Option<Duration>,
}

/// Follows a rollout to its end; `write` gets a line for each change.
///
/// # Errors
/// kubectl's words for a kind without rollouts, a passed deadline, a deleted object, a passed timeout.
pub(crate) async fn follow(
    k8s: &K8s,
    clock: &dyn Clock,
    target: Target<'_>,
    following: Following,
    write: &mut (dyn FnMut(&str) + Send),
) -> Result<(), Failure> {
    let outcome = k8s
        .wait_for(clock, target, following.timeout, |object| {
            let object = object.ok_or_else(|| Failure::answer("error: object has been deleted"))?;
            let (line, done) = progress(object, following.revision)?;
            write(&line);
            Ok((done || following.once).then_some(()))
        })
        .await;
    outcome.map_err(|failure| match failure.is_wait_timeout() {
        true => Failure { message: "error: timed out waiting for the condition".to_owned(), ..failure },
        false => failure,
    })
}

/// The line that tells how far a rollout is, with its newline, and whether it is done.
///
/// Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go`.
fn progress(object: &Value, revision: i64) -> Result<(String, bool), Failure> {
    match object["kind"].as_str().unwrap_or_default() {
        "Deployment" => deployment(object, revision),
        "DaemonSet" => daemon_set(object),
        "StatefulSet" => stateful_set(object),
        kind => Err(Failure::answer(format!("error: no status viewer has been implemented for {kind}"))),
    }
}

fn deployment(object: &Value, revision: i64) -> Result<(String, bool), Failure> {
    let (name, status) = (name(object), &object["status"]);
    if revision > 0 {
        let running = object["metadata"]["annotations"]["deployment.kubernetes.io/revision"].as_str().unwrap_or("0");
        if running.parse() != Ok(revision) {
            return Err(Failure::answer(format!(
                "error: desired revision ({revision}) is different from the running revision ({running})"
            )));
        }
    }
    if !is_observed(object) {
        return waiting("Waiting for deployment spec update to be observed...".to_owned());
    }
    let conditions = status["conditions"].as_array().into_iter().flatten();
    if conditions.clone().any(|c| c["type"] == "Progressing" && c["reason"] == "ProgressDeadlineExceeded") {
        return Err(Failure::answer(format!("error: deployment {name:?} exceeded its progress deadline")));
    }
    let wanted = object["spec"]["replicas"].as_i64().unwrap_or(1);
    let (all, updated, available) =
        (number(status, "replicas"), number(status, "updatedReplicas"), number(status, "availableReplicas"));
    let left = if updated < wanted {
        format!("{updated} out of {wanted} new replicas have been updated...")
    } else if all > updated {
        format!("{} old replicas are pending termination...", all - updated)
    } else if available < updated {
        format!("{available} of {updated} updated replicas are available...")
    } else {
        return Ok((format!("deployment {name:?} successfully rolled out\n"), true));
    };
    waiting(format!("Waiting for deployment {name:?} rollout to finish: {left}"))
}

fn daemon_set(object: &Value) -> Result<(String, bool), Failure> {
    let (name, status) = (name(object), &object["status"]);
    rolls(object)?;
    if !is_observed(object) {
        return waiting("Waiting for daemon set spec update to be observed...".to_owned());
    }
    let (wanted, updated, available) = (
        number(status, "desiredNumberScheduled"),
        number(status, "updatedNumberScheduled"),
        number(status, "numberAvailable"),
    );
    let left = if updated < wanted {
        format!("{updated} out of {wanted} new pods have been updated...")
    } else if available < wanted {
        format!("{available} of {wanted} updated pods are available...")
    } else {
        return Ok((format!("daemon set {name:?} successfully rolled out\n"), true));
    };
    waiting(format!("Waiting for daemon set {name:?} rollout to finish: {left}"))
}

fn stateful_set(object: &Value) -> Result<(String, bool), Failure> {
    let (spec, status) = (&object["spec"], &object["status"]);
    rolls(object)?;
    if number(status, "observedGeneration") == 0 || !is_observed(object) {
        return waiting("Waiting for statefulset spec update to be observed...".to_owned());
    }
    let (wanted, ready, updated) =
        (spec["replicas"].as_i64().unwrap_or(1), number(status, "readyReplicas"), number(status, "updatedReplicas"));
    if ready < wanted {
        return waiting(format!("Waiting for {} pods to be ready...", wanted - ready));
    }
    let text = |field: &str| status[field].as_str().unwrap_or_default();
    let rolling = &spec["updateStrategy"]["rollingUpdate"];
    if rolling.is_object() {
        let new = wanted - number(rolling, "partition");
        if updated < new {
            return waiting(format!(
                "Waiting for partitioned roll out to finish: {updated} out of {new} new pods have been updated..."
            ));
        }
        return Ok((format!("partitioned roll out complete: {updated} new pods have been updated...\n"), true));
    }
    if text("updateRevision") != text("currentRevision") {
        let revision = text("updateRevision");
        return waiting(format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision {revision}..."
        ));
    }
    let (current, revision) = (number(status, "currentReplicas"), text("currentRevision"));
    Ok((format!("statefulset rolling update complete {current} pods at revision {revision}...\n"), true))
}

fn rolls(object: &Value) -> Result<(), Failure> {
    if object["spec"]["updateStrategy"]["type"] == "RollingUpdate" {
        return Ok(());
    }
    Err(Failure::answer("error: rollout status is only available for RollingUpdate strategy type"))
}

fn waiting(line: String) -> Result<(String, bool), Failure> {
    Ok((line + "\n", false))
}

fn is_observed(object: &Value) -> bool {
    number(&object["metadata"], "generation") <= number(&object["status"], "observedGeneration")
}

fn number(fields: &Value, name: &str) -> i64 {
    fields[name].as_i64().unwrap_or(0)
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(object: &Value) -> String {
        progress(object, 0).map_or_else(|failure| failure.message, |(line, done)| format!("{done} {line}"))
    }

    #[test]
    fn tells_each_step_of_a_deployment() {
        let mut web = json!({
            "kind": "Deployment",
            "metadata": {"name": "web", "generation": 2},
            "spec": {"replicas": 2},
            "status": {"observedGeneration": 1},
        });
        assert_eq!(line(&web), "false Waiting for deployment spec update to be observed...\n");
        let rest = "false Waiting for deployment \"web\" rollout to finish: ";
        web["status"] = json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1});
        assert_eq!(line(&web), format!("{rest}1 out of 2 new replicas have been updated...\n"));
        web["status"]["updatedReplicas"] = 2.into();
        assert_eq!(line(&web), format!("{rest}1 old replicas are pending termination...\n"));
        web["status"]["replicas"] = 2.into();
        assert_eq!(line(&web), format!("{rest}0 of 2 updated replicas are available...\n"));
        web["status"]["availableReplicas"] = 2.into();
        assert_eq!(line(&web), "true deployment \"web\" successfully rolled out\n");
        web["status"]["conditions"] = json!([{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]);
        assert_eq!(line(&web), "error: deployment \"web\" exceeded its progress deadline");
    }

    #[test]
    fn tells_each_step_of_the_other_kinds() {
        let mut set = json!({
            "kind": "DaemonSet",
            "metadata": {"name": "d", "generation": 1},
            "spec": {"updateStrategy": {"type": "RollingUpdate"}},
            "status": {"observedGeneration": 1, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3},
        });
        assert_eq!(
            line(&set),
            "false Waiting for daemon set \"d\" rollout to finish: 0 of 3 updated pods are available...\n"
        );
        set["spec"]["updateStrategy"]["type"] = "OnDelete".into();
        assert_eq!(line(&set), "error: rollout status is only available for RollingUpdate strategy type");
        let set = json!({
            "kind": "StatefulSet",
            "metadata": {"name": "s", "generation": 1},
            "spec": {"replicas": 2, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}},
            "status": {"observedGeneration": 1, "readyReplicas": 2, "updatedReplicas": 2},
        });
        assert_eq!(line(&set), "true partitioned roll out complete: 2 new pods have been updated...\n");
        assert_eq!(line(&json!({"kind": "Pod"})), "error: no status viewer has been implemented for Pod");
    }
}
