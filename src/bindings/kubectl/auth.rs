//! `kubectl auth can-i`.
//!
//! Source: k8s.io/kubectl v0.20 `pkg/cmd/auth/cani.go`.

use futures::FutureExt;
use http::Method;
use serde_json::{Value, json};

use super::super::flags::Flag;
use super::invocation::ALL_NAMESPACES;
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::{Accept, Resource};

pub(super) const VERB: Verb = Verb {
    name: "auth",
    about: "Inspect authorization",
    help: "Usage:\n  kubectl auth can-i VERB TYPE | TYPE/NAME | TYPE NAME | /PATH [--subresource NAME] [-A] [-q]\n\n\
           Exits with 1 where the answer is no.\n\nExamples:\n  kubectl auth can-i create pods -n default\n  \
           kubectl auth can-i get pods --subresource=log\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] =
    &[Flag::value("subresource", None), Flag::switch("quiet", Some('q')), Flag::switch("list", None)];

const PATH: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

const RESOURCE_VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
];

const PATH_VERBS: &[&str] = &["get", "put", "post", "head", "options", "delete", "patch", "*"];

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl auth can-i", words, &[FLAGS, ALL_NAMESPACES])?;
    let Some(("can-i", args)) = flags.args.split_first().map(|(first, rest)| (first.as_str(), rest)) else {
        return Err(Failure::usage("error: kubectl auth has can-i alone\nSee 'kubectl auth --help' for usage."));
    };
    if flags.switch("list", false)? {
        return Err(Failure::refused("error: --list is not built in")
            .with_hint("k8s::raw(\"POST\", \"/apis/authorization.k8s.io/v1/selfsubjectrulesreviews\", #{…})"));
    }
    let (verb, what, name) = match args {
        [verb, what] => (verb, what, None),
        [verb, what, name] => (verb, what, Some(name.as_str())),
        _ => {
            return Err(Failure::usage(
                "error: you must specify two or three arguments: verb, resource, and optional resourceName",
            ));
        }
    };
    let (quiet, scope) = (flags.switch("quiet", false)?, kubectl.scope(&flags)?);
    let subresource = flags.get("subresource").unwrap_or_default();
    let warn = |text: String| {
        if !quiet {
            kubectl.err(&format!("Warning: {text}\n"));
        }
    };
    let spec = if what.starts_with('/') {
        if !subresource.is_empty() {
            return Err(Failure::usage("error: --subresource can not be used with NonResourceURL"));
        }
        if !PATH_VERBS.contains(&verb.as_str()) {
            warn(format!("verb '{verb}' is not a known verb"));
        }
        json!({ "nonResourceAttributes": { "verb": verb, "path": what } })
    } else {
        let (kind, name) = match (what.split_once('/'), name) {
            (Some((kind, name)), None) => (kind, name),
            (_, name) => (what.as_str(), name.unwrap_or_default()),
        };
        let resource = find(kubectl, kind).await?;
        match &resource {
            None if kind != "*" => warn(unknown(kind)),
            Some(resource) if !resource.namespaced && !scope.all => {
                let group =
                    if resource.group.is_empty() { String::new() } else { format!(" in group '{}'", resource.group) };
                warn(format!("resource '{}' is not namespace scoped{group}", resource.plural));
            }
            _ => {}
        }
        if !RESOURCE_VERBS.contains(&verb.as_str()) {
            warn(format!("verb '{verb}' is not a known verb"));
        }
        let (bare, group) = kind.split_once('.').unwrap_or((kind, ""));
        let (plural, group) = resource.as_ref().map_or((bare, group), |found| (&found.plural, &found.group));
        json!({ "resourceAttributes": {
            "namespace": scope.listed().unwrap_or_default(), "verb": verb, "group": group, "resource": plural,
            "subresource": subresource, "name": name,
        } })
    };
    let review = json!({ "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec });
    let body = Some(("application/json", review.to_string()));
    let answer = kubectl.k8s().json(Method::POST, PATH, &[], body, Accept::Json).await?;
    let allowed = answer["status"]["allowed"] == true;
    if !quiet {
        kubectl.out(&verdict(&answer["status"]));
    }
    Ok(if allowed { 0 } else { 1 })
}

/// The resource of a name; none where the server has none, which only makes the answer doubtful.
async fn find(kubectl: &Kubectl<'_>, kind: &str) -> Result<Option<Resource>, Failure> {
    Ok(kubectl.k8s().resources().await?.find(kind).cloned())
}

fn unknown(kind: &str) -> String {
    match kind.split_once('.') {
        Some((bare, group)) => format!("the server doesn't have a resource type '{bare}' in group '{group}'"),
        None => format!("the server doesn't have a resource type '{kind}'"),
    }
}

/// `yes`, or `no` with what the server says of it.
fn verdict(status: &Value) -> String {
    if status["allowed"] == true {
        return "yes\n".to_owned();
    }
    let said = |field: &str| {
        status[field].as_str().filter(|text| !text.is_empty()).map(|text| format!(" - {text}")).unwrap_or_default()
    };
    format!("no{}{}\n", said("reason"), said("evaluationError"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_no_comes_with_its_reason() {
        assert_eq!(verdict(&json!({ "allowed": true, "reason": "RBAC" })), "yes\n");
        assert_eq!(verdict(&json!({ "allowed": false })), "no\n");
        assert_eq!(verdict(&json!({ "allowed": false, "reason": "a", "evaluationError": "b" })), "no - a - b\n");
    }

    #[test]
    fn an_unknown_type_is_named_with_its_group() {
        assert_eq!(unknown("foos"), "the server doesn't have a resource type 'foos'");
        assert_eq!(unknown("foos.x.y"), "the server doesn't have a resource type 'foos' in group 'x.y'");
    }
}
