//! The verb: which objects the command line names, and in which order their pages are printed.

use futures::FutureExt;
use jiff::Timestamp;
use serde_json::Value;

use super::object_text;
use crate::bindings::changes::all_of;
use crate::bindings::flags::{Flag, Flags};
use crate::bindings::kubectl::invocation::ALL_NAMESPACES;
use crate::bindings::kubectl::targets::{FILENAMES, Target, Targets};
use crate::bindings::kubectl::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::ListOptions;

pub(in crate::bindings::kubectl) const VERB: Verb = Verb {
    name: "describe",
    about: "Show details of a specific resource or group of resources",
    help: "Usage:\n  kubectl describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME) [options]\n\nOptions:\n  \
           -f, --filename FILE     the objects of a manifest\n  -l, --selector LABELS   objects with these labels\n  \
           -A, --all-namespaces    in all namespaces\n      --show-events=false without the events\n\nExamples:\n  \
           kubectl describe node k8splayground-worker\n  kubectl describe pods -l app=web\n  \
           kubectl describe pods deployment   # all whose names start with it\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] =
    &[Flag::value("selector", Some('l')), Flag::switch("show-events", None), Flag::value("field-manager", None)];

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl describe", words, &[FLAGS, FILENAMES, ALL_NAMESPACES])?;
    if flags.args.is_empty() && flags.get("filename").is_none() && flags.get("kustomize").is_none() {
        return Err(Failure::usage(
            "error: You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete \
             list of supported resources.",
        ));
    }
    let show_events = flags.switch("show-events", true)?;
    let now = || kubectl.workspace.cluster.clock.now();
    let targets = kubectl.targets(&flags, &flags.args, true).await?;
    let (found, mut failures) = kubectl.fetch(targets).await;
    if let ([failure], [kind, prefix]) = (failures.as_slice(), flags.args.as_slice())
        && failure.is_not_found()
    {
        return prefixed(kubectl, &flags, kind, prefix, show_events, now).await?.ok_or_else(|| failure.clone());
    }
    let mut first = true;
    for (target, object) in &found {
        match object_text(kubectl.k8s(), &target.resource, object.clone(), show_events, now()).await {
            Ok(text) => {
                kubectl.out(&if first { text } else { format!("\n\n{text}") });
                first = false;
            }
            Err(failure) if failures.iter().any(|known| known.message == failure.message) => {}
            Err(failure) => failures.push(failure),
        }
    }
    if found.is_empty() && failures.is_empty() {
        let scope = kubectl.scope(&flags)?;
        kubectl.err(&match scope.listed() {
            None => "No resources found\n".to_owned(),
            Some(namespace) => format!("No resources found in {namespace} namespace.\n"),
        });
    }
    all_of(failures).map_or(Ok(0), Err)
}

/// Describes the objects whose names start with `prefix`; none where there are none.
async fn prefixed(
    kubectl: &Kubectl<'_>,
    flags: &Flags,
    kind: &str,
    prefix: &str,
    show_events: bool,
    now: impl Fn() -> Timestamp,
) -> Result<Option<i32>, Failure> {
    let scope = kubectl.scope(flags)?;
    let resources = kubectl.resources_of(kind).await?;
    let namespace = Some(scope.namespace);
    let all = Targets::Collections { resources, namespace, options: ListOptions::default() };
    let (found, failures) = kubectl.fetch(all).await;
    if let Some(failure) = all_of(failures) {
        return Err(failure);
    }
    let starts = |(target, _): &&(Target, Value)| target.name.starts_with(prefix);
    let mut code = None;
    for (target, object) in found.iter().filter(starts) {
        let text = object_text(kubectl.k8s(), &target.resource, object.clone(), show_events, now()).await?;
        kubectl.out(&format!("{text}\n"));
        code = Some(0);
    }
    Ok(code)
}
