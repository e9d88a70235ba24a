//! Jobs: Pods until so many have succeeded. pkg/controller/job.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::record;

use super::pods::{self, Maker};
use super::queue::Controller;
use super::{MANAGER, owner_named};

const CONTROLLER: Controller = Controller::new("job", sync);
const COMPONENT: &str = "job-controller";
/// The first delay after a Pod failed, which doubles: `DefaultJobBackOff`.
const FIRST_BACKOFF: Duration = Duration::from_secs(10);
/// And the longest: `MaxJobBackOff`.
const LONGEST_BACKOFF: Duration = Duration::from_secs(360);

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("jobs", |world, heard| CONTROLLER.enqueue(world, &heard.name));
    world.informers.watch("pods", |world, heard| {
        let failed = |pod: &Option<Arc<Value>>| pod.as_ref().is_some_and(|pod| pod["status"]["phase"] == "Failed");
        let backs_off = failed(&heard.now);
        owner_named(heard, "Job", |name| {
            if backs_off {
                let failures = world.informers.get("jobs", &name.namespace, &name.name);
                let failures = failures.map_or(0, |job| object::int(&job["status"]["failed"], 0));
                let delay = FIRST_BACKOFF.saturating_mul(1 << failures.clamp(0, 20)).min(LONGEST_BACKOFF);
                // It is counted when its back-off is over, as the next one starts.
                CONTROLLER.enqueue_after(world, name, delay);
            } else {
                CONTROLLER.enqueue(world, name);
            }
        });
    });
}

/// Whether a Job is over.
pub(super) fn finished(job: &Value) -> bool {
    object::holds(job, "Complete") || object::holds(job, "Failed")
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(job) = world.informers.get("jobs", &name.namespace, &name.name) else { return Ok(()) };
    if finished(&job) || object::deleting(&job) {
        return Ok(());
    }
    let now = world.now();
    let all = pods::claim(world, &job, &job["spec"]["selector"], "pods")?;
    let active: Vec<Arc<Value>> = all.iter().filter(|pod| pods::active(pod)).cloned().collect();
    let in_phase =
        |phase: &str| i64::try_from(all.iter().filter(|pod| pod["status"]["phase"] == phase).count()).unwrap_or(0);
    let (succeeded, failed) = (in_phase("Succeeded"), in_phase("Failed"));
    let mut updated = Value::clone(&job);
    if !updated["status"].is_object() {
        updated["status"] = json!({});
    }
    if updated["status"]["startTime"].is_null() {
        updated["status"]["startTime"] = object::time(now);
    }
    let limit = object::int(&job["spec"]["backoffLimit"], 6);
    let restarts: i64 = all
        .iter()
        .flat_map(|pod| object::items(&pod["status"]["containerStatuses"]))
        .map(|status| object::int(&status["restartCount"], 0))
        .sum();
    let on_failure = job["spec"]["template"]["spec"]["restartPolicy"] == "OnFailure";
    let started = object::parse_time(&updated["status"]["startTime"]).unwrap_or(now);
    let deadline =
        job["spec"]["activeDeadlineSeconds"].as_i64().map(|seconds| Duration::from_secs(seconds.unsigned_abs()));
    let passed = now.duration_since(started).unsigned_abs();
    let too_many = failed > limit || on_failure && restarts > 0 && restarts >= limit;
    let why = if too_many {
        Some(("BackoffLimitExceeded", "Job has reached the specified backoff limit"))
    } else if deadline.is_some_and(|deadline| passed >= deadline) {
        Some(("DeadlineExceeded", "Job was active longer than specified deadline"))
    } else {
        None
    };
    let maker = Maker { component: COMPONENT, owner: &job };
    let mut running = i64::try_from(active.len()).unwrap_or(0);
    let mut lost = failed;
    if let Some((reason, message)) = why {
        for pod in &active {
            pods::delete(world, maker, pod)?;
        }
        lost += running;
        running = 0;
        record(world, COMPONENT, &job, "Warning", reason, message);
        over(&mut updated, "Failed", reason, message, now);
    } else {
        let completions = job["spec"]["completions"].as_i64();
        let done = match completions {
            Some(completions) => succeeded >= completions,
            None => succeeded > 0 && running == 0,
        };
        if done {
            record(world, COMPONENT, &job, "Normal", "Completed", "Job completed");
            over(&mut updated, "Complete", "", "", now);
            updated["status"]["completionTime"] = object::time(now);
        } else {
            running = start_pods(world, maker, &active, completions, succeeded)?;
            if let Some(deadline) = deadline {
                CONTROLLER.enqueue_after(world, name, deadline.saturating_sub(passed));
            }
        }
    }
    let counts = [("active", running), ("succeeded", succeeded), ("failed", lost)];
    for (field, count) in counts {
        if count > 0 {
            updated["status"][field] = json!(count);
        } else if let Some(status) = updated["status"].as_object_mut() {
            status.remove(field);
        }
    }
    if updated["status"] != job["status"] {
        world.api(MANAGER).update_status("jobs", name.ns(), updated)?;
    }
    Ok(())
}

fn start_pods(
    world: &mut World,
    maker: Maker<'_>,
    active: &[Arc<Value>],
    completions: Option<i64>,
    succeeded: i64,
) -> Result<i64, Status> {
    let parallelism = object::int(&maker.owner["spec"]["parallelism"], 1);
    let running = i64::try_from(active.len()).unwrap_or(0);
    let wanted = match completions {
        Some(completions) => (completions - succeeded).min(parallelism),
        None if succeeded > 0 => running,
        None => parallelism,
    };
    for pod in active.iter().take(usize::try_from(running - wanted).unwrap_or(0)) {
        pods::delete(world, maker, pod)?;
    }
    for _ in running..wanted {
        let pod = pods::from_template(world, maker.owner, &maker.owner["spec"]["template"]);
        pods::create(world, maker, pod)?;
    }
    Ok(wanted)
}

fn over(job: &mut Value, kind: &str, reason: &str, message: &str, now: jiff::Timestamp) {
    let mut condition = json!({"type": kind, "status": "True", "lastProbeTime": object::time(now),
        "lastTransitionTime": object::time(now)});
    if !reason.is_empty() {
        condition["reason"] = json!(reason);
        condition["message"] = json!(message);
    }
    object::set_condition(job, condition);
}
