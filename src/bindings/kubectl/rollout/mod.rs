//! `kubectl rollout`: how a workload goes from one revision to another.

mod change;
mod revisions;
mod status;
mod undo;

use futures::FutureExt;
use serde_json::Value;

pub(crate) use self::change::Change;
use self::revisions::{revisions, table};
pub(crate) use self::status::{Following, follow};
use self::undo::Undone;
use super::invocation::duration_flag;
use super::targets::{FILENAMES, Target};
use super::{Kubectl, Verb, describe};
use crate::bindings::changes::{DryRun, all_of};
use crate::bindings::flags::{Flag, Flags, Takes};
use crate::client::{Failure, k8s};

pub(super) const VERB: Verb = Verb {
    name: "rollout",
    about: "Manage the rollout of a resource",
    help: HELP,
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const HELP: &str = "Usage:
  kubectl rollout SUBCOMMAND (TYPE NAME | TYPE/NAME | -f FILENAME)

Available Commands:
  history     View rollout history
  pause       Mark the provided resource as paused
  restart     Restart a resource
  resume      Resume a paused resource
  status      Show the status of the rollout
  undo        Undo a previous rollout

Options:
      --dry-run='none': undo: client or server
  -f, --filename=[]: File that names the objects
  -o, --output='': name
      --revision=0: history: show this revision; status: it has to be the running one
      --timeout=0s: status: how long to wait; zero for ever
      --to-revision=0: undo: the revision to go back to; 0 for the last but one
  -w, --watch=true: status: wait until it is done

Examples:
  kubectl rollout status deployment/web --timeout=60s
  kubectl rollout restart daemonset/foo
  kubectl rollout undo deployment/web --to-revision=3
";

const FLAGS: &[Flag] = &[Flag::value("output", Some('o')), Flag::value("field-manager", None)];
const STATUS_FLAGS: &[Flag] =
    &[Flag::value("revision", None), Flag::value("timeout", None), Flag::switch("watch", Some('w'))];
const HISTORY_FLAGS: &[Flag] = &[Flag::value("revision", None)];
const UNDO_FLAGS: &[Flag] =
    &[Flag::value("to-revision", None), Flag { long: "dry-run", short: None, takes: Takes::Optional("unchanged") }];

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let Some(place) = super::verb_place(words) else {
        kubectl.out(HELP);
        return Ok(1);
    };
    let mut rest = words[..place].to_vec();
    rest.extend_from_slice(&words[place + 1..]);
    let subcommand = words[place].as_str();
    let own = match subcommand {
        "status" => STATUS_FLAGS,
        "history" => HISTORY_FLAGS,
        "undo" => UNDO_FLAGS,
        "pause" | "restart" | "resume" => &[],
        other => {
            let words = format!("error: unknown command {other:?}\nSee 'kubectl rollout -h' for help and examples");
            return Err(Failure::usage(words));
        }
    };
    let flags = kubectl.flags(&format!("kubectl rollout {subcommand}"), &rest, &[FLAGS, FILENAMES, own])?;
    if flags.args.is_empty() && flags.get("filename").is_none() {
        return Err(Failure::usage("error: required resource not specified"));
    }
    let named = kubectl.targets(&flags, &flags.args, true).await?;
    let (found, failures) = kubectl.fetch(named).await;
    if subcommand == "status" {
        return status(kubectl, &flags, &found, failures).await;
    }
    let mut failures = failures;
    for (target, object) in &found {
        let done = match subcommand {
            "history" => history(kubectl, &flags, target, object).await,
            "undo" => undo(kubectl, &flags, target, object).await,
            "pause" => change(kubectl, &flags, Change::Pause, target, object).await,
            "resume" => change(kubectl, &flags, Change::Resume, target, object).await,
            _ => change(kubectl, &flags, Change::Restart, target, object).await,
        };
        failures.extend(done.err());
    }
    all_of(failures).map_or(Ok(0), Err)
}

async fn status(
    kubectl: &Kubectl<'_>,
    flags: &Flags,
    found: &[(Target, Value)],
    failures: Vec<Failure>,
) -> Result<i32, Failure> {
    if let Some(failure) = all_of(failures) {
        return Err(failure);
    }
    let [(target, _)] = found else {
        return Err(Failure::usage(format!(
            "error: rollout status is only supported on individual resources and resource collections - {} resources \
             were found",
            found.len()
        )));
    };
    let following = Following {
        revision: flags.integer("revision")?.unwrap_or(0),
        once: !flags.switch("watch", true)?,
        timeout: duration_flag(flags, "timeout")?,
    };
    let (resource, namespace) = (&target.resource, target.namespace.as_deref());
    let watched = k8s::Target { resource, namespace, name: &target.name };
    let clock = &*kubectl.workspace.cluster.clock;
    follow(kubectl.k8s(), clock, watched, following, &mut |line| kubectl.out(line)).await.map(|()| 0)
}

async fn change(
    kubectl: &Kubectl<'_>,
    flags: &Flags,
    change: Change,
    target: &Target,
    object: &Value,
) -> Result<(), Failure> {
    let now = kubectl.workspace.cluster.clock.now();
    change.apply(kubectl.k8s(), &target.resource, object, now).await?;
    tell(kubectl, flags, target, change.done());
    Ok(())
}

async fn history(kubectl: &Kubectl<'_>, flags: &Flags, target: &Target, object: &Value) -> Result<(), Failure> {
    let kind = object["kind"].as_str().unwrap_or_default();
    if !matches!(kind, "Deployment" | "DaemonSet" | "StatefulSet") {
        return Err(Failure::answer(format!("error: no history viewer has been implemented for {kind:?}")));
    }
    let known = revisions(kubectl.k8s(), object).await?;
    match flags.integer("revision")?.unwrap_or(0) {
        0 => kubectl.out(&format!("{} \n{}\n", target.title(), table(&known))),
        number if number < 0 => {
            return Err(Failure::usage(format!("error: revision must be a positive integer: {number}")));
        }
        number => {
            let revision = known.iter().find(|revision| revision.number == number);
            let missing = || Failure::answer("error: unable to find the specified revision");
            let template = pod_template(kubectl, &revision.ok_or_else(missing)?.template());
            kubectl.out(&format!("{} with revision #{number}\n{template}\n", target.title()));
        }
    }
    Ok(())
}

async fn undo(kubectl: &Kubectl<'_>, flags: &Flags, target: &Target, object: &Value) -> Result<(), Failure> {
    let to = flags.integer("to-revision")?.unwrap_or(0);
    let dry_run = flags.get("dry-run").map_or(Ok(DryRun::None), DryRun::parse)?;
    let done = match undo::undo(kubectl.k8s(), &target.resource, object, to, dry_run).await? {
        Undone::RolledBack => "rolled back".to_owned(),
        Undone::Skipped(revision) => {
            format!("skipped rollback (current template already matches revision {revision})")
        }
        Undone::WouldBe(template) => pod_template(kubectl, &template),
    };
    tell(kubectl, flags, target, &format!("{done}{}", dry_run.suffix()));
    Ok(())
}

fn pod_template(kubectl: &Kubectl<'_>, template: &Value) -> String {
    describe::pod_template(template, kubectl.workspace.cluster.clock.now())
}

fn tell(kubectl: &Kubectl<'_>, flags: &Flags, target: &Target, done: &str) {
    match flags.get("output") {
        Some("name") => kubectl.out(&format!("{}\n", target.title())),
        _ => kubectl.out(&format!("{} {done}\n", target.title())),
    }
}
