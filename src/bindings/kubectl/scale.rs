//! `kubectl scale`.

use futures::FutureExt;
use serde_json::json;

use super::super::changes::{DryRun, all_of, with_source};
use super::super::flags::Flag;
use super::targets::{FILENAMES, SELECTORS};
use super::written::{FLAGS as WRITTEN, RECORD, Words};
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::PatchType;

pub(super) const VERB: Verb = Verb {
    name: "scale",
    about: "Set how many replicas a Deployment, ReplicaSet or StatefulSet has",
    help: "Usage:\n  kubectl scale (TYPE NAME… | TYPE -l SELECTOR | TYPE --all | -f FILE) --replicas COUNT [--current-replicas COUNT]\n                \
           [-o name]\n\nExample:\n  kubectl scale deployment d --replicas=3\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[
    Flag::value("replicas", None),
    Flag::value("current-replicas", None),
    Flag::value("timeout", None),
    Flag::switch("all", None),
];

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl scale", words, &[FLAGS, FILENAMES, SELECTORS, WRITTEN, RECORD])?;
    let Some(replicas) = flags.integer("replicas")? else {
        return Err(Failure::usage("Error: required flag(s) \"replicas\" not set"));
    };
    if replicas < 0 {
        return Err(Failure::usage(
            "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        ));
    }
    let expected = flags.integer("current-replicas")?.filter(|count| *count >= 0);
    let mut words = Words::new(kubectl, &flags)?.without_suffix();
    let targets = kubectl.targets(&flags, &flags.args, flags.switch("all", false)?).await?;
    let (found, mut failures) = kubectl.fetch(targets).await;
    for (target, object) in found {
        let current = object["spec"]["replicas"].as_i64().unwrap_or_default();
        if let Some(expected) = expected.filter(|expected| *expected != current) {
            failures.push(Failure::answer(format!("error: Expected replicas to be {expected}, was {current}")));
            continue;
        }
        if words.dry_run != DryRun::Client {
            let patch = json!({ "spec": { "replicas": replicas } });
            let query = words.dry_run.query("kubectl");
            let (resource, namespace, name) = (&target.resource, target.namespace.as_deref(), &target.name);
            let scaled =
                kubectl.k8s().patch(resource, namespace, name, Some("scale"), PatchType::Merge, &patch, &query).await;
            if let Err(failure) = scaled {
                let source = target.manifest.as_ref().map_or("", |manifest| &manifest.source);
                failures.push(with_source("scaling", source, failure));
                continue;
            }
        }
        words.say(kubectl, &target.resource, &object, "scaled")?;
    }
    all_of(failures).map_or(Ok(0), Err)
}
