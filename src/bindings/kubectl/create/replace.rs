//! `kubectl replace`.

use futures::FutureExt;
use serde_json::Value;

use super::super::delete::Deletion;
use super::super::items::{Items, VALIDATE};
use super::super::targets::{FILENAMES, Target, with_unusable};
use super::super::written::{FLAGS as WRITTEN, RECORD, Words};
use super::super::{Kubectl, Verb};
use super::{FLAGS, options, raw};
use crate::bindings::changes::{self, CreateOptions, DryRun, Item, all_of};
use crate::bindings::flags::{Flag, Takes};
use crate::client::Failure;

pub(in crate::bindings::kubectl) const VERB: Verb = Verb {
    name: "replace",
    about: "Replace objects by those of a file or of stdin",
    help: "Usage:\n  kubectl replace -f FILE [--force [--grace-period SECONDS] [--cascade POLICY] [--timeout 10s]]\n                  \
           [--save-config] [--dry-run=client|server] [-o name|yaml|json]\n  kubectl replace --raw PATH -f \
           FILE\n\nExamples:\n  kubectl replace -f pod.yaml\n  kubectl replace --raw /api/v1/namespaces/a/finalize -f \
           namespace.json\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

/// How `--force` deletes.
const DELETION: &[Flag] = &[
    Flag::switch("force", None),
    Flag::value("grace-period", None),
    Flag::value("timeout", None),
    Flag::switch("wait", None),
    Flag { long: "cascade", short: None, takes: Takes::Optional("background") },
];

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let known = [FLAGS, DELETION, FILENAMES, VALIDATE, WRITTEN, RECORD];
    let flags = kubectl.flags("kubectl replace", words, &known)?;
    let mut words = Words::new(kubectl, &flags)?;
    let options = options(&flags, &words, "kubectl-replace")?;
    if flags.all("filename").is_empty() && flags.get("kustomize").is_none() {
        return Err(Failure::usage("error: must specify one of -f and -k"));
    }
    let forces = flags.switch("force", false)?;
    let deletion = Deletion::of_replace(kubectl, &flags, forces, words.dry_run)?;
    if let Some(path) = flags.get("raw") {
        return raw::send(kubectl, &flags, "replace", http::Method::PUT, path).await;
    }
    let Items { ready, unusable } = kubectl.items(&flags).await?;
    if forces && ready.is_empty() && unusable.is_empty() {
        kubectl.out("No resources found\n");
        return Err(Failure::usage("error: no objects passed to replace"));
    }
    if forces {
        let targets = ready.iter().map(|item| Target {
            resource: item.resource.clone(),
            namespace: item.namespace.clone(),
            name: item.name.clone(),
            manifest: None,
        });
        deletion.all(kubectl, targets.collect(), Vec::new()).await?;
    }
    let mut failures = Vec::new();
    for item in ready {
        let replaced = match forces {
            true => create_anew(kubectl, &item, &options).await,
            false => changes::replace(kubectl.k8s(), &item, &options).await,
        };
        match replaced {
            Ok(object) => words.say(kubectl, &item.resource, &object, "replaced")?,
            Err(failure) => failures.push(failure),
        }
    }
    with_unusable(&mut failures, unusable);
    all_of(failures).map_or(Ok(0), Err)
}

/// Creates what has been deleted. In a dry run it is still there: kubectl 1.20 deletes even then, which kpnb does not follow.
async fn create_anew(kubectl: &Kubectl<'_>, item: &Item, options: &CreateOptions) -> Result<Value, Failure> {
    match changes::create(kubectl.k8s(), item, options).await {
        Err(failure) if failure.reason == "AlreadyExists" && options.dry_run == DryRun::Server => {
            changes::replace(kubectl.k8s(), item, options).await
        }
        created => created,
    }
}
