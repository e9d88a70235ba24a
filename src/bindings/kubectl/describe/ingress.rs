//! Ingresses, with the addresses behind their paths, and IngressClasses.

use serde_json::{Value, json};

use super::json::{int, items, joined, text, text_or};
use super::page::Page;
use super::{Describer, Need, Related, Result, meta, reason_of, service};
use crate::client::k8s::ListOptions;

pub(super) const INGRESS: Describer = describer("networking.k8s.io");
/// The same objects under their old group, which a server of 1.20 names first.
pub(super) const OLD_INGRESS: Describer = describer("extensions");
pub(super) const CLASS: Describer =
    Describer { group: "networking.k8s.io", kind: "IngressClass", ..Describer::new(write_class) };

/// kubectl reads this version, whichever was asked for.
const V1: &str = "ingresses.v1.networking.k8s.io";
/// Where the backend is that serves what no Ingress claims.
const DEFAULT_NAMESPACE: &str = "kube-system";
const DEFAULT_BACKEND: &str = "default-http-backend";

const fn describer(group: &'static str) -> Describer {
    Describer { group, kind: "Ingress", needs, ..Describer::new(write) }
}

fn needs(ingress: &Value) -> Vec<Need> {
    let (namespace, name) = (ingress["metadata"]["namespace"].as_str(), text(&ingress["metadata"]["name"]));
    vec![
        Need::one(V1, namespace, name),
        Need::list("endpoints", namespace, ListOptions::default()),
        Need::list("services", namespace, ListOptions::default()),
        Need::list("endpoints", Some(DEFAULT_NAMESPACE), ListOptions::named(DEFAULT_BACKEND)),
        Need::list("services", Some(DEFAULT_NAMESPACE), ListOptions::named(DEFAULT_BACKEND)),
    ]
}

fn write(page: &mut Page, _: &Value, related: &Related) -> Result {
    let ingress = related.one(V1)?;
    let spec = &ingress["spec"];
    meta::name_and_namespace(page, ingress);
    let mut addresses: Vec<&str> = items(&ingress["status"]["loadBalancer"]["ingress"])
        .iter()
        .map(|entry| text_or(&entry["ip"], text(&entry["hostname"])))
        .filter(|address| !address.is_empty())
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    page.field(0, "Address", addresses.join(","));
    let own = text(&ingress["metadata"]["namespace"]);
    let default = match &spec["defaultBackend"] {
        Value::Null => {
            let backend = json!({"service": {"name": DEFAULT_BACKEND, "port": {"number": 80}}});
            self::backend(related, DEFAULT_NAMESPACE, &backend)
        }
        backend => self::backend(related, own, backend),
    };
    page.field(0, "Default backend", &default);
    if !items(&spec["tls"]).is_empty() {
        page.line(0, "TLS:");
    }
    for tls in items(&spec["tls"]) {
        let hosts = joined(&tls["hosts"], ",");
        match text(&tls["secretName"]) {
            "" => page.line(1, format!("SNI routes {hosts}")),
            secret => page.line(1, format!("{secret} terminates {hosts}")),
        }
    }
    page.line(0, "Rules:");
    page.head(1, &["Host", "Path", "Backends"], &["----", "----", "--------"]);
    let rules: Vec<&Value> = items(&spec["rules"]).iter().filter(|rule| !rule["http"].is_null()).collect();
    for rule in &rules {
        page.line(1, format!("{}\t", text_or(&rule["host"], "*")));
        for path in items(&rule["http"]["paths"]) {
            let backend = self::backend(related, own, &path["backend"]);
            page.line(2, format!("\t{} \t{backend}", text(&path["path"])));
        }
    }
    if rules.is_empty() {
        page.line(1, format!("*\t*\t{default}"));
    }
    meta::annotations(page, "Annotations", &ingress["metadata"]["annotations"]);
    Ok(())
}

/// A backend and the addresses behind it.
fn backend(related: &Related, namespace: &str, backend: &Value) -> String {
    let resource = &backend["resource"];
    if !resource.is_null() {
        let [group, kind, name] = ["apiGroup", "kind", "name"].map(|field| text(&resource[field]));
        return format!("APIGroup: {group}, Kind: {kind}, Name: {name}");
    }
    if backend["service"].is_null() {
        return String::new();
    }
    let (name, port) = (text(&backend["service"]["name"]), &backend["service"]["port"]);
    let number = int(&port["number"]);
    let title = if number == 0 { format!("{name}:{}", text(&port["name"])) } else { format!("{name}:{number}") };
    let found = |resource: &'static str| match related.list_in(resource, namespace) {
        Ok(list) => {
            let named = list.iter().find(|object| object["metadata"]["name"] == name);
            named.ok_or_else(|| format!("{resource} {name:?} not found"))
        }
        Err(failure) => Err(reason_of(&failure).to_owned()),
    };
    let endpoints = match found("endpoints") {
        Ok(endpoints) => endpoints,
        Err(reason) => return format!("{title} (<error: {reason}>)"),
    };
    let service = match found("services") {
        Ok(service) => service,
        Err(reason) => return format!("{title}(<error: {reason}>)"),
    };
    let is_meant = |known: &&Value| match number {
        0 => known["name"] == port["name"],
        number => int(&known["port"]) == number,
    };
    let meant = items(&service["spec"]["ports"]).iter().rfind(is_meant);
    format!("{title} ({})", service::addresses(endpoints, meant.map_or("", |port| text(&port["name"]))))
}

fn write_class(page: &mut Page, class: &Value, _: &Related) -> Result {
    page.field(0, "Name", text(&class["metadata"]["name"]));
    meta::labels_and_annotations(page, class);
    page.field(0, "Controller", text(&class["spec"]["controller"]));
    let parameters = &class["spec"]["parameters"];
    if !parameters.is_null() {
        page.line(0, "Parameters:");
        if !parameters["apiGroup"].is_null() {
            page.field(1, "APIGroup", text(&parameters["apiGroup"]));
        }
        page.field(1, "Kind", text(&parameters["kind"]));
        page.field(1, "Name", text(&parameters["name"]));
    }
    Ok(())
}
