//! `kubectl create` and `kubectl replace`.

mod access;
mod data;
mod generator;
mod ingress;
mod policy;
mod raw;
mod replace;
mod secret;
mod selector;
mod service;
mod workload;

use futures::FutureExt;

pub(super) use replace::VERB as REPLACE;
pub(super) use selector::label_selector;

use super::items::{Items, VALIDATE};
use super::targets::{FILENAMES, with_unusable};
use super::written::{FLAGS as WRITTEN, RECORD, Words};
use super::{Kubectl, Verb};
use crate::bindings::changes::{self, CreateOptions, all_of};
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;

pub(super) const CREATE: Verb = Verb {
    name: "create",
    about: "Create objects from a file, from stdin or from flags",
    help: "Usage:\n  kubectl create -f FILE [-R] [--save-config] [--validate=false] [--dry-run=client|server] [-o name|yaml|json]\n  \
           kubectl create namespace|serviceaccount NAME\n  kubectl create configmap NAME [--from-literal KEY=VALUE]… [--from-file \
           [KEY=]FILE]…\n  kubectl create secret generic NAME [--from-literal KEY=VALUE]… [--from-env-file FILE] [--type TYPE]\n  kubectl create \
           secret tls NAME --cert FILE --key FILE\n  kubectl create secret docker-registry NAME --docker-username NAME \
           --docker-password PASSWORD [--docker-server URL]\n  kubectl create deployment \
           NAME --image IMAGE [--replicas N] [--port PORT] [-- COMMAND…]\n  kubectl create job NAME (--image IMAGE [-- COMMAND…] | \
           --from cronjob/NAME)\n  kubectl create cronjob NAME --image IMAGE --schedule CRON [--restart POLICY] [-- \
           COMMAND…]\n  kubectl create role|clusterrole NAME --verb VERB,… --resource RESOURCE,… [--resource-name NAME]\n  \
           kubectl create rolebinding|clusterrolebinding NAME --clusterrole NAME [--user NAME] [--group NAME] \
           [--serviceaccount NAMESPACE:NAME]\n  kubectl create quota NAME [--hard RESOURCE=QUANTITY,…] [--scopes \
           SCOPE,…]\n  kubectl create priorityclass NAME --value N [--global-default] [--description TEXT]\n  kubectl create \
           pdb NAME --selector KEY=VALUE (--min-available N | --max-unavailable N)\n  kubectl create service \
           clusterip|nodeport|loadbalancer NAME --tcp PORT[:TARGET]\n  kubectl create service externalname NAME --external-name \
           HOST\n  kubectl create ingress NAME --rule HOST/PATH=SERVICE:PORT[,tls[=SECRET]] [--class NAME]\n\nExamples:\n  kubectl create -f pod.yaml\n  kubectl create namespace dangling-resources\n",
    run: |kubectl, words| create(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[Flag::switch("save-config", None), Flag::value("raw", None)];

async fn create(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let shared = [FLAGS, FILENAMES, VALIDATE, WRITTEN, RECORD];
    let mut known = generator::all_flags();
    known.extend(shared);
    let flags = kubectl.flags("kubectl create", words, &known)?;
    if let Some(generator) = generator::find(&flags.args) {
        return generator.run(kubectl, words).await;
    }
    if !flags.args.is_empty() {
        return Err(unknown(&flags.args));
    }
    let flags = kubectl.flags("kubectl create", words, &shared)?;
    let mut words = Words::new(kubectl, &flags)?;
    let options = options(&flags, &words, "kubectl-create")?;
    if flags.all("filename").is_empty() && flags.get("kustomize").is_none() {
        return Err(Failure::usage("error: must specify one of -f and -k"));
    }
    if let Some(path) = flags.get("raw") {
        return raw::send(kubectl, &flags, "create", http::Method::POST, path).await;
    }
    let Items { ready, unusable } = kubectl.items(&flags).await?;
    if ready.is_empty() && unusable.is_empty() {
        return Err(Failure::usage("error: no objects passed to create"));
    }
    let mut failures = Vec::new();
    for item in ready {
        match changes::create(kubectl.k8s(), &item, &options).await {
            Ok(object) => words.say(kubectl, &item.resource, &object, "created")?,
            Err(failure) => failures.push(failure),
        }
    }
    with_unusable(&mut failures, unusable);
    all_of(failures).map_or(Ok(0), Err)
}

fn options(flags: &Flags, words: &Words, manager: &str) -> Result<CreateOptions, Failure> {
    Ok(CreateOptions {
        field_manager: flags.get("field-manager").unwrap_or(manager).to_owned(),
        dry_run: words.dry_run,
        save_config: flags.switch("save-config", false)?,
    })
}

/// The answer to words that name nothing that can be created.
fn unknown(words: &[String]) -> Failure {
    let group = words[0].as_str();
    match (group, &words[1..]) {
        ("service" | "svc" | "secret", []) => Failure::usage(format!(
            "error: create {group} needs to know which\nSee 'kubectl create {group} -h' for help and examples"
        )),
        ("service" | "svc" | "secret", rest) => Failure::usage(format!(
            "error: unknown command {:?}\nSee 'kubectl create {} -h' for help and examples",
            rest.join(" "),
            if group == "svc" { "service" } else { group }
        )),
        _ => Failure::usage(format!(
            "Error: must specify one of -f and -k\n\nerror: unknown command {:?}\nSee 'kubectl create -h' for help and examples",
            words.join(" ")
        )),
    }
}
