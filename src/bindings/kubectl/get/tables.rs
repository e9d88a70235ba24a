//! `kubectl get` without `-o`, and `-o wide`: the server's own tables.
//!
//! Source: k8s.io/cli-runtime v0.20 `pkg/printers/tableprinter.go`, k8s.io/kubectl v0.20 `pkg/cmd/get/get.go`.

use futures::future::join_all;
use serde_json::Value;

use super::super::super::changes::all_of;
use super::super::Kubectl;
use super::super::targets::{Targets, title, with_unusable, worded_for_list};
use super::Options;
use super::sort::Sort;
use crate::client::Failure;
use crate::client::k8s::{Accept, ListOptions, Resource};
use crate::render::{Columns, go_value};

/// One table: a resource, and the server's answers in its form.
pub(super) struct Table {
    resource: Resource,
    columns: Value,
    rows: Vec<Value>,
}

/// How tables are printed.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) options: &'a Options,
    /// Names as `pod/x`.
    pub(super) with_kind: bool,
}

/// Prints what is found, then fails for what is not.
pub(super) async fn run(kubectl: &Kubectl<'_>, targets: Targets, options: &Options) -> Result<i32, Failure> {
    let (mut tables, failures) = fetch(kubectl, &targets).await;
    let failures = options.forgive(failures);
    if let Some(sort) = &options.sort {
        for table in &mut tables {
            table.sort(sort)?;
        }
    }
    let several = tables.iter().any(|table| {
        table.resource.kind != tables[0].resource.kind || table.resource.group != tables[0].resource.group
    });
    let look = Look { options, with_kind: options.show_kind || several };
    let mut written = false;
    for table in tables.iter().filter(|table| !table.rows.is_empty()) {
        if written && !options.bare {
            kubectl.out("\n");
        }
        kubectl.out(&Columns::default().align(&table.lines(look, !options.bare)));
        written = true;
    }
    if !written && failures.is_empty() && !options.ignore_not_found {
        let namespaced = !options.all_namespaces && tables.iter().all(|table| table.resource.namespaced);
        kubectl.err(&match namespaced {
            true => format!("No resources found in {} namespace.\n", options.namespace),
            false => "No resources found\n".to_owned(),
        });
    }
    all_of(failures).map_or(Ok(0), Err)
}

/// The tables of the targets, neighbours of one resource joined.
async fn fetch(kubectl: &Kubectl<'_>, targets: &Targets) -> (Vec<Table>, Vec<Failure>) {
    let k8s = kubectl.k8s();
    let answers: Vec<(Resource, Result<Value, Failure>)> = match targets {
        Targets::Named { targets, .. } => {
            join_all(targets.iter().map(|target| async {
                let namespace = target.namespace.as_deref();
                let answer = k8s.get_as(&target.resource, namespace, &target.name, Accept::Table).await;
                (target.resource.clone(), answer)
            }))
            .await
        }
        Targets::Collections { resources, namespace, options } => {
            join_all(resources.iter().map(|resource| async {
                let answer = k8s.list(resource, namespace.as_deref(), options, Accept::Table).await;
                (resource.clone(), answer.map_err(|failure| worded_for_list(failure, resource, options)))
            }))
            .await
        }
    };
    let (mut tables, mut failures): (Vec<Table>, Vec<Failure>) = (Vec::new(), Vec::new());
    for (resource, answer) in answers {
        match answer {
            Ok(answer) => {
                let mut table = Table::of(resource, answer);
                match tables.last_mut() {
                    Some(last) if last.resource == table.resource => last.rows.append(&mut table.rows),
                    _ => tables.push(table),
                }
            }
            Err(failure) => failures.push(failure),
        }
    }
    if let Targets::Named { unusable, .. } = targets {
        with_unusable(&mut failures, unusable.clone());
    }
    (tables, failures)
}

impl Table {
    /// A server's answer.
    pub(super) fn of(resource: Resource, mut answer: Value) -> Self {
        let rows = answer["rows"].as_array_mut().map(std::mem::take).unwrap_or_default();
        Self { resource, columns: answer["columnDefinitions"].take(), rows }
    }

    /// Sorts the rows by a field of their objects.
    ///
    /// # Errors
    /// As [`Sort::by`].
    pub(super) fn sort(&mut self, sort: &Sort) -> Result<(), Failure> {
        sort.by(&mut self.rows, |row| &row["object"])
    }

    /// The rows of a watch's event, in this table's columns.
    pub(super) fn with_rows(&self, mut event: Value) -> Self {
        let rows = event["rows"].as_array_mut().map(std::mem::take).unwrap_or_default();
        Self { resource: self.resource.clone(), columns: self.columns.clone(), rows }
    }

    /// Header and rows as cells.
    pub(super) fn lines(&self, look: Look<'_>, with_header: bool) -> Vec<Vec<String>> {
        let options = look.options;
        let with_namespace = options.all_namespaces && self.resource.namespaced;
        let columns: Vec<(usize, &Value)> = self
            .columns
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
            .filter(|(_, column)| options.wide || column["priority"].as_i64().unwrap_or_default() == 0)
            .collect();
        let mut lines = Vec::new();
        if with_header {
            let mut header = Vec::new();
            header.extend(with_namespace.then(|| "NAMESPACE".to_owned()));
            header.extend(columns.iter().map(|(_, column)| text(&column["name"]).to_uppercase()));
            header.extend(
                options.label_columns.iter().map(|key| key.rsplit('/').next().unwrap_or_default().to_uppercase()),
            );
            header.extend(options.show_labels.then(|| "LABELS".to_owned()));
            lines.push(header);
        }
        for row in &self.rows {
            let metadata = &row["object"]["metadata"];
            let mut line = Vec::new();
            line.extend(with_namespace.then(|| text(&metadata["namespace"])));
            for (at, column) in &columns {
                let cell = cell(&row["cells"][*at]);
                let is_name = column["format"] == "name" && column["type"] == "string";
                line.push(if look.with_kind && is_name { title(&self.resource, &cell) } else { cell });
            }
            let labels = &metadata["labels"];
            line.extend(options.label_columns.iter().map(|key| text(&labels[key])));
            line.extend(options.show_labels.then(|| all_labels(labels)));
            lines.push(line);
        }
        lines
    }
}

/// The table of a collection, as a watch begins with it, and its resourceVersion.
pub(super) async fn of_collection(
    kubectl: &Kubectl<'_>,
    resource: &Resource,
    namespace: Option<&str>,
    options: &ListOptions,
) -> Result<(Table, String), Failure> {
    let answer = kubectl.k8s().list(resource, namespace, options, Accept::Table).await;
    let answer = answer.map_err(|failure| worded_for_list(failure, resource, options))?;
    let version = text(&answer["metadata"]["resourceVersion"]);
    Ok((Table::of(resource.clone(), answer), version))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn cell(value: &Value) -> String {
    if value.is_null() { "<nil>".to_owned() } else { go_value(value) }
}

fn all_labels(labels: &Value) -> String {
    let Some(labels) = labels.as_object().filter(|labels| !labels.is_empty()) else { return "<none>".to_owned() };
    let mut labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={}", text(value))).collect();
    labels.sort();
    labels.join(",")
}
