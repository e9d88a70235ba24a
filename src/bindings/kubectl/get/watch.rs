//! `kubectl get -w`.

use std::time::Duration;

use serde_json::Value;

use super::super::Kubectl;
use super::super::output::Output;
use super::super::targets::Targets;
use super::tables::{Look, Table, of_collection};
use super::{Options, sort};
use crate::bindings::changes::all_of;
use crate::client::Failure;
use crate::client::k8s::{Accept, ListOptions, Resource, WatchOptions};
use crate::render::Columns;

/// Prints what is there, unless `only` changes are asked for, then each change. Ends after `limit` on the cluster's clock,
/// or when the server ends the watch; without a limit whoever runs the command interrupts it.
pub(super) async fn run(
    kubectl: &Kubectl<'_>,
    targets: Targets,
    options: &Options,
    only: bool,
    limit: Option<Duration>,
) -> Result<i32, Failure> {
    let (resource, namespace, selection) = collection(targets)?;
    let watch = follow(kubectl, &resource, namespace.as_deref(), &selection, options, only);
    match limit {
        None => watch.await,
        Some(limit) => tokio::select! {
            biased;
            done = watch => done,
            () = kubectl.workspace.cluster.clock.sleep(limit) => Ok(0),
        },
    }
}

/// The one collection that is watched; a single object is a collection with its name for a field selector.
fn collection(targets: Targets) -> Result<(Resource, Option<String>, ListOptions), Failure> {
    let nothing = || Err(Failure::usage("error: you may only watch a single resource or type of resource at a time"));
    match targets {
        Targets::Named { unusable, .. } if !unusable.is_empty() => all_of(unusable).map_or_else(nothing, Err),
        Targets::Named { mut targets, .. } => match (targets.pop(), targets.is_empty()) {
            (Some(target), true) => Ok((target.resource, target.namespace, ListOptions::named(&target.name))),
            _ => nothing(),
        },
        Targets::Collections { mut resources, namespace, options } => match (resources.pop(), resources.is_empty()) {
            (Some(resource), true) => Ok((resource, namespace, options)),
            _ => Err(Failure::usage("error: you may only specify a single resource type")),
        },
    }
}

async fn follow(
    kubectl: &Kubectl<'_>,
    resource: &Resource,
    namespace: Option<&str>,
    selection: &ListOptions,
    options: &Options,
    only: bool,
) -> Result<i32, Failure> {
    let mut printer = Printer { kubectl, options, columns: Columns::default(), headed: options.bare, printed: 0 };
    let (resource_version, table) = match &options.output {
        None => {
            let (mut table, version) = of_collection(kubectl, resource, namespace, selection).await?;
            if !only {
                sorted(&options.sort, &mut table)?;
                printer.table("ADDED", &table);
            }
            (version, Some(table))
        }
        Some(output) => {
            let mut list = kubectl.k8s().list(resource, namespace, selection, Accept::Json).await?;
            for object in super::super::targets::items(&mut list, resource).iter().filter(|_| !only) {
                printer.object("ADDED", output, object)?;
            }
            (list["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned(), None)
        }
    };
    let accept = if table.is_some() { Accept::Table } else { Accept::Json };
    let selectors = selection.selectors();
    let path = resource.path(namespace, None, None);
    let mut watcher = kubectl.k8s().watch(&path, &WatchOptions { selectors, resource_version, accept }).await?;
    while let Some(event) = watcher.next().await? {
        match (&options.output, &table) {
            _ if event.kind == "BOOKMARK" => {}
            (Some(output), _) => printer.object(&event.kind, output, &event.object)?,
            (None, Some(table)) => printer.table(&event.kind, &table.with_rows(event.object)),
            (None, None) => {}
        }
    }
    Ok(0)
}

fn sorted(sort: &Option<sort::Sort>, table: &mut Table) -> Result<(), Failure> {
    sort.as_ref().map_or(Ok(()), |sort| table.sort(sort))
}

/// Prints one change after the other; columns keep their widths.
struct Printer<'a> {
    kubectl: &'a Kubectl<'a>,
    options: &'a Options,
    columns: Columns,
    headed: bool,
    printed: usize,
}

impl Printer<'_> {
    fn table(&mut self, event: &str, table: &Table) {
        let look = Look { options: self.options, with_kind: self.options.show_kind };
        let mut lines = table.lines(look, !self.headed);
        if lines.len() > usize::from(!self.headed) {
            if self.options.watch_events {
                let header = !self.headed;
                for (at, line) in lines.iter_mut().enumerate() {
                    let cell = if at == 0 && header { "EVENT" } else { event };
                    // As wide as the longest event.
                    line.insert(0, format!("{cell:<8}"));
                }
            }
            self.headed = true;
            self.kubectl.out(&self.columns.align(&lines));
        }
    }

    fn object(&mut self, event: &str, output: &Output, object: &Value) -> Result<(), Failure> {
        let wrapped;
        let object = if self.options.watch_events {
            wrapped = serde_json::json!({ "type": event, "object": object });
            &wrapped
        } else {
            object
        };
        match output {
            Output::Columns(_) => {
                let mut lines = Vec::new();
                if !std::mem::replace(&mut self.headed, true) {
                    lines.push(output.headers());
                }
                lines.push(output.row(object)?);
                self.kubectl.out(&self.columns.align(&lines));
            }
            _ => {
                if self.printed > 0 && matches!(output, Output::Yaml) {
                    self.kubectl.out("---\n");
                }
                self.kubectl.out(&output.print(object)?);
            }
        }
        self.printed += 1;
        Ok(())
    }
}
