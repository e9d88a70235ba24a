//! `kubectl api-resources` and `kubectl api-versions`.

use futures::FutureExt;

use super::super::flags::{Flag, Flags};
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::Resource;
use crate::render::align;

pub(super) const RESOURCES: Verb = Verb {
    name: "api-resources",
    about: "Print the supported API resources on the server",
    help: "Usage:\n  kubectl api-resources [-o wide|name] [--namespaced=BOOL] [--api-group GROUP] [--verbs VERB,...] \
           [--sort-by name|kind] [--no-headers]\n",
    run: |kubectl, words| resources(kubectl, words).boxed(),
};

pub(super) const VERSIONS: Verb = Verb {
    name: "api-versions",
    about: "Print the supported API versions on the server, in the form of \"group/version\"",
    help: "Usage:\n  kubectl api-versions\n",
    run: |kubectl, words| versions(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[
    Flag::value("output", Some('o')),
    Flag::switch("namespaced", None),
    Flag::value("api-group", None),
    Flag::value("verbs", None),
    Flag::value("sort-by", None),
    Flag::switch("no-headers", None),
    Flag::switch("cached", None),
];

async fn resources(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl api-resources", words, &[FLAGS])?;
    no_arguments("api-resources", &flags)?;
    let output = flags.get("output").unwrap_or_default();
    if !["", "wide", "name"].contains(&output) {
        return Err(Failure::usage(format!("error: --output {output} is not available")));
    }
    let sort = flags.get("sort-by").unwrap_or_default();
    if !["", "name", "kind"].contains(&sort) {
        return Err(Failure::usage("error: --sort-by accepts only name or kind"));
    }
    let scoped = flags.get("namespaced").is_some().then(|| flags.switch("namespaced", true)).transpose()?;
    let group = flags.get("api-group");
    let verbs: Vec<&str> = flags.get("verbs").map(|verbs| verbs.split(',').collect()).unwrap_or_default();
    kubectl.k8s().forget_resources().await;
    let known = kubectl.k8s().resources().await?;
    let mut chosen: Vec<&Resource> = Vec::new();
    for resource in known.all() {
        let fits = scoped.is_none_or(|scoped| scoped == resource.namespaced)
            && group.is_none_or(|group| group == resource.group)
            && !resource.verbs.is_empty()
            && verbs.iter().all(|verb| resource.can(verb));
        // Of each resource the preferred version, which comes first.
        if fits && chosen.iter().all(|other| other.qualified() != resource.qualified()) {
            chosen.push(resource);
        }
    }
    match sort {
        "name" => chosen.sort_by(|a, b| a.plural.cmp(&b.plural)),
        "kind" => chosen.sort_by(|a, b| a.kind.cmp(&b.kind)),
        _ => chosen.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural))),
    }
    if output == "name" {
        kubectl.out(&chosen.iter().map(|resource| format!("{}\n", resource.qualified())).collect::<String>());
        return Ok(0);
    }
    let wide = output == "wide";
    let mut rows = Vec::new();
    if !flags.switch("no-headers", false)? {
        let headers = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", "VERBS"];
        rows.push(headers.iter().take(if wide { 6 } else { 5 }).map(|header| (*header).to_owned()).collect());
    }
    for resource in chosen {
        let mut row = vec![
            resource.plural.clone(),
            resource.short_names.join(","),
            resource.api_version(),
            resource.namespaced.to_string(),
            resource.kind.clone(),
        ];
        row.extend(wide.then(|| format!("[{}]", resource.verbs.join(" "))));
        rows.push(row);
    }
    kubectl.out(&align(&rows));
    Ok(0)
}

async fn versions(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl api-versions", words, &[])?;
    no_arguments("api-versions", &flags)?;
    kubectl.k8s().forget_resources().await;
    let known = kubectl.k8s().resources().await?;
    let mut versions: Vec<String> = known.all().iter().map(Resource::api_version).collect();
    versions.sort();
    versions.dedup();
    kubectl.out(&versions.iter().map(|version| format!("{version}\n")).collect::<String>());
    Ok(0)
}

fn no_arguments(verb: &str, flags: &Flags) -> Result<(), Failure> {
    if flags.args.is_empty() {
        return Ok(());
    }
    let args = flags.args.join(" ");
    Err(Failure::usage(format!("error: unexpected arguments: [{args}]\nSee 'kubectl {verb} -h' for help and examples")))
}
