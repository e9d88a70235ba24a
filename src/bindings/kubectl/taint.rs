//! `kubectl taint`.
//!
//! Rules and words: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/taint/taint.go`.

use futures::FutureExt;
use serde_json::{Value, json};

use super::super::changes::{self, DryRun, Taint, all_of};
use super::super::flags::{Flag, Flags};
use super::written::{FLAGS as WRITTEN, Words};
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::PatchType;

pub(super) const VERB: Verb = Verb {
    name: "taint",
    about: "Set and remove the taints of nodes",
    help: "Usage:\n  kubectl taint node (NAME… | -l SELECTOR | --all) KEY=VALUE:EFFECT… KEY:EFFECT-… KEY-… [--overwrite]\n                \
           [--dry-run=client|server] [-o name|yaml|json]\n\nEffects: NoSchedule, PreferNoSchedule, \
           NoExecute.\n\nExamples:\n  kubectl taint node n out=for-lunch:NoSchedule\n  kubectl taint node n out-\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] =
    &[Flag::switch("overwrite", None), Flag::switch("all", None), Flag::value("selector", Some('l'))];

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl taint", words, &[FLAGS, WRITTEN])?;
    let (args, taints) = split(&flags.args)?;
    refuse_contradictions(&flags, args, &taints)?;
    let overwrites = flags.switch("overwrite", false)?;
    let mut words = Words::new(kubectl, &flags)?.without_suffix();
    let query = words.dry_run.query(flags.get("field-manager").unwrap_or("kubectl-taint"));
    let targets = kubectl.targets(&flags, args, flags.switch("all", false)?).await?;
    let (found, mut failures) = kubectl.fetch(targets).await;
    for (target, mut node) in found {
        let (after, done) = match changed(&node, &taints, overwrites) {
            Ok(changed) => changed,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        let stored = match words.dry_run {
            DryRun::Client => {
                node["spec"]["taints"] = after;
                Ok(node)
            }
            _ => {
                // A list is replaced as a whole, so only the version that was read may be changed.
                let version = &node["metadata"]["resourceVersion"];
                let patch = json!({ "metadata": { "resourceVersion": version }, "spec": { "taints": after } });
                let (resource, name) = (&target.resource, &target.name);
                kubectl.k8s().patch(resource, None, name, None, PatchType::Merge, &patch, &query).await
            }
        };
        match stored {
            Ok(node) => words.say(kubectl, &target.resource, &node, done)?,
            Err(failure) => failures.push(failure),
        }
    }
    all_of(failures).map_or(Ok(0), Err)
}

/// The arguments that name nodes, and the taints behind them.
fn split(args: &[String]) -> Result<(&[String], Vec<Taint>), Failure> {
    let is_taint = |arg: &str| arg.contains(['=', ':']) || arg.ends_with('-');
    let first = args.iter().position(|arg| is_taint(arg)).unwrap_or(args.len());
    let (args, specs) = args.split_at(first);
    if let Some(other) = specs.iter().find(|spec| !is_taint(spec)) {
        return wrong(format!("all resources must be specified before taint changes: {other}"));
    }
    if args.is_empty() {
        return wrong("one or more resources must be specified as <resource> <name>");
    }
    if specs.is_empty() {
        return wrong("at least one taint update is required");
    }
    let misused = |mut failure: Failure| {
        failure.message.push_str("\nSee 'kubectl taint -h' for help and examples");
        failure
    };
    let mut taints: Vec<Taint> = Vec::new();
    for spec in specs {
        let taint = Taint::parse(spec).map_err(misused)?;
        if !taint.remove && taints.iter().any(|other| !other.remove && other.meets(&taint)) {
            let Taint { key, value, effect, .. } = &taint;
            let (value, effect) = (value.as_deref().unwrap_or_default(), effect.as_deref().unwrap_or_default());
            return wrong(format!("duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}"))
                .map_err(misused);
        }
        taints.push(taint);
    }
    Ok((args, taints))
}

fn refuse_contradictions(flags: &Flags, args: &[String], taints: &[Taint]) -> Result<(), Failure> {
    let kind = &args[0];
    if !["node", "nodes", "no"].contains(&kind.to_lowercase().as_str()) {
        return wrong(format!("invalid resource type {kind}, only node types are supported"));
    }
    let both: Vec<String> = taints
        .iter()
        .filter(|taint| !taint.remove)
        .flat_map(|taint| taints.iter().filter(move |removal| removal.remove && taint.meets(removal)))
        .map(|removal| format!("{{\"{}\":\"{}\"}}", removal.key, removal.effect.as_deref().unwrap_or_default()))
        .collect();
    if !both.is_empty() {
        let both = both.join(", ");
        return wrong(format!("can not both modify and remove the following taint(s) in the same command: {both}"));
    }
    let (all, selects) = (flags.switch("all", false)?, flags.get("selector").is_some_and(|text| !text.is_empty()));
    match (all, selects) {
        (true, true) => wrong("setting 'all' parameter with a non empty selector is prohibited"),
        (false, false) if args.len() == 1 => {
            wrong("at least one resource name must be specified since 'all' parameter is not set")
        }
        _ => Ok(()),
    }
}

/// The node's taints after the change, and kubectl's word for it.
fn changed(node: &Value, taints: &[Taint], overwrites: bool) -> Result<(Value, &'static str), Failure> {
    let old = node["spec"]["taints"].as_array().map_or(&[][..], Vec::as_slice);
    if !overwrites {
        let there = |taint: &&Taint| !taint.remove && old.iter().any(|old| taint.is(old));
        let there: Vec<&str> = taints.iter().filter(there).map(|taint| taint.key.as_str()).collect();
        if !there.is_empty() {
            return Err(Failure::answer(format!(
                "error: node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                node["metadata"]["name"].as_str().unwrap_or_default(),
                there.join(",")
            )));
        }
    }
    let after = changes::taint(old, taints)?;
    let done = match (after.added, after.removed) {
        (true, true) => "modified",
        _ if overwrites => "modified",
        (true, false) => "tainted",
        (false, _) => "untainted",
    };
    Ok((Value::Array(after.taints), done))
}

fn wrong<T>(what: impl std::fmt::Display) -> Result<T, Failure> {
    Err(Failure::usage(format!("error: {what}")))
}
