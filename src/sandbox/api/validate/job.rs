//! Jobs and CronJobs.
//!
//! Source: v1.20.2 `pkg/apis/batch/validation/validation.go`, robfig/cron v1.1.0 `parser.go`.

use serde_json::{Value, json};

use super::causes::Causes;
use super::{go, meta, pod, said, schedule, text, workload};

/// A Job; as a change of `old`, if that is given.
pub(super) fn job(new: &Value, old: Option<&Value>, causes: &mut Causes) {
    let spec = &new["spec"];
    let labels = &spec["template"]["metadata"]["labels"];
    generated(new, labels, causes);
    numbers(spec, "spec", causes);
    template(spec, "spec", causes);
    if spec["selector"].is_null() {
        causes.required("spec.selector", "");
    } else {
        meta::selector(&spec["selector"], "spec.selector", causes);
    }
    if meta::usable(&spec["selector"]) && !meta::selects(&spec["selector"], labels) {
        workload::unselected(labels, causes);
    }
    if let Some(old) = old {
        for field in ["completions", "selector", "template"] {
            let value = &spec[field];
            let shown = match field {
                "selector" if !value.is_null() => go::selector(value),
                // The whole of it, in Go's form, which is not modelled.
                "template" => "core.PodTemplateSpec{...}".to_owned(),
                _ => go::value(value),
            };
            causes.immutable(format!("spec.{field}"), shown, said(value) == said(&old["spec"][field]));
        }
    }
}

/// A selector and labels that the server makes up must be those: `ValidateGeneratedSelector`.
fn generated(job: &Value, labels: &Value, causes: &mut Causes) {
    let (uid, selector) = (text(&job["metadata"]["uid"]), &job["spec"]["selector"]);
    if job["spec"]["manualSelector"] == true || selector.is_null() || uid.is_empty() {
        return;
    }
    let expected = json!({"controller-uid": uid, "job-name": job["metadata"]["name"]});
    for (label, value) in expected.as_object().into_iter().flatten() {
        let (field, why) = (format!("spec.template.metadata.labels[{label}]"), format!("must be '{}'", text(value)));
        match &labels[label] {
            Value::Null => causes.required(field, &why),
            own if own != value => causes.invalid(field, go::map(labels), &why),
            _ => {}
        }
    }
    if !meta::selects(selector, &expected) {
        causes.invalid("spec.selector", go::selector(selector), "`selector` not auto-generated");
    }
}

fn numbers(spec: &Value, path: &str, causes: &mut Causes) {
    for field in ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit"] {
        causes.not_negative(format!("{path}.{field}"), spec[field].as_i64());
    }
}

fn template(spec: &Value, path: &str, causes: &mut Causes) {
    pod::template(&spec["template"], &format!("{path}.template"), causes);
    let policy = text(&spec["template"]["spec"]["restartPolicy"]);
    if !matches!(policy, "OnFailure" | "Never") {
        let field = format!("{path}.template.spec.restartPolicy");
        causes.required(field, "valid values: \"OnFailure\", \"Never\"");
    }
}

/// A CronJob.
pub(super) fn cron_job(new: &Value, causes: &mut Causes) {
    let spec = &new["spec"];
    let timetable = text(&spec["schedule"]);
    if timetable.is_empty() {
        causes.required("spec.schedule", "");
    } else if let Some(why) = schedule::wrong(timetable) {
        causes.invalid("spec.schedule", format!("{timetable:?}"), &why);
    }
    causes.not_negative("spec.startingDeadlineSeconds", spec["startingDeadlineSeconds"].as_i64());
    match text(&spec["concurrencyPolicy"]) {
        "" => causes.required("spec.concurrencyPolicy", ""),
        policy => causes.one_of("spec.concurrencyPolicy", policy, &["Allow", "Forbid", "Replace"]),
    }
    let (job, path) = (&spec["jobTemplate"]["spec"], "spec.jobTemplate.spec");
    meta::labels(&spec["jobTemplate"]["metadata"]["labels"], "spec.jobTemplate.labels", causes);
    numbers(job, path, causes);
    template(job, path, causes);
    if !job["selector"].is_null() {
        let why = "`selector` will be auto-generated";
        causes.invalid(format!("{path}.selector"), go::selector(&job["selector"]), why);
    }
    if job["manualSelector"] == true {
        causes.unsupported(format!("{path}.manualSelector"), true, &["nil", "false"]);
    }
    for field in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        causes.not_negative(format!("spec.{field}"), spec[field].as_i64());
    }
    // Jobs have eleven more letters than what makes them.
    let name = text(&new["metadata"]["name"]);
    if name.len() > 52 {
        causes.invalid("metadata.name", format!("{name:?}"), "must be no more than 52 characters");
    }
}
