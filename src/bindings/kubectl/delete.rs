//! `kubectl delete`.

use std::time::Duration;

use futures::FutureExt;
use http::Method;

use super::super::changes::{self, DryRun, all_of, with_source};
use super::super::flags::{Flag, Flags, Takes};
use super::super::manifest::Manifest;
use super::invocation::{ALL_NAMESPACES, duration_flag};
use super::targets::{FILENAMES, SELECTORS, Target, Targets, with_unusable};
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::{Accept, DeleteOptions};

pub(super) const VERB: Verb = Verb {
    name: "delete",
    about: "Delete objects by names, labels, or files",
    help: "Usage:\n  kubectl delete (-f FILE | TYPE NAME… | TYPE -l SELECTOR | TYPE --all) [-A] [--grace-period SECONDS] [--now]\n                 \
           [--force] [--cascade background|foreground|orphan] [--wait=false] [--timeout 10s]\n                 \
           [--ignore-not-found] [--dry-run=client|server] [-o name]\n\nWaits until the objects are \
           gone.\n\nExamples:\n  kubectl delete pod a --grace-period=0 --force\n  kubectl delete namespace collected-resources\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[
    Flag::switch("all", None),
    Flag::value("grace-period", None),
    Flag::switch("now", None),
    Flag::switch("force", None),
    Flag { long: "cascade", short: None, takes: Takes::Optional("background") },
    Flag::switch("wait", None),
    Flag::value("timeout", None),
    Flag::switch("ignore-not-found", None),
    Flag { long: "dry-run", short: None, takes: Takes::Optional("unchanged") },
    Flag::value("output", Some('o')),
    Flag::value("raw", None),
];

/// How long `replace --force` waits for what it deletes, where no flag says it.
const PATIENCE_OF_REPLACE: Duration = Duration::from_secs(300);

/// What the flags ask for.
pub(super) struct Deletion {
    options: DeleteOptions,
    dry_run: DryRun,
    waits: bool,
    timeout: Option<Duration>,
    ignores_missing: bool,
    names_only: bool,
}

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl delete", words, &[FLAGS, FILENAMES, SELECTORS, ALL_NAMESPACES])?;
    if let Some(path) = flags.get("raw") {
        if !path.starts_with('/') {
            return Err(Failure::usage(format!(
                "error: --raw must be a valid URL path: parse {path:?}: invalid URI for request"
            )));
        }
        let answer = kubectl.k8s().send(Method::DELETE, path, &[], None, Accept::Json).await?;
        kubectl.out(&answer.text);
        return Ok(0);
    }
    let all = flags.switch("all", false)?;
    if all && flags.get("selector").is_some() {
        return Err(Failure::usage("error: setting 'all' parameter but found a non empty selector. "));
    }
    let deletion = Deletion::new(kubectl, &flags)?;
    let targets = kubectl.targets(&flags, &flags.args, all).await?;
    let (targets, failures) = match targets {
        Targets::Named { targets, unusable, .. } => (targets, unusable),
        collections => {
            let (found, failures) = kubectl.fetch(collections).await;
            if found.is_empty() && failures.is_empty() {
                kubectl.out("No resources found\n");
                return Ok(0);
            }
            (found.into_iter().map(|(target, _)| target).collect(), failures)
        }
    };
    let explicit = kubectl.scope(&flags)?.explicit;
    if explicit && deletion.dry_run == DryRun::None && targets.iter().any(|target| !target.resource.namespaced) {
        kubectl.err("warning: deleting cluster-scoped resources, not scoped to the provided namespace\n");
    }
    deletion.all(kubectl, targets, failures).await?;
    Ok(0)
}

impl Deletion {
    fn new(kubectl: &Kubectl<'_>, flags: &Flags) -> Result<Self, Failure> {
        let wrong = |what: &str| Err(Failure::usage(format!("error: {what}")));
        let propagation = propagation(kubectl, flags)?;
        let force = flags.switch("force", false)?;
        let mut grace = flags.integer("grace-period")?.filter(|seconds| *seconds >= 0);
        if flags.switch("now", false)? {
            if grace.is_some() {
                return wrong("--now and --grace-period cannot be specified together");
            }
            grace = Some(1);
        }
        match grace {
            // Without --force nothing is deleted before it has ended.
            Some(0) if !force => grace = Some(1),
            None if force => grace = Some(0),
            Some(1..) if force => {
                return wrong("--force and --grace-period greater than 0 cannot be specified together");
            }
            _ => {}
        }
        let output = flags.get("output").unwrap_or_default();
        if !["", "name"].contains(&output) {
            return wrong(&format!("unexpected -o output mode: {output}. We only support '-o name'"));
        }
        if grace == Some(0) {
            kubectl.err(
                "warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n",
            );
        }
        let dry_run = flags.get("dry-run").map_or(Ok(DryRun::None), DryRun::parse)?;
        Ok(Self {
            options: DeleteOptions {
                grace,
                propagation: Some(propagation.to_owned()),
                dry_run: dry_run == DryRun::Server,
                uid: None,
            },
            dry_run,
            waits: flags.switch("wait", true)?,
            timeout: duration_flag(flags, "timeout")?,
            ignores_missing: flags.switch("ignore-not-found", false)?,
            names_only: output == "name",
        })
    }

    /// What `replace --force` does first; without it the flags that say how must not be there.
    pub(super) fn of_replace(
        kubectl: &Kubectl<'_>,
        flags: &Flags,
        forces: bool,
        dry_run: DryRun,
    ) -> Result<Self, Failure> {
        let grace = flags.integer("grace-period")?.filter(|seconds| *seconds >= 0);
        let timeout = duration_flag(flags, "timeout")?;
        for (flag, given) in [("grace-period", grace.is_some()), ("timeout", timeout.is_some())] {
            if given && !forces {
                return Err(Failure::usage(format!("error: --{flag} must have --force specified")));
            }
        }
        Ok(Self {
            options: DeleteOptions {
                // It is to be gone before it is made again.
                grace: grace.map(|seconds| seconds.max(1)),
                propagation: Some(propagation(kubectl, flags)?.to_owned()),
                dry_run: dry_run == DryRun::Server,
                ..DeleteOptions::default()
            },
            dry_run,
            waits: true,
            timeout: Some(timeout.unwrap_or(PATIENCE_OF_REPLACE)),
            ignores_missing: true,
            names_only: flags.get("output") == Some("name"),
        })
    }

    /// Deletes the targets one after the other, then waits for all of them. `unusable`: what was named and is no target.
    pub(super) async fn all(
        &self,
        kubectl: &Kubectl<'_>,
        targets: Vec<Target>,
        unusable: Vec<Failure>,
    ) -> Result<(), Failure> {
        let (mut deleted, mut failures) = (Vec::new(), Vec::new());
        for target in targets {
            let Target { resource, namespace, name, manifest } = &target;
            let uid = match self.dry_run {
                DryRun::Client => Ok(None),
                _ => changes::delete(kubectl.k8s(), resource, namespace.as_deref(), name, &self.options).await,
            };
            match uid {
                Ok(uid) => {
                    self.say(kubectl, &target);
                    deleted.push((target, uid));
                }
                Err(failure) if failure.is_not_found() && self.ignores_missing => {}
                Err(failure) => {
                    let source = manifest.as_ref().map_or("", Manifest::told_source);
                    failures.push(with_source("deleting", source, failure));
                }
            }
        }
        with_unusable(&mut failures, unusable);
        if let Some(failure) = all_of(failures) {
            return Err(failure);
        }
        if !self.waits || self.dry_run != DryRun::None {
            return Ok(());
        }
        let clock = kubectl.workspace.cluster.clock.as_ref();
        let until = self.timeout.map(|timeout| clock.elapsed() + timeout);
        for (Target { resource, namespace, name, .. }, uid) in deleted {
            let left = until.map(|until| until.saturating_sub(clock.elapsed()));
            let (namespace, uid) = (namespace.as_deref(), uid.as_deref());
            changes::wait_deleted(kubectl.k8s(), clock, &resource, namespace, &name, uid, left).await?;
        }
        Ok(())
    }

    fn say(&self, kubectl: &Kubectl<'_>, target: &Target) {
        let title = target.title();
        if self.names_only {
            kubectl.out(&format!("{title}\n"));
            return;
        }
        let kind = title.strip_suffix(&format!("/{}", target.name)).unwrap_or(&title);
        let word = if self.options.grace == Some(0) { "force deleted" } else { "deleted" };
        kubectl.out(&format!("{kind} {:?} {word}{}\n", target.name, self.dry_run.suffix()));
    }
}

/// What happens to what the objects own: `--cascade`.
fn propagation(kubectl: &Kubectl<'_>, flags: &Flags) -> Result<&'static str, Failure> {
    Ok(match flags.get("cascade").unwrap_or("background") {
        "background" => "Background",
        "foreground" => "Foreground",
        "orphan" => "Orphan",
        old @ ("true" | "false") => {
            let (new, propagation) = if old == "true" { ("background", "Background") } else { ("orphan", "Orphan") };
            kubectl.err(&format!(
                "warning: --cascade={old} is deprecated (boolean value) and can be replaced with --cascade={new}.\n"
            ));
            propagation
        }
        other => {
            return Err(Failure::usage(format!(
                "error: invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            )));
        }
    })
}
