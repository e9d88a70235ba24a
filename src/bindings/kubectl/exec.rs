//! `kubectl exec`: a command in a container.

use std::time::Duration;

use futures::FutureExt;
use serde_json::Value;

use super::invocation::duration_flag;
use super::pods_of::{self, Preferred};
use super::{Kubectl, Verb};
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;
use crate::client::k8s::Source;

pub(super) const VERB: Verb = Verb {
    name: "exec",
    about: "Execute a command in a container",
    help: "Usage:
  kubectl exec (POD | TYPE/NAME) [-c CONTAINER] -- COMMAND [args...]

Options:
  -c, --container='': Container name. If omitted, the first container in the pod will be chosen
      --pod-running-timeout=1m0s: How long to wait until at least one pod of TYPE/NAME is there

Without standard input and without a terminal; the exit code is the command's.

Examples:
  kubectl exec mypod -- date
  kubectl exec deploy/mydeployment -c app -- sh -c 'ls | wc -l'
",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[
    Flag::value("container", Some('c')),
    Flag::value("pod-running-timeout", None),
    Flag::switch("stdin", Some('i')),
    Flag::switch("tty", Some('t')),
    Flag::switch("quiet", Some('q')),
];

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl exec", words, &[FLAGS])?;
    let command = command(kubectl, &flags, words)?;
    let Some(name) = flags.args.first() else {
        return Err(Failure::usage("error: pod, type/name or --filename must be specified"));
    };
    if command.is_empty() {
        return Err(Failure::usage("error: you must specify at least one command for the container"));
    }
    without_terminal(kubectl, &flags)?;
    let namespace = kubectl.scope(&flags)?.namespace;
    let timeout = duration_flag(&flags, "pod-running-timeout")?.unwrap_or(Duration::from_secs(60));
    let pod = pod(kubectl, &namespace, name, timeout).await?;
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    if let Some(phase @ ("Succeeded" | "Failed")) = pod["status"]["phase"].as_str() {
        return Err(Failure::answer(format!(
            "error: cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    let container = match flags.get("container") {
        Some(container) => container,
        None => default_container(kubectl, &pod, &namespace, name),
    };
    let mut write = |source, text: &str| match source {
        Source::Stdout => kubectl.out(text),
        Source::Stderr => kubectl.err(text),
    };
    let code = kubectl.k8s().exec(&namespace, name, Some(container), &command, &mut write).await?;
    if code != 0 {
        kubectl.err(&format!("command terminated with exit code {code}\n"));
    }
    Ok(code)
}

/// What stands after `--`, or, as kubectl still takes it, after the Pod.
fn command(kubectl: &Kubectl<'_>, flags: &Flags, words: &[String]) -> Result<Vec<String>, Failure> {
    if words.iter().any(|word| word == "--") {
        return Ok(flags.after_dashes.clone());
    }
    if flags.args.len() > 1 {
        kubectl.err(
            "kubectl exec [POD] [COMMAND] is DEPRECATED and will be removed in a future version. \
             Use kubectl exec [POD] -- [COMMAND] instead.\n",
        );
    }
    Ok(flags.args.iter().skip(1).cloned().collect())
}

fn without_terminal(kubectl: &Kubectl<'_>, flags: &Flags) -> Result<(), Failure> {
    if flags.switch("tty", false)? {
        return Err(Failure::refused("error: exec -t needs a terminal, which a notebook does not have")
            .with_hint("give the command itself: kubectl exec POD -- sh -c 'COMMANDS'"));
    }
    if flags.switch("stdin", false)? && kubectl.stdin.is_some() {
        // Before v5 of the protocol (Kubernetes 1.30) the command would wait for the end of its input for ever.
        return Err(Failure::refused("error: exec -i cannot tell the command where its input ends")
            .with_hint("put the input into the command: kubectl exec POD -- sh -c \"printf … | COMMAND\""));
    }
    Ok(())
}

/// The Pod of that name, or the first one of a workload.
async fn pod(kubectl: &Kubectl<'_>, namespace: &str, name: &str, timeout: Duration) -> Result<Value, Failure> {
    let k8s = kubectl.k8s();
    let (kind, name) = name.split_once('/').unwrap_or(("pods", name));
    let resource = k8s.resource(kind).await?;
    let object = k8s.get(&resource, Some(namespace), name).await?;
    if object["kind"] == "Pod" {
        return Ok(object);
    }
    let selector = pods_of::selector(&object, "attach to")?;
    let clock = &*kubectl.workspace.cluster.clock;
    Ok(pods_of::first(k8s, clock, namespace, &selector, Preferred::ForExec, timeout).await?.0)
}

fn default_container<'a>(kubectl: &Kubectl<'_>, pod: &'a Value, namespace: &str, name: &str) -> &'a str {
    let containers = &pod["spec"]["containers"];
    let first = containers[0]["name"].as_str().unwrap_or_default();
    if containers.as_array().is_some_and(|containers| containers.len() > 1) {
        kubectl.err(&format!(
            "Defaulting container name to {first}.\n\
             Use 'kubectl describe pod/{name} -n {namespace}' to see all of the containers in this pod.\n"
        ));
    }
    first
}
