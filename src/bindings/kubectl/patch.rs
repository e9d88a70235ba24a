//! `kubectl patch`.

use futures::FutureExt;
use http::Method;
use serde_json::Value;

use super::super::changes::{DryRun, all_of, patched_here, with_source};
use super::super::flags::{Flag, Flags};
use super::super::manifest::{self, Manifest};
use super::targets::{FILENAMES, Target, Targets};
use super::written::{FLAGS as WRITTEN, RECORD, Words};
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::{Accept, PatchType};

pub(super) const VERB: Verb = Verb {
    name: "patch",
    about: "Change fields of objects",
    help: "Usage:\n  kubectl patch (TYPE NAME | -f FILE) (-p PATCH | --patch-file FILE) [--type strategic|merge|json]\n                \
           [--dry-run=client|server] [--local] [-o name|yaml|json]\n\nExamples:\n  kubectl patch node n -p \
           '{\"spec\":{\"unschedulable\":true}}'\n  kubectl patch pod p --type=json -p \
           '[{\"op\":\"remove\",\"path\":\"/metadata/finalizers\"}]'\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[
    Flag::value("patch", Some('p')),
    Flag::value("patch-file", None),
    Flag::value("type", None),
    Flag::switch("local", None),
];

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl patch", words, &[FLAGS, FILENAMES, WRITTEN, RECORD])?;
    let kind = match flags.get("type").unwrap_or("strategic").to_lowercase().as_str() {
        "strategic" => PatchType::Strategic,
        "merge" => PatchType::Merge,
        "json" => PatchType::Json,
        _ => {
            return Err(Failure::usage(format!(
                "error: --type must be one of [json merge strategic], not {:?}",
                flags.get("type").unwrap_or_default()
            )));
        }
    };
    let text = patch_text(kubectl, &flags)?;
    let mut words = Words::new(kubectl, &flags)?.without_suffix();
    let query = words.dry_run.query(flags.get("field-manager").unwrap_or("kubectl-patch"));
    let local = flags.switch("local", false)?;
    if local && !flags.args.is_empty() {
        return Err(Failure::usage("error: cannot specify --local and server resources"));
    }
    if local && words.dry_run == DryRun::Server {
        let what = "cannot specify --local and --dry-run=server - did you mean --dry-run=client?";
        return Err(Failure::usage(format!("error: {what}")));
    }
    let targets = kubectl.targets(&flags, &flags.args, false).await?;
    let (found, mut failures) = if local { as_written(targets) } else { kubectl.fetch(targets).await };
    let patch = as_json(&text);
    for (target, before) in found {
        let patched = match local || words.dry_run == DryRun::Client {
            true => patched_here(kubectl.k8s(), &target.resource, &before, kind, &patch).await,
            false => {
                let path = target.resource.path(target.namespace.as_deref(), Some(&target.name), None);
                let body = Some((kind.content_type(), patch.clone()));
                kubectl.k8s().json(Method::PATCH, &path, &query, body, Accept::Json).await
            }
        };
        match patched {
            Ok(after) => {
                let same = without_version(&before) == without_version(&after);
                words.say(kubectl, &target.resource, &after, if same { "patched (no change)" } else { "patched" })?;
            }
            Err(failure) => {
                let source = target.manifest.as_ref().map_or("", Manifest::told_source);
                failures.push(with_source("patching", source, failure));
            }
        }
    }
    all_of(failures).map_or(Ok(0), Err)
}

/// The objects of the files themselves, and what is none.
fn as_written(targets: Targets) -> (Vec<(Target, Value)>, Vec<Failure>) {
    let Targets::Named { targets, unusable, .. } = targets else { return (Vec::new(), Vec::new()) };
    let objects = targets.into_iter().filter_map(|target| {
        let object = target.manifest.as_ref()?.object.clone();
        Some((target, object))
    });
    (objects.collect(), unusable)
}

fn patch_text(kubectl: &Kubectl<'_>, flags: &Flags) -> Result<String, Failure> {
    match (flags.get("patch").filter(|text| !text.is_empty()), flags.get("patch-file")) {
        (Some(_), Some(_)) => Err(Failure::usage("error: cannot specify --patch and --patch-file together")),
        (Some(text), None) => Ok(text.to_owned()),
        (None, Some(file)) => kubectl.workspace.read(file).map(|(_, text)| text).map_err(|failure| {
            let why = failure.message.strip_prefix("error: ").unwrap_or(&failure.message);
            let missing = format!("the path {file:?} does not exist");
            let why = if why == missing { format!("open {file}: no such file or directory") } else { why.to_owned() };
            Failure { message: format!("error: unable to read patch file: {why}"), ..failure }
        }),
        (None, None) => {
            Err(Failure::usage("error: must specify --patch or --patch-file containing the contents of the patch"))
        }
    }
}

/// A patch may be YAML too. What is neither goes as it is, and the server says what is wrong with it.
fn as_json(text: &str) -> String {
    match manifest::value(text) {
        Some(patch) if !text.trim_start().starts_with(['{', '[']) => patch.to_string(),
        _ => text.to_owned(),
    }
}

/// What is left of an object when a write that changed nothing is not to be seen.
fn without_version(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.shift_remove("resourceVersion");
        metadata.shift_remove("managedFields");
        metadata.shift_remove("generation");
    }
    object
}
