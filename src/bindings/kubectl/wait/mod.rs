//! `kubectl wait`: until objects are as wanted.

mod condition;

use std::time::Duration;

use futures::FutureExt;
use serde_json::Value;

pub(crate) use self::condition::Condition;
use super::invocation::ALL_NAMESPACES;
use super::targets::{FILENAMES, SELECTORS, Target, Targets};
use super::{Kubectl, Verb};
use crate::bindings::changes::all_of;
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;
use crate::client::k8s;
use crate::notebook::parse_duration;

pub(super) const VERB: Verb = Verb {
    name: "wait",
    about: "Wait for a specific condition on one or many resources",
    help: "Usage:
  kubectl wait (-f FILENAME | TYPE NAME... | TYPE/NAME... | TYPE [-l SELECTOR | --all]) --for=CONDITION

Conditions:
  condition=Ready[=VALUE], delete, create, jsonpath='{.status.phase}'[=VALUE]

Options:
      --all=false: All resources of the types in the namespace
  -A, --all-namespaces=false: In all namespaces
      --field-selector='': Field selector
  -f, --filename=[]: File that names the objects
      --for='': The condition to wait for
  -o, --output='': name
  -l, --selector='': Label selector
      --timeout=30s: How long to wait for each object; zero checks once, negative waits a week

Examples:
  kubectl wait --for=condition=Ready pod/mypod --timeout=60s
  kubectl wait --for=delete pod/mypod
  kubectl wait --for=jsonpath='{.status.phase}'=Running pods --all
",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[
    Flag::switch("all", None),
    Flag::value("for", None),
    Flag::value("output", Some('o')),
    Flag::value("timeout", None),
    Flag::switch("local", None),
];

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl wait", words, &[FLAGS, FILENAMES, SELECTORS, ALL_NAMESPACES])?;
    let timeout = timeout(&flags)?;
    let by_name = match flags.get("output") {
        None | Some("") => false,
        Some("name") => true,
        Some(format) => {
            return Err(Failure::refused(format!("error: wait -o {format} is not built in"))
                .with_hint("kubectl get -o shows the objects after the wait"));
        }
    };
    let condition = Condition::of_flag(flags.get("for").unwrap_or_default())?;
    let named = kubectl.targets(&flags, &flags.args, flags.switch("all", false)?).await?;
    let (found, mut failures) = match (&condition, named) {
        (Condition::Created, Targets::Named { targets, unusable, .. }) => (targets, unusable),
        (_, named) => {
            let (found, failures) = kubectl.fetch(named).await;
            (found.into_iter().map(|(target, _)| target).collect(), failures)
        }
    };
    if matches!(condition, Condition::Deleted) {
        failures.retain(|failure| !failure.is_not_found());
    }
    if found.is_empty() && failures.is_empty() {
        return Err(Failure::answer("error: no matching resources found"));
    }
    for target in &found {
        match wait_for(kubectl, target, &condition, timeout).await {
            Ok(()) if by_name => kubectl.out(&format!("{}\n", target.title())),
            Ok(()) => kubectl.out(&format!("{} condition met\n", target.title())),
            Err(failure) => failures.push(failure),
        }
    }
    all_of(failures).map_or(Ok(0), Err)
}

async fn wait_for(
    kubectl: &Kubectl<'_>,
    target: &Target,
    condition: &Condition,
    timeout: Duration,
) -> Result<(), Failure> {
    let clock = &*kubectl.workspace.cluster.clock;
    let (resource, namespace) = (&target.resource, target.namespace.as_deref());
    let watched = k8s::Target { resource, namespace, name: &target.name };
    let met = |object: Option<&Value>| Ok(condition.holds(object)?.then_some(()));
    kubectl.k8s().wait_for(clock, watched, Some(timeout), met).await
}

/// `--timeout`, which may be zero or negative.
fn timeout(flags: &Flags) -> Result<Duration, Failure> {
    let text = flags.get("timeout").unwrap_or("30s");
    let (positive, negative) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
    match parse_duration(positive) {
        Some(_) if negative => Ok(WEEK),
        Some(timeout) => Ok(timeout),
        None => Err(Failure::usage(format!(
            "Error: invalid argument {text:?} for \"--timeout\" flag: time: invalid duration {text:?}\n\
             See 'kubectl wait --help' for usage."
        ))),
    }
}
