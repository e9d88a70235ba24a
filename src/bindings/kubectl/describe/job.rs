//! Jobs and CronJobs.

use serde_json::Value;

use super::json::{capital_or_unset, int, items, or_unset, text, time, timestamp};
use super::page::{Page, between};
use super::{Describer, Related, Result, container, meta};

pub(super) const JOB: Describer = Describer { group: "batch", kind: "Job", ..Describer::new(write) };
pub(super) const CRON_JOB: Describer = Describer { group: "batch", kind: "CronJob", ..Describer::new(write_cron_job) };

fn write(page: &mut Page, job: &Value, _: &Related) -> Result {
    let (spec, status) = (&job["spec"], &job["status"]);
    meta::name_and_namespace(page, job);
    page.field(0, "Selector", meta::selector(&spec["selector"]));
    meta::labels_and_annotations(page, job);
    meta::controlled_by(page, job);
    if !spec["parallelism"].is_null() {
        page.field(0, "Parallelism", int(&spec["parallelism"]));
    }
    page.field(0, "Completions", or_unset(&spec["completions"]));
    for (title, field) in [("Start Time", "startTime"), ("Completed At", "completionTime")] {
        if !status[field].is_null() {
            page.field(0, title, time(&status[field]));
        }
    }
    if let (Some(start), Some(end)) = (timestamp(&status["startTime"]), timestamp(&status["completionTime"])) {
        page.field(0, "Duration", between(start, end));
    }
    deadline(page, spec);
    let [active, succeeded, failed] = ["active", "succeeded", "failed"].map(|field| int(&status[field]));
    page.field(0, "Pods Statuses", format!("{active} Running / {succeeded} Succeeded / {failed} Failed"));
    container::template(page, &spec["template"]);
    Ok(())
}

fn deadline(page: &mut Page, spec: &Value) {
    if !spec["activeDeadlineSeconds"].is_null() {
        page.field(0, "Active Deadline Seconds", format!("{}s", int(&spec["activeDeadlineSeconds"])));
    }
}

fn write_cron_job(page: &mut Page, cron_job: &Value, _: &Related) -> Result {
    let (spec, status) = (&cron_job["spec"], &cron_job["status"]);
    meta::name_and_namespace(page, cron_job);
    meta::labels_and_annotations(page, cron_job);
    page.field(0, "Schedule", text(&spec["schedule"]));
    page.field(0, "Concurrency Policy", text(&spec["concurrencyPolicy"]));
    page.field(0, "Suspend", capital_or_unset(&spec["suspend"]));
    page.field(0, "Successful Job History Limit", or_unset(&spec["successfulJobsHistoryLimit"]));
    page.field(0, "Failed Job History Limit", or_unset(&spec["failedJobsHistoryLimit"]));
    page.field(
        0,
        "Starting Deadline Seconds",
        match &spec["startingDeadlineSeconds"] {
            Value::Null => "<unset>".to_owned(),
            seconds => format!("{}s", int(seconds)),
        },
    );
    let job = &spec["jobTemplate"]["spec"];
    page.field(
        0,
        "Selector",
        match &job["selector"] {
            Value::Null => "<unset>".to_owned(),
            selector => meta::selector(selector),
        },
    );
    page.field(0, "Parallelism", or_unset(&job["parallelism"]));
    page.field(0, "Completions", or_unset(&job["completions"]));
    deadline(page, job);
    container::template(page, &job["template"]);
    page.field(
        0,
        "Last Schedule Time",
        match &status["lastScheduleTime"] {
            Value::Null => "<unset>".to_owned(),
            last => time(last),
        },
    );
    let active: Vec<&str> = items(&status["active"]).iter().map(|job| text(&job["name"])).collect();
    page.field(0, "Active Jobs", if active.is_empty() { "<none>".to_owned() } else { active.join(", ") });
    Ok(())
}
