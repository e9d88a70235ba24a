//! `kubectl apply`, client-side and server-side.

use futures::FutureExt;
use serde_json::Value;

use super::super::changes::{self, ApplyOptions, all_of, on_one_line};
use super::super::flags::{Flag, Flags};
use super::items::VALIDATE;
use super::output::list_of;
use super::targets::{FILENAMES, SELECTORS};
use super::written::{FLAGS as WRITTEN, RECORD, Words};
use super::{Kubectl, Verb, last_applied};
use crate::client::Failure;
use crate::client::k8s::Resource;

pub(super) const VERB: Verb = Verb {
    name: "apply",
    about: "Apply a configuration to objects by file name or stdin",
    help: "Usage:\n  kubectl apply -f FILE [-R] [--server-side [--force-conflicts]] [--field-manager NAME] [--force]\n                \
           [--validate=false] [--dry-run=client|server] [-o name|yaml|json]\n  kubectl apply view-last-applied (TYPE NAME | \
           -f FILE) [-o yaml|json]\n  kubectl apply set-last-applied -f FILE [--create-annotation]\n\nExamples:\n  kubectl apply -f deployment.yaml\n  kubectl apply --server-side -f \
           deployment.yaml\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[
    Flag::switch("server-side", None),
    Flag::switch("force-conflicts", None),
    Flag::switch("force", None),
    Flag::switch("overwrite", None),
    Flag::switch("wait", None),
    Flag::value("timeout", None),
    Flag::value("grace-period", None),
    Flag::value("cascade", None),
    Flag::switch("prune", None),
    Flag::switch("all", None),
    Flag::value("prune-whitelist", None),
    Flag::switch("openapi-patch", None),
    Flag::switch("create-annotation", None),
];

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let known = [FLAGS, FILENAMES, SELECTORS, VALIDATE, WRITTEN, RECORD];
    let flags = kubectl.flags("kubectl apply", words, &known)?;
    match flags.args.first().map(String::as_str) {
        None => {}
        Some("view-last-applied") => return last_applied::view(kubectl, &flags).await,
        Some("set-last-applied") => return last_applied::set(kubectl, &flags).await,
        Some("edit-last-applied") => {
            return Err(Failure::refused("error: apply edit-last-applied is refused: it opens an editor").with_hint(
                "kubectl apply set-last-applied -f FILE, or kubectl apply -f, which writes the annotation",
            ));
        }
        Some(_) => {
            return Err(Failure::usage(format!(
                "error: Unexpected args: [{}]\nSee 'kubectl apply -h' for help and examples",
                flags.args.join(" ")
            )));
        }
    }
    if flags.all("filename").is_empty() && flags.get("kustomize").is_none() {
        return Err(Failure::usage("error: must specify one of -f and -k"));
    }
    if flags.switch("prune", false)? {
        return Err(Failure::refused("error: --prune is refused: it deletes what no manifest names")
            .with_hint("kubectl delete what is no longer wanted"));
    }
    refuse_narrowing(&flags)?;
    let mut words = Words::new(kubectl, &flags)?;
    let options = options(&flags, &words)?;
    let items = kubectl.items(&flags).await?;
    if items.ready.is_empty() && items.unusable.is_empty() {
        return Err(Failure::usage("error: no objects passed to apply"));
    }
    let (mut failures, mut printed): (Vec<Failure>, Vec<(Resource, Value)>) = (Vec::new(), Vec::new());
    let clock = kubectl.workspace.cluster.clock.as_ref();
    for item in items.ready {
        match changes::apply(kubectl.k8s(), clock, &item, &options).await {
            Ok(applied) => {
                applied.warnings.iter().for_each(|warning| kubectl.err(&format!("{warning}\n")));
                if words.prints_objects() {
                    printed.push((item.resource, applied.object));
                } else {
                    words.say(kubectl, &item.resource, &applied.object, applied.outcome.word())?;
                }
            }
            Err(failure) => failures.push(failure),
        }
    }
    print_whole(kubectl, &mut words, printed)?;
    let mut unusable = items.unusable;
    if !failures.is_empty() {
        unusable = on_one_line(unusable).into_iter().collect();
    }
    unusable.extend(failures);
    all_of(unusable).map_or(Ok(0), Err)
}

/// Refuses what would make kubectl apply less, or delete otherwise: to pass over such a flag would do more than was asked.
fn refuse_narrowing(flags: &Flags) -> Result<(), Failure> {
    let refused = |flag: &str, why: &str, hint: &str| {
        Err(Failure::refused(format!("error: {flag} is refused: {why}")).with_hint(hint))
    };
    for flag in ["selector", "field-selector"] {
        if flags.get(flag).is_some_and(|selector| !selector.is_empty()) {
            let hint = "keep what is to be applied in a file of its own";
            return refused(&format!("--{flag}"), "all objects of the files are applied", hint);
        }
    }
    if !flags.switch("overwrite", true)? {
        let hint = "--dry-run=server -o yaml shows what would be stored";
        return refused("--overwrite=false", "the manifest's values always win", hint);
    }
    let waits = flags.switch("wait", false)?.then_some("wait");
    let deleting = ["timeout", "grace-period", "cascade"].into_iter().find(|flag| flags.get(flag).is_some());
    match waits.or(deleting) {
        Some(flag) => refused(
            &format!("--{flag}"),
            "it is about what --prune and --force delete, and kpnb's --force deletes in the server's own way",
            "kubectl delete takes it; then apply without it",
        ),
        None => Ok(()),
    }
}

/// One object as it is, several as a List.
fn print_whole(kubectl: &Kubectl<'_>, words: &mut Words, mut printed: Vec<(Resource, Value)>) -> Result<(), Failure> {
    let Some((resource, first)) = printed.pop() else { return Ok(()) };
    let object = match printed.is_empty() {
        true => first,
        false => list_of(printed.into_iter().map(|(_, object)| object).chain([first]).collect()),
    };
    words.say(kubectl, &resource, &object, "")
}

fn options(flags: &Flags, words: &Words) -> Result<ApplyOptions, Failure> {
    let options = ApplyOptions {
        server_side: flags.switch("server-side", false)?,
        field_manager: flags.get("field-manager").map(str::to_owned),
        force_conflicts: flags.switch("force-conflicts", false)?,
        dry_run: words.dry_run,
        force: flags.switch("force", false)?,
    };
    let wrong = |what: &str| Err(Failure::usage(format!("error: {what}")));
    match (options.server_side, options.dry_run) {
        (false, _) if options.force_conflicts => wrong("--force-conflicts only works with --server-side"),
        (true, changes::DryRun::Client) => {
            wrong("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)")
        }
        (true, _) if options.force => wrong("--force cannot be used with --server-side"),
        _ => Ok(options),
    }
}
