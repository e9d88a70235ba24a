//! A run as JSON, in the form that `docs/report.schema.json` describes.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Captured, CellReport, Fault, NotebookReport, Outcome, RunReport};
use crate::notebook::{Broken, CheckedCell, Drift, Masked};

/// Counts up when a reader of the form before could not read the new one; new fields alone do not.
const VERSION: u32 = 1;

/// A run as JSON, with a final newline. What is absent or empty where it need not be has no field.
pub fn json(run: &RunReport) -> String {
    let value = json!({
        "version": VERSION,
        "kpnb": env!("CARGO_PKG_VERSION"),
        "command": run.command,
        "started": run.started.to_string(),
        "seconds": seconds(run.took),
        "cluster": run.cluster.as_ref().map(|(name, version)| json!({"name": name, "version": version})),
        "status": run.exit.word(),
        "exit_code": run.exit.code(),
        "counts": counts(run),
        "errors": run.errors.iter().map(fault).collect::<Vec<_>>(),
        "notebooks": run.notebooks.iter().map(notebook).collect::<Vec<_>>(),
    });
    // Keys are strings and numbers finite, so this cannot fail; were it to, the compact form is right too.
    let text = serde_json::to_string_pretty(&value).unwrap_or_else(|_| value.to_string());
    format!("{text}\n")
}

fn seconds(duration: Duration) -> f64 {
    // A millisecond is as exact as anything here is.
    duration.as_millis() as f64 / 1000.0
}

fn counts(run: &RunReport) -> Value {
    let cells = || run.notebooks.iter().flat_map(|notebook| &notebook.cells);
    let of = |outcome| cells().filter(|cell| cell.outcome == outcome).count();
    let claims = |proved| cells().flat_map(|cell| &cell.claims).filter(|claim| claim.proved == proved).count();
    json!({
        "cells": cells().count(),
        "ok": of(Outcome::Ok),
        "failed": of(Outcome::Failed),
        "timeout": of(Outcome::TimedOut),
        "interrupted": of(Outcome::Interrupted),
        "skipped": of(Outcome::Skipped),
        "claims_proved": claims(true),
        "claims_failed": claims(false),
    })
}

fn notebook(notebook: &NotebookReport) -> Value {
    let checked = |place| notebook.checked.as_ref()?.cells.iter().find(|cell| cell.cell == place);
    let cells = notebook.cells.iter().enumerate().map(|(place, report)| cell(report, checked(place)));
    let mut fields = Fields::default();
    fields.add("file", notebook.file.as_str());
    fields.add("started", notebook.started.to_string());
    fields.add("seconds", seconds(notebook.took));
    fields.add("status", notebook.exit.word());
    fields.add("errors", notebook.errors.iter().map(fault).collect::<Vec<_>>());
    fields.add_some("broken", notebook.checked.as_ref().map(|checked| broken(&checked.broken)));
    fields.add("cells", cells.collect::<Vec<_>>());
    fields.0.into()
}

fn broken(broken: &[Broken]) -> Vec<Value> {
    let one = |broken: &Broken| {
        let lines = [broken.first.line, broken.second.line];
        json!({"class": broken.class.as_str(), "message": broken.to_string(), "lines": lines})
    };
    broken.iter().map(one).collect()
}

fn cell(cell: &CellReport, checked: Option<&CheckedCell>) -> Value {
    let mut fields = Fields::default();
    fields.add("name", cell.label.as_str());
    fields.add("line", cell.line);
    fields.add("cleanup", cell.cleanup);
    fields.add("status", cell.outcome.word());
    fields.add_some("skipped", cell.skipped.map(super::Skipped::text));
    fields.add_some("started", cell.started.map(|started| started.to_string()));
    fields.add("seconds", seconds(cell.took));
    let claims: Vec<Value> = cell.claims.iter().map(claim).collect();
    fields.add("claims", claims);
    fields.add_some("error", cell.error.as_ref().map(fault));
    let outputs = cell.outputs.iter().map(|piece| json!({"language": piece.language, "text": piece.text}));
    fields.add("outputs", outputs.collect::<Vec<_>>());
    fields.add_some("check", checked.map(check));
    let captured: Vec<Value> = cell.captured.iter().map(captured).collect();
    fields.add_some("captured", (!captured.is_empty()).then_some(captured));
    fields.0.into()
}

fn check(checked: &CheckedCell) -> Value {
    let drift = |drift: &Drift| {
        let mut fields = Fields::default();
        fields.add("message", drift.to_string());
        fields.add_some("line", drift.line());
        fields.add_some("diff", Some(drift.diff()).filter(|diff| !diff.is_empty()));
        Value::from(fields.0)
    };
    let masked = |masked: &Masked| {
        let Masked { class, recorded, now, line } = masked;
        json!({"class": class.as_str(), "recorded": recorded, "now": now, "line": line})
    };
    json!({
        "drifts": checked.drifts.iter().map(drift).collect::<Vec<_>>(),
        "masked": checked.masked.iter().map(masked).collect::<Vec<_>>(),
    })
}

fn claim(claim: &crate::script::Claim) -> Value {
    let mut fields = Fields::default();
    fields.add("text", claim.text.as_str());
    fields.add("proved", claim.proved);
    fields.add_some("evidence", claim.evidence.as_deref());
    fields.0.into()
}

fn fault(fault: &Fault) -> Value {
    let mut fields = Fields::default();
    fields.add("kind", fault.kind);
    fields.add("message", fault.message.as_str());
    if let Some(place) = &fault.place {
        fields.add("file", place.file.as_str());
        fields.add("line", place.line);
        fields.add("column", place.column);
    }
    fields.add_some("calls", (!fault.calls.is_empty()).then(|| fault.calls.clone()));
    fields.add_some("hint", fault.hint.as_deref());
    fields.0.into()
}

fn captured(captured: &Captured) -> Value {
    let (field, text) = match &captured.text {
        Ok(text) => ("text", text),
        Err(why) => ("error", why),
    };
    json!({"kind": captured.kind, "of": captured.of, field: text})
}

/// The fields of an object, in order.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn add(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn add_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }
}
