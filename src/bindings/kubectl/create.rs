//! `kubectl create -f` and `kubectl replace`.

use futures::FutureExt;

use super::super::changes::{self, CreateOptions, all_of};
use super::super::flags::{Flag, Flags};
use super::delete::Deletion;
use super::items::VALIDATE;
use super::targets::{FILENAMES, Target};
use super::written::{FLAGS as WRITTEN, RECORD, Words};
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::Accept;

pub(super) const CREATE: Verb = Verb {
    name: "create",
    about: "Create objects from a file or from stdin",
    help: "Usage:\n  kubectl create -f FILE [-R] [--save-config] [--validate=false] [--dry-run=client|server] [-o name|yaml|json]\n  \
           kubectl create namespace NAME\n\nExamples:\n  kubectl create -f pod.yaml\n  kubectl create namespace dangling-resources\n",
    run: |kubectl, words| create(kubectl, words).boxed(),
};

pub(super) const REPLACE: Verb = Verb {
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
    let flags = kubectl.flags("kubectl create", words, &[FLAGS, FILENAMES, VALIDATE, WRITTEN, RECORD])?;
    let mut words = Words::new(kubectl, &flags)?;
    let options = options(&flags, &words, "kubectl-create")?;
    if let [kind, name] = flags.args.as_slice()
        && matches!(kind.as_str(), "namespace" | "ns")
    {
        return create_namespace(kubectl, name, &options, &mut words).await;
    }
    if let Some(kind) = flags.args.first() {
        return Err(Failure::refused(format!("error: create {kind} is not built in"))
            .with_hint("write a manifest, and create it with -f"));
    }
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

async fn create_namespace(
    kubectl: &Kubectl<'_>,
    name: &str,
    options: &CreateOptions,
    words: &mut Words,
) -> Result<i32, Failure> {
    let resource = kubectl.k8s().resource("namespaces").await?;
    let object = serde_json::json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
    let item = changes::Item { resource, namespace: None, name: name.to_owned(), object, source: String::new() };
    let object = changes::create(kubectl.k8s(), &item, options).await?;
    words.say(kubectl, &item.resource, &object, "created")?;
    Ok(0)
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
