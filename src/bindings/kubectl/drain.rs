//! `kubectl cordon`, `uncordon` and `drain`.

use futures::FutureExt;
use serde_json::{Value, json};

use super::super::changes::{self, DrainOptions, DryRun, all_of};
use super::super::flags::{Flag, Flags};
use super::create::label_selector;
use super::invocation::duration_flag;
use super::targets::{Target, Targets};
use super::written::{FLAGS as WRITTEN, Words};
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::{ListOptions, PatchType};

pub(super) const CORDON: Verb = Verb {
    name: "cordon",
    about: "Mark nodes as unschedulable",
    help: "Usage:\n  kubectl cordon (NODE… | -l SELECTOR) [--dry-run=client|server]\n",
    run: |kubectl, words| cordon(kubectl, words, "cordon").boxed(),
};

pub(super) const UNCORDON: Verb = Verb {
    name: "uncordon",
    about: "Mark nodes as schedulable",
    help: "Usage:\n  kubectl uncordon (NODE… | -l SELECTOR) [--dry-run=client|server]\n",
    run: |kubectl, words| cordon(kubectl, words, "uncordon").boxed(),
};

pub(super) const DRAIN: Verb = Verb {
    name: "drain",
    about: "Empty nodes: their Pods are evicted",
    help: "Usage:\n  kubectl drain (NODE… | -l SELECTOR) [--ignore-daemonsets] [--force] [--delete-emptydir-data] [--grace-period \
           SECONDS]\n                [--timeout 60s] [--pod-selector SELECTOR] [--disable-eviction] \
           [--dry-run=client]\n\nExample:\n  kubectl drain n --ignore-daemonsets --delete-emptydir-data\n",
    run: |kubectl, words| drain(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[Flag::value("selector", Some('l'))];

const DRAIN_FLAGS: &[Flag] = &[
    Flag::switch("force", None),
    Flag::switch("ignore-daemonsets", None),
    Flag::switch("delete-emptydir-data", None),
    Flag::switch("delete-local-data", None),
    Flag::switch("disable-eviction", None),
    Flag::value("grace-period", None),
    Flag::value("timeout", None),
    Flag::value("pod-selector", None),
    Flag::value("skip-wait-for-delete-timeout", None),
];

async fn cordon(kubectl: &Kubectl<'_>, words: &[String], verb: &str) -> Result<i32, Failure> {
    let flags = kubectl.flags(&format!("kubectl {verb}"), words, &[FLAGS, WRITTEN])?;
    let mut words = Words::new(kubectl, &flags)?;
    let mut failures = Vec::new();
    for (target, node) in nodes(kubectl, &flags, verb).await? {
        failures.extend(mark(kubectl, &target, &node, verb, &mut words).await.err());
    }
    all_of(failures).map_or(Ok(0), Err)
}

/// The nodes that the arguments name; as in kubectl nothing is done where one of them is missing.
async fn nodes(kubectl: &Kubectl<'_>, flags: &Flags, verb: &str) -> Result<Vec<(Target, Value)>, Failure> {
    let selector = flags.get("selector").filter(|selector| !selector.is_empty());
    let resource = kubectl.k8s().resource("nodes").await?;
    let targets = match (selector, flags.args.as_slice()) {
        (Some(_), [_, ..]) => {
            return Err(Failure::usage(format!(
                "error: cannot specify both a node name and a --selector option\nSee 'kubectl {verb} -h' for help and examples"
            )));
        }
        (None, []) => {
            return Err(Failure::usage(format!(
                "error: USAGE: {verb} NODE [flags]\nSee 'kubectl {verb} -h' for help and examples"
            )));
        }
        (Some(selector), []) => Targets::Collections {
            resources: vec![resource],
            namespace: None,
            options: ListOptions { labels: Some(selector.to_owned()), ..ListOptions::default() },
        },
        (None, names) => {
            let target = |name: &String| {
                let name = name.strip_prefix("node/").or(name.strip_prefix("nodes/")).unwrap_or(name).to_owned();
                Target { resource: resource.clone(), namespace: None, name, manifest: None }
            };
            let single = names.len() == 1;
            Targets::Named { targets: names.iter().map(target).collect(), single, unusable: Vec::new() }
        }
    };
    let (found, failures) = kubectl.fetch(targets).await;
    all_of(failures).map_or(Ok(found), Err)
}

/// Cordons or uncordons one node and says so.
async fn mark(
    kubectl: &Kubectl<'_>,
    target: &Target,
    node: &Value,
    verb: &str,
    words: &mut Words,
) -> Result<(), Failure> {
    let wanted = verb != "uncordon";
    let done = if wanted { "cordoned" } else { "uncordoned" };
    if node["spec"]["unschedulable"].as_bool().unwrap_or_default() == wanted {
        words.say(kubectl, &target.resource, node, &format!("already {done}"))?;
        return Ok(());
    }
    if words.dry_run != DryRun::Client {
        let patch = json!({ "spec": { "unschedulable": if wanted { Value::from(true) } else { Value::Null } } });
        let query = words.dry_run.query("kubectl");
        let (resource, name) = (&target.resource, &target.name);
        kubectl.k8s().patch(resource, None, name, None, PatchType::Strategic, &patch, &query).await?;
    }
    words.say(kubectl, &target.resource, node, done)?;
    Ok(())
}

async fn drain(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl drain", words, &[FLAGS, DRAIN_FLAGS, WRITTEN])?;
    let mut words = Words::new(kubectl, &flags)?;
    if flags.get("delete-local-data").is_some() {
        kubectl.err(
            "Flag --delete-local-data has been deprecated, This option is deprecated and will be deleted. Use --delete-emptydir-data.\n",
        );
    }
    let options = DrainOptions {
        force: flags.switch("force", false)?,
        ignore_daemonsets: flags.switch("ignore-daemonsets", false)?,
        delete_emptydir_data: flags.switch("delete-emptydir-data", false)?
            || flags.switch("delete-local-data", false)?,
        grace: flags.integer("grace-period")?.filter(|seconds| *seconds >= 0),
        timeout: duration_flag(&flags, "timeout")?,
        pod_selector: flags.get("pod-selector").map(str::to_owned),
        disable_eviction: flags.switch("disable-eviction", false)?,
        dry_run: words.dry_run,
    };
    if options.pod_selector.as_deref().is_some_and(|selector| label_selector(selector).is_err()) {
        return Err(Failure::usage("error: --pod-selector=<pod_selector> must be a valid label selector"));
    }
    let nodes = nodes(kubectl, &flags, "drain").await?;
    for (target, node) in &nodes {
        mark(kubectl, target, node, "drain", &mut words).await?;
    }
    let clock = kubectl.workspace.cluster.clock.as_ref();
    let mut evicted = false;
    let gone = if options.disable_eviction { "deleted" } else { "evicted" };
    for (place, (target, node)) in nodes.iter().enumerate() {
        let drained = changes::drain(kubectl.k8s(), clock, &target.name, &options, kubectl.streams).await;
        if let Err(failure) = drained {
            kubectl.err(&format!("error: unable to drain node {:?}, aborting command...\n\n", target.name));
            kubectl.err("There are pending nodes to be drained:\n");
            for (rest, _) in &nodes[place..] {
                kubectl.err(&format!(" {}\n", rest.name));
            }
            return Err(failure);
        }
        // kubectl's word for the node is the last one that it had for a Pod.
        evicted |= drained.is_ok_and(|evicted| evicted);
        words.say(kubectl, &target.resource, node, if evicted { gone } else { "drained" })?;
    }
    Ok(0)
}
