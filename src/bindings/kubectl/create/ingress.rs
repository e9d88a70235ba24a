//! `create ingress`.
//!
//! Source of rules and words: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/create/create_ingress.go`.

use futures::FutureExt;
use regex::Regex;
use serde_json::{Map, Value, json};

use super::generator::{Generator, wrong};
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;

pub(super) const INGRESS: Generator = Generator {
    words: &[&["ingress", "ing"]],
    flags: &[
        Flag::value("class", None),
        Flag::value("rule", None),
        Flag::value("annotation", None),
        Flag::value("default-backend", None),
    ],
    required: &[],
    build: |_, flags, name| std::future::ready(ingress(flags, name)).boxed(),
};

/// A rule, `host/path=service:port[,tls[=secret]]`, taken apart.
struct Rule<'a> {
    host: &'a str,
    path: &'a str,
    backend: &'a str,
    /// The secret, which may be empty, where there is TLS at all.
    tls: Option<&'a str>,
}

impl<'a> Rule<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let form = Regex::new(r"[\w*\-.]*/.*=[\w\-]+:[\w\-]+(,tls=?([\w\-]+)?)?").ok()?;
        if !form.is_match(text) {
            return None;
        }
        let (spec, tls) = text.split_once(',').map_or((text, None), |(spec, tls)| (spec, Some(tls)));
        let (target, backend) = spec.split_once('=')?;
        let (host, _) = target.split_once('/')?;
        let tls = tls.map(|tls| tls.split_once('=').map_or("", |(_, secret)| secret));
        Some(Self { host, path: &target[host.len()..], backend, tls })
    }
}

fn ingress(flags: &Flags, name: &str) -> Result<Value, Failure> {
    let fallback = flags.get("default-backend").filter(|backend| !backend.is_empty());
    if fallback.is_none() && flags.all("rule").is_empty() {
        return wrong(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
        );
    }
    let mut rules = Vec::new();
    for text in flags.all("rule") {
        match Rule::read(text) {
            Some(rule) => rules.push(rule),
            None => {
                return wrong(format!(
                    "rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
                ));
            }
        }
    }
    let mut annotations = Map::new();
    for text in flags.all("annotation") {
        match text.split_once('=') {
            Some((key, value)) => annotations.insert(key.to_owned(), value.into()),
            None => return wrong(format!("annotation {text} is invalid and should be in format key=[value]")),
        };
    }
    let mut spec = json!({});
    if let Some(class) = flags.get("class").filter(|class| !class.is_empty()) {
        spec["ingressClassName"] = class.into();
    }
    if let Some(backend) = fallback {
        if backend.split(':').count() != 2 {
            return wrong("default-backend should be in format servicename:serviceport");
        }
        spec["defaultBackend"] = service(backend);
    }
    for (field, list) in [("tls", tls(&rules)), ("rules", by_host(&rules))] {
        if !list.is_empty() {
            spec[field] = list.into();
        }
    }
    let mut metadata = json!({ "name": name, "creationTimestamp": null });
    if !annotations.is_empty() {
        annotations.sort_keys();
        metadata["annotations"] = annotations.into();
    }
    Ok(json!({
        "kind": "Ingress",
        "apiVersion": "networking.k8s.io/v1",
        "metadata": metadata,
        "spec": spec,
        "status": { "loadBalancer": {} },
    }))
}

/// `service:port`; a port that is no number is the name of one.
fn service(backend: &str) -> Value {
    let (name, port) = backend.split_once(':').unwrap_or((backend, ""));
    let port = port.parse::<i32>().map_or_else(|_| json!({ "name": port }), |number| json!({ "number": number }));
    json!({ "service": { "name": name, "port": port } })
}

/// One rule for each host, with its paths.
fn by_host(rules: &[Rule<'_>]) -> Vec<Value> {
    let mut hosts: Vec<(&str, Vec<Value>)> = Vec::new();
    for rule in rules {
        let (path, kind) = match rule.path.strip_suffix('*') {
            Some(prefix) => (prefix, "Prefix"),
            None => (rule.path, "Exact"),
        };
        let path = json!({ "path": path, "pathType": kind, "backend": service(rule.backend) });
        match hosts.iter_mut().find(|(host, _)| *host == rule.host) {
            Some((_, paths)) => paths.push(path),
            None => hosts.push((rule.host, vec![path])),
        }
    }
    let rule = |(host, paths)| match host {
        "" => json!({ "http": { "paths": paths } }),
        host => json!({ "host": host, "http": { "paths": paths } }),
    };
    hosts.into_iter().map(rule).collect()
}

/// The hosts with TLS, those of one secret together; a host counts once.
fn tls(rules: &[Rule<'_>]) -> Vec<Value> {
    let mut seen: Vec<&str> = Vec::new();
    let mut secrets: Vec<(&str, Vec<&str>)> = Vec::new();
    for (host, secret) in rules.iter().filter_map(|rule| Some((rule.host, rule.tls?))) {
        if seen.contains(&host) {
            continue;
        }
        seen.push(host);
        match secrets.iter_mut().find(|(known, _)| *known == secret) {
            Some((_, hosts)) => hosts.push(host),
            None => secrets.push((secret, if host.is_empty() { Vec::new() } else { vec![host] })),
        }
    }
    let entry = |(secret, hosts): (&str, Vec<&str>)| {
        let mut entry = json!({});
        if !hosts.is_empty() {
            entry["hosts"] = json!(hosts);
        }
        if !secret.is_empty() {
            entry["secretName"] = secret.into();
        }
        entry
    };
    let named = secrets.into_iter().filter(|(secret, hosts)| !secret.is_empty() || !hosts.is_empty());
    named.map(entry).collect()
}
