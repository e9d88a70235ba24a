//! CronJobs, as batch/v1beta1 has them: a Job at each time of a schedule. pkg/controller/cronjob.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status};
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::record;

use super::{MANAGER, every, jobs};

const COMPONENT: &str = "cronjob-controller";
/// How often all are looked at.
const CHECKED: Duration = Duration::from_secs(10);
/// With more times missed no Job is started: `getRecentUnmetScheduleTimes`.
const MOST_MISSED: usize = 100;

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    every(world, CHECKED, |world| {
        let all: Vec<Arc<Value>> = world.informers.list("cronjobs").cloned().collect();
        for cron in all {
            // Refused: the next look is soon.
            let _ = look(world, &cron);
        }
    });
}

fn look(world: &mut World, cron: &Arc<Value>) -> Result<(), Status> {
    let name = Name::of(cron);
    let all = world.informers.controlled_by(object::uid(cron), "jobs");
    let mut updated = Value::clone(cron);
    let is_active = |uid: &Value| all.iter().any(|job| object::uid(job) == uid && !jobs::finished(job));
    let known = object::items(&cron["status"]["active"]).to_vec();
    for job in all.iter().filter(|job| jobs::finished(job) && known.iter().any(|k| k["uid"] == object::uid(job))) {
        let how = if object::holds(job, "Complete") { "Complete" } else { "Failed" };
        let message = format!("Saw completed job: {}, status: {how}", object::name(job));
        record(world, COMPONENT, cron, "Normal", "SawCompletedJob", &message);
    }
    for gone in known.iter().filter(|known| !all.iter().any(|job| known["uid"] == object::uid(job))) {
        let message = format!("Active job went missing: {}", gone["name"].as_str().unwrap_or_default());
        record(world, COMPONENT, cron, "Normal", "MissingJob", &message);
    }
    let mut active: Vec<Value> = known.into_iter().filter(|known| is_active(&known["uid"])).collect();
    let due = if object::deleting(cron) || cron["spec"]["suspend"] == true { None } else { due(world, cron) };
    if let Some(at) = due {
        start_job(world, cron, at, &mut active, &mut updated)?;
    }
    if !updated["status"].is_object() {
        updated["status"] = json!({});
    }
    if active.is_empty() {
        if let Some(status) = updated["status"].as_object_mut() {
            status.remove("active");
        }
    } else {
        updated["status"]["active"] = json!(active);
    }
    if updated["status"] != cron["status"] && !(cron["status"].is_null() && updated["status"] == json!({})) {
        world.api(MANAGER).update_status("cronjobs", name.ns(), updated)?;
    }
    clean_up(world, cron, &all)
}

/// The latest time of the schedule that has come and was not used; none where that cannot be told, which an event says.
fn due(world: &mut World, cron: &Value) -> Option<Timestamp> {
    let now = world.now();
    let since = object::parse_time(&cron["status"]["lastScheduleTime"])
        .or_else(|| object::parse_time(&cron["metadata"]["creationTimestamp"]))?;
    let deadline = cron["spec"]["startingDeadlineSeconds"].as_i64();
    let since =
        deadline.and_then(|seconds| now.checked_sub(seconds.seconds()).ok()).map_or(since, |least| since.max(least));
    let schedule = Schedule::parse(cron["spec"]["schedule"].as_str()?)?;
    let (latest, count) = schedule.missed(since, now);
    if count > MOST_MISSED {
        let message = "Cannot determine if job needs to be started: too many missed start time (> 100). Set or decrease \
                       .spec.startingDeadlineSeconds or check clock skew";
        record(world, COMPONENT, cron, "Warning", "FailedNeedsStart", message);
        return None;
    }
    latest
}

fn start_job(
    world: &mut World,
    cron: &Arc<Value>,
    at: Timestamp,
    active: &mut Vec<Value>,
    updated: &mut Value,
) -> Result<(), Status> {
    let policy = cron["spec"]["concurrencyPolicy"].as_str().unwrap_or("Allow");
    if policy == "Forbid" && !active.is_empty() {
        return Ok(());
    }
    if policy == "Replace" {
        for job in active.drain(..) {
            let name = job["name"].as_str().unwrap_or_default().to_owned();
            let options =
                DeleteOptions { propagation_policy: Some("Background".to_owned()), ..DeleteOptions::default() };
            world.api(MANAGER).delete("jobs", Name::of(cron).ns(), &name, &options)?;
            record(world, COMPONENT, cron, "Normal", "SuccessfulDelete", &format!("Deleted job {name}"));
        }
    }
    let template = &cron["spec"]["jobTemplate"];
    let name = format!("{}-{}", object::name(cron), at.as_second());
    let mut metadata = json!({"name": name, "namespace": object::namespace(cron),
        "ownerReferences": [object::owner_reference(cron, true)]});
    for field in ["labels", "annotations"] {
        if !template["metadata"][field].is_null() {
            metadata[field] = template["metadata"][field].clone();
        }
    }
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]});
    let made = match world.api(MANAGER).create("jobs", Name::of(cron).ns(), job) {
        Ok(made) => made,
        Err(status) if status.code == 409 => return Ok(()),
        Err(status) => {
            record(
                world,
                COMPONENT,
                cron,
                "Warning",
                "FailedCreate",
                &format!("Error creating job: {}", status.message),
            );
            return Err(status);
        }
    };
    record(world, COMPONENT, cron, "Normal", "SuccessfulCreate", &format!("Created job {name}"));
    active.push(json!({"kind": "Job", "namespace": object::namespace(cron), "name": name, "uid": object::uid(&made),
        "apiVersion": "batch/v1", "resourceVersion": object::version(&made)}));
    updated["status"]["lastScheduleTime"] = object::time(at);
    Ok(())
}

/// Deletes the oldest Jobs that are over, past the limits.
fn clean_up(world: &mut World, cron: &Value, all: &[Arc<Value>]) -> Result<(), Status> {
    for (kind, field, default) in
        [("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1)]
    {
        let limit = usize::try_from(object::int(&cron["spec"][field], default)).unwrap_or(usize::MAX);
        let mut over: Vec<_> = all.iter().filter(|job| object::holds(job, kind)).collect();
        over.sort_by_key(|job| job["status"]["startTime"].as_str().unwrap_or_default());
        let extra = over.len().saturating_sub(limit);
        for job in over.into_iter().take(extra) {
            let options =
                DeleteOptions { propagation_policy: Some("Background".to_owned()), ..DeleteOptions::default() };
            world.api(MANAGER).delete("jobs", Some(object::namespace(job)), object::name(job), &options)?;
            let message = format!("Deleted job {}", object::name(job));
            record(world, COMPONENT, cron, "Normal", "SuccessfulDelete", &message);
        }
    }
    Ok(())
}

/// A schedule of cron's five fields, in UTC.
struct Schedule {
    /// Minutes, hours, days, months, weekdays: which of them.
    fields: [Vec<i8>; 5],
    any_day: bool,
    any_weekday: bool,
}

impl Schedule {
    fn parse(text: &str) -> Option<Self> {
        let text = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = parts.as_slice() else { return None };
        let fields = [
            field(minute, 0, 59)?,
            field(hour, 0, 23)?,
            field(day, 1, 31)?,
            field(month, 1, 12)?,
            field(weekday, 0, 7)?,
        ];
        Some(Self { fields, any_day: day.starts_with('*'), any_weekday: weekday.starts_with('*') })
    }

    fn takes(&self, at: DateTime) -> bool {
        let [minutes, hours, days, months, weekdays] = &self.fields;
        let weekday = at.weekday().to_sunday_zero_offset();
        let (day, on) =
            (days.contains(&at.day()), weekdays.contains(&weekday) || weekday == 0 && weekdays.contains(&7));
        let date = if self.any_day || self.any_weekday { day && on } else { day || on };
        minutes.contains(&at.minute()) && hours.contains(&at.hour()) && months.contains(&at.month()) && date
    }

    /// The latest time after `since` up to `now`, and how many there are: as many as matter.
    fn missed(&self, since: Timestamp, now: Timestamp) -> (Option<Timestamp>, usize) {
        let (mut latest, mut count) = (None, 0);
        let mut at = Timestamp::from_second(now.as_second() - now.as_second().rem_euclid(60)).unwrap_or(now);
        while at > since && count <= MOST_MISSED {
            if self.takes(at.to_zoned(TimeZone::UTC).datetime()) {
                latest = latest.or(Some(at));
                count += 1;
            }
            let Ok(before) = at.checked_sub(1.minute()) else { break };
            at = before;
        }
        (latest, count)
    }
}

/// One field: lists, ranges, steps.
fn field(text: &str, least: i8, most: i8) -> Option<Vec<i8>> {
    let mut all = Vec::new();
    for part in text.split(',') {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let (from, to) = match range {
            "*" | "?" => (least, most),
            range => match range.split_once('-') {
                Some((from, to)) => (number(from)?, number(to)?),
                None if step.is_some() => (number(range)?, most),
                None => (number(range)?, number(range)?),
            },
        };
        let step: usize = step.map_or(Some(1), |step| step.parse().ok()).filter(|step| *step > 0)?;
        all.extend((from..=to).step_by(step));
    }
    Some(all)
}

fn number(text: &str) -> Option<i8> {
    const NAMES: [&str; 19] = [
        "sun", "mon", "tue", "wed", "thu", "fri", "sat", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep",
        "oct", "nov", "dec",
    ];
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let at = NAMES.iter().position(|name| name.eq_ignore_ascii_case(text))?;
    i8::try_from(if at < 7 { at } else { at - 6 }).ok()
}
