//! `kubectl set image|env|resources|serviceaccount|selector`: one field of a workload's Pods, or of a Service.
//!
//! Source of rules and words: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/set`.

mod env;
mod image;
mod resources;
mod template;

use futures::FutureExt;
use serde_json::{Map, Value};

use super::super::changes::{self, DryRun, all_of, with_source};
use super::super::flags::{Flag, Flags};
use super::targets::{FILENAMES, SELECTORS};
use super::written::{FLAGS as WRITTEN, RECORD, Words};
use super::{Kubectl, Verb};
use crate::client::Failure;

pub(super) const VERB: Verb = Verb {
    name: "set",
    about: "Set specific fields of objects",
    help: "Usage:\n  kubectl set image (TYPE NAME | TYPE/NAME) CONTAINER=IMAGE… [--all] [-l SELECTOR]\n  kubectl set env (TYPE NAME | \
           TYPE/NAME) (KEY=VALUE | KEY-)… [-c CONTAINER] [--list]\n  kubectl set resources (TYPE NAME | TYPE/NAME) [--limits \
           RESOURCE=QUANTITY,…] [--requests …] [-c CONTAINER]\n  kubectl set serviceaccount (TYPE NAME | TYPE/NAME) \
           ACCOUNT\n  kubectl set selector (service NAME | service/NAME) KEY=VALUE,…\n\nWith [--dry-run=client|server] [-o \
           name|yaml|json].\n\nExample:\n  kubectl set image deployment/deployment deployment=busybox:1.32\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[
    Flag::switch("all", None),
    Flag::value("containers", Some('c')),
    Flag::value("env", Some('e')),
    Flag::value("limits", None),
    Flag::value("requests", None),
    Flag::switch("list", None),
    Flag::switch("overwrite", None),
];

/// What one of the subcommands does to an object.
type Edit<'a> = Box<dyn Fn(&mut Value) -> Result<(), Wrong> + Send + Sync + 'a>;

/// Why an object cannot be edited.
enum Wrong {
    /// kubectl names the object before it says why.
    OfObject(String),
    /// Here it does not.
    Plain(String),
}

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl set", words, &[FLAGS, FILENAMES, SELECTORS, WRITTEN, RECORD])?;
    let Some((what, args)) = flags.args.split_first() else {
        return Err(Failure::usage("error: set needs to know what: image, env, resources, serviceaccount or selector"));
    };
    match what.as_str() {
        "image" => {
            let (resources, images) = image::split(args)?;
            change(kubectl, &flags, resources, Said::OfChanges("image updated"), image::edit(images)).await
        }
        "env" => {
            let (resources, variables) = env::split(args, &flags)?;
            if flags.switch("list", false)? {
                return env::list(kubectl, &flags, resources).await;
            }
            let edit = env::edit(variables, flags.get("containers"), flags.switch("overwrite", true)?);
            change(kubectl, &flags, resources, Said::OfChanges("env updated"), edit).await
        }
        "resources" => {
            let edit = resources::edit(&flags)?;
            change(kubectl, &flags, args, Said::OfChanges("resource requirements updated"), edit).await
        }
        "serviceaccount" | "sa" => {
            let Some((account, resources)) = args.split_last() else {
                return Err(Failure::usage("error: serviceaccount is required"));
            };
            let edit: Edit<'_> = Box::new(move |object| {
                template::pod_spec(object)?.insert("serviceAccountName".to_owned(), account.clone().into());
                Ok(())
            });
            change(kubectl, &flags, resources, Said::Always("serviceaccount updated"), edit).await
        }
        "selector" => {
            let Some((expression, resources)) = args.split_last().filter(|(_, resources)| !resources.is_empty()) else {
                return Err(Failure::usage(
                    "error: one or more resources must be specified as <resource> <name> or <resource>/<name>",
                ));
            };
            change(kubectl, &flags, resources, Said::Always("selector updated"), selector(expression)?).await
        }
        other => {
            Err(Failure::usage(format!("error: unknown command {other:?}\nSee 'kubectl set -h' for help and examples")))
        }
    }
}

/// A Service's selector, which holds labels alone.
fn selector(expression: &str) -> Result<Edit<'_>, Failure> {
    let mut labels = Map::new();
    for pair in expression.split(',') {
        match pair.split_once('=') {
            Some((key, value)) => labels.insert(key.to_owned(), value.trim_start_matches('=').into()),
            None => {
                return Err(Failure::usage(format!(
                    "error: match expression [{{{pair} Exists []}}] not supported on this object"
                )));
            }
        };
    }
    Ok(Box::new(move |object| {
        if object["kind"] != "Service" {
            return Err(Wrong::Plain("setting a selector is only supported for Services".to_owned()));
        }
        object["spec"]["selector"] = labels.clone().into();
        Ok(())
    }))
}

/// Of which objects kubectl says that they have been updated.
#[derive(Clone, Copy)]
enum Said {
    /// Of those that were not so before.
    OfChanges(&'static str),
    /// Of all.
    Always(&'static str),
}

/// Edits the objects and sends what has changed of them.
async fn change(
    kubectl: &Kubectl<'_>,
    flags: &Flags,
    resources: &[String],
    said: Said,
    edit: Edit<'_>,
) -> Result<i32, Failure> {
    let mut words = Words::new(kubectl, flags)?;
    let targets = kubectl.targets(flags, resources, flags.switch("all", false)?).await?;
    let (found, mut failures) = kubectl.fetch(targets).await;
    for (target, before) in found {
        let mut after = before.clone();
        if let Err(wrong) = edit(&mut after) {
            failures.push(match wrong {
                Wrong::OfObject(why) => {
                    Failure::answer(format!("error: {}/{} {why}", target.resource.plural, target.name))
                }
                Wrong::Plain(why) => Failure::answer(format!("error: {why}")),
            });
            continue;
        }
        let done = match said {
            Said::OfChanges(_) if after == before => continue,
            Said::OfChanges(done) | Said::Always(done) => done,
        };
        if after != before && words.dry_run != DryRun::Client {
            let query = words.dry_run.query(flags.get("field-manager").unwrap_or("kubectl-set"));
            match changes::send_difference(kubectl.k8s(), &target.resource, &before, &after, &query).await {
                Ok(stored) => after = stored,
                Err(failure) => {
                    let source = target.manifest.as_ref().map_or("", |manifest| &manifest.source);
                    failures.push(with_source("patching", source, failure));
                    continue;
                }
            }
        }
        words.say(kubectl, &target.resource, &after, done)?;
    }
    all_of(failures).map_or(Ok(0), Err)
}
