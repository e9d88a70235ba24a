//! `kubectl create` and `kubectl replace`.

mod access;
mod data;
mod generator;
mod policy;
mod service;
mod workload;

use futures::FutureExt;

use super::delete::Deletion;
use super::items::VALIDATE;
use super::targets::{FILENAMES, Target};
use super::written::{FLAGS as WRITTEN, RECORD, Words};
use super::{Kubectl, Verb};
use crate::bindings::changes::{self, CreateOptions, all_of};
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;
use crate::client::k8s::Accept;

pub(in crate::bindings::kubectl) const CREATE: Verb = Verb {
    name: "create",
    about: "Create objects from a file, from stdin or from flags",
    help: "Usage:\n  kubectl create -f FILE [-R] [--save-config] [--validate=false] [--dry-run=client|server] [-o name|yaml|json]\n  \
           kubectl create namespace|serviceaccount NAME\n  kubectl create configmap NAME [--from-literal KEY=VALUE]… [--from-file \
           [KEY=]FILE]…\n  kubectl create secret generic NAME [--from-literal KEY=VALUE]… [--type TYPE]\n  kubectl create deployment \
           NAME --image IMAGE [--replicas N] [--port PORT] [-- COMMAND…]\n  kubectl create job NAME (--image IMAGE [-- COMMAND…] | \
           --from cronjob/NAME)\n  kubectl create cronjob NAME --image IMAGE --schedule CRON [--restart POLICY] [-- \
           COMMAND…]\n  kubectl create role|clusterrole NAME --verb VERB,… --resource RESOURCE,… [--resource-name NAME]\n  \
           kubectl create rolebinding|clusterrolebinding NAME --clusterrole NAME [--user NAME] [--group NAME] \
           [--serviceaccount NAMESPACE:NAME]\n  kubectl create quota NAME [--hard RESOURCE=QUANTITY,…] [--scopes \
           SCOPE,…]\n  kubectl create priorityclass NAME --value N [--global-default] [--description TEXT]\n  kubectl create \
           pdb NAME --selector KEY=VALUE (--min-available N | --max-unavailable N)\n  kubectl create service \
           clusterip|nodeport|loadbalancer NAME --tcp PORT[:TARGET]\n\nExamples:\n  kubectl create -f pod.yaml\n  kubectl create namespace dangling-resources\n",
    run: |kubectl, words| create(kubectl, words).boxed(),
};

pub(in crate::bindings::kubectl) const REPLACE: Verb = Verb {
    name: "replace",
    about: "Replace objects by those of a file or of stdin",
    help: "Usage:\n  kubectl replace -f FILE [--force [--grace-period SECONDS]] [--save-config] [--dry-run=client|server] [-o name|yaml|json]\n  \
           kubectl replace --raw PATH -f FILE\n\nExamples:\n  kubectl replace -f pod.yaml\n  kubectl replace --raw \
           /api/v1/namespaces/a/finalize -f namespace.json\n",
    run: |kubectl, words| replace(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[Flag::switch("save-config", None), Flag::value("raw", None)];

const REPLACE_FLAGS: &[Flag] = &[Flag::switch("force", None), Flag::value("grace-period", None)];

async fn create(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let shared = [FLAGS, FILENAMES, VALIDATE, WRITTEN, RECORD];
    let mut known = generator::all_flags();
    known.extend(shared);
    let flags = kubectl.flags("kubectl create", words, &known)?;
    if let Some(generator) = generator::find(&flags.args) {
        return generator.run(kubectl, words).await;
    }
    if let Some(kind) = flags.args.first() {
        return Err(Failure::refused(format!("error: create {kind} is not built in"))
            .with_hint("write a manifest, and create it with -f"));
    }
    let flags = kubectl.flags("kubectl create", words, &shared)?;
    let mut words = Words::new(kubectl, &flags)?;
    let options = options(&flags, &words, "kubectl-create")?;
    if flags.all("filename").is_empty() && flags.get("kustomize").is_none() {
        return Err(Failure::usage("error: must specify one of -f and -k"));
    }
    if let Some(path) = flags.get("raw") {
        return raw(kubectl, &flags, http::Method::POST, path).await;
    }
    let items = kubectl.items(&flags).await?;
    if items.is_empty() {
        return Err(Failure::usage("error: no objects passed to create"));
    }
    let mut failures = Vec::new();
    for item in items {
        let created = match &item {
            Ok(item) => changes::create(kubectl.k8s(), item, &options).await.map(|object| (item, object)),
            Err(failure) => Err(failure.clone()),
        };
        match created {
            Ok((item, object)) => words.say(kubectl, &item.resource, &object, "created")?,
            Err(failure) => failures.push(failure),
        }
    }
    all_of(failures).map_or(Ok(0), Err)
}

async fn replace(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let known = [FLAGS, REPLACE_FLAGS, FILENAMES, VALIDATE, WRITTEN, RECORD];
    let flags = kubectl.flags("kubectl replace", words, &known)?;
    if flags.all("filename").is_empty() && flags.get("kustomize").is_none() {
        return Err(Failure::usage("error: must specify one of -f and -k"));
    }
    if let Some(path) = flags.get("raw") {
        return raw(kubectl, &flags, http::Method::PUT, path).await;
    }
    let mut words = Words::new(kubectl, &flags)?;
    let options = options(&flags, &words, "kubectl-replace")?;
    let items = kubectl.items(&flags).await?;
    if items.is_empty() {
        return Err(Failure::usage("error: no objects passed to replace"));
    }
    let forces = flags.switch("force", false)?;
    let (mut failures, mut ready) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            Ok(item) => ready.push(item),
            Err(failure) => failures.push(failure),
        }
    }
    if forces {
        let targets = ready.iter().map(|item| Target {
            resource: item.resource.clone(),
            namespace: item.namespace.clone(),
            name: item.name.clone(),
            manifest: None,
        });
        let grace = flags.integer("grace-period")?.filter(|seconds| *seconds >= 0);
        Deletion::of_replace(grace).all(kubectl, targets.collect(), Vec::new()).await?;
    }
    for item in ready {
        let replaced = match forces {
            true => changes::create(kubectl.k8s(), &item, &options).await,
            false => changes::replace(kubectl.k8s(), &item, &options).await,
        };
        match replaced {
            Ok(object) => words.say(kubectl, &item.resource, &object, "replaced")?,
            Err(failure) => failures.push(failure),
        }
    }
    all_of(failures).map_or(Ok(0), Err)
}

fn options(flags: &Flags, words: &Words, manager: &str) -> Result<CreateOptions, Failure> {
    Ok(CreateOptions {
        field_manager: flags.get("field-manager").unwrap_or(manager).to_owned(),
        dry_run: words.dry_run,
        save_config: flags.switch("save-config", false)?,
    })
}

/// Sends a file as it is to a path of the API, and prints the answer as it comes.
async fn raw(kubectl: &Kubectl<'_>, flags: &Flags, method: http::Method, path: &str) -> Result<i32, Failure> {
    let [file] = flags.all("filename") else {
        return Err(Failure::usage("error: --raw can only use a single local file or stdin"));
    };
    let text = match file.as_str() {
        "-" => kubectl.stdin.unwrap_or_default().to_owned(),
        file => kubectl.workspace.read(file)?.1,
    };
    let answer = kubectl.k8s().send(method, path, &[], Some(("application/json", text)), Accept::Json).await?;
    kubectl.out(&answer.text);
    Ok(0)
}
