//! `kubectl top`: what nodes and Pods use, where a metrics server tells it.
//!
//! Source: k8s.io/kubectl v0.20 `pkg/cmd/top`, `pkg/metricsutil/metrics_printer.go`.

use std::collections::HashMap;

use futures::FutureExt;
use http::Method;
use serde_json::Value;

use super::super::flags::{Flag, Flags};
use super::invocation::ALL_NAMESPACES;
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::{Accept, ListOptions};
use crate::render::{Quantity, align};

pub(super) const VERB: Verb = Verb {
    name: "top",
    about: "Display Resource (CPU/Memory/Storage) usage.",
    help: "Usage:\n  kubectl top node [NAME] [-l LABELS]\n  kubectl top pod [NAME] [-l LABELS] [-A]\n\nNeeds a metrics server \
           in the cluster.\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[Flag::value("selector", Some('l')), Flag::switch("no-headers", None)];

const MEBI: i128 = 1 << 20;

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl top", words, &[FLAGS, ALL_NAMESPACES])?;
    let Some((what, names)) = flags.args.split_first() else {
        return Err(Failure::usage("error: kubectl top takes node or pod\nSee 'kubectl top --help' for usage."));
    };
    let nodes = match what.as_str() {
        "node" | "nodes" | "no" => true,
        "pod" | "pods" | "po" => false,
        _ => return Err(Failure::usage(format!("error: unknown command {what:?} for \"kubectl top\""))),
    };
    if names.len() > 1 || (!names.is_empty() && flags.get("selector").is_some()) {
        return Err(Failure::usage("error: only one of NAME or --selector can be provided"));
    }
    let served = kubectl.k8s().json(Method::GET, "/apis", &[], None, Accept::Json).await?;
    let is_served = served["groups"].as_array().into_iter().flatten().any(|group| group["name"] == "metrics.k8s.io");
    if !is_served {
        return Err(Failure::answer("error: Metrics API not available")
            .with_hint("the cluster runs no metrics server; node::processes tells what runs on a node"));
    }
    let rows = if nodes { of_nodes(kubectl, &flags).await? } else { of_pods(kubectl, &flags).await? };
    kubectl.out(&align(&rows));
    Ok(0)
}

/// The metrics of one object or of a collection, by name.
async fn metrics(kubectl: &Kubectl<'_>, flags: &Flags, collection: &str) -> Result<Vec<Value>, Failure> {
    let path = format!("/apis/metrics.k8s.io/v1beta1/{collection}");
    let get = async |path: String, query: Vec<(String, String)>| {
        kubectl.k8s().json(Method::GET, &path, &query, None, Accept::Json).await
    };
    if let Some(name) = flags.args.get(1) {
        return Ok(vec![get(format!("{path}/{name}"), Vec::new()).await?]);
    }
    let query = flags.get("selector").map(|labels| ("labelSelector".to_owned(), labels.to_owned()));
    let mut list = get(path, query.into_iter().collect()).await?;
    let mut items = list["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
    items.sort_by_cached_key(|item| (text(&item["metadata"]["namespace"]), text(&item["metadata"]["name"])));
    Ok(items)
}

async fn of_nodes(kubectl: &Kubectl<'_>, flags: &Flags) -> Result<Vec<Vec<String>>, Failure> {
    let metrics = metrics(kubectl, flags, "nodes").await?;
    let nodes = kubectl.k8s().resource("nodes").await?;
    let nodes = kubectl.k8s().list(&nodes, None, &ListOptions::default(), Accept::Json).await?;
    let capacity: HashMap<String, &Value> = nodes["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|node| (text(&node["metadata"]["name"]), &node["status"]["allocatable"]))
        .collect();
    let mut rows = headers(flags, &["NAME", "CPU(cores)", "CPU%", "MEMORY(bytes)", "MEMORY%"])?;
    for item in &metrics {
        let name = text(&item["metadata"]["name"]);
        rows.push(node_row(&name, &item["usage"], capacity.get(&name).copied().unwrap_or(&Value::Null)));
    }
    Ok(rows)
}

async fn of_pods(kubectl: &Kubectl<'_>, flags: &Flags) -> Result<Vec<Vec<String>>, Failure> {
    let scope = kubectl.scope(flags)?;
    let collection = scope.listed().map_or("pods".to_owned(), |namespace| format!("namespaces/{namespace}/pods"));
    let metrics = metrics(kubectl, flags, &collection).await?;
    let columns = ["NAMESPACE", "NAME", "CPU(cores)", "MEMORY(bytes)"];
    let mut rows = headers(flags, if scope.all { &columns } else { &columns[1..] })?;
    for item in &metrics {
        let mut row = Vec::new();
        row.extend(scope.all.then(|| text(&item["metadata"]["namespace"])));
        row.extend(pod_row(item));
        rows.push(row);
    }
    Ok(rows)
}

fn headers(flags: &Flags, names: &[&str]) -> Result<Vec<Vec<String>>, Failure> {
    let bare = flags.switch("no-headers", false)?;
    Ok(if bare { Vec::new() } else { vec![names.iter().map(|name| (*name).to_owned()).collect()] })
}

fn node_row(name: &str, usage: &Value, capacity: &Value) -> Vec<String> {
    let (cpu, memory) = (milli(&usage["cpu"]), bytes(&usage["memory"]));
    let share = |used: i128, of: i128| if of > 0 { format!("{}%", used * 100 / of) } else { "<unknown>".to_owned() };
    vec![
        name.to_owned(),
        format!("{cpu}m"),
        share(cpu, milli(&capacity["cpu"])),
        format!("{}Mi", memory / MEBI),
        share(memory, bytes(&capacity["memory"])),
    ]
}

/// A Pod uses what its containers use together.
fn pod_row(item: &Value) -> [String; 3] {
    let containers = || item["containers"].as_array().into_iter().flatten().map(|container| &container["usage"]);
    let cpu: i128 = containers().map(|usage| milli(&usage["cpu"])).sum();
    let memory: i128 = containers().map(|usage| bytes(&usage["memory"])).sum();
    [text(&item["metadata"]["name"]), format!("{cpu}m"), format!("{}Mi", memory / MEBI)]
}

fn milli(value: &Value) -> i128 {
    value.as_str().and_then(Quantity::parse).map_or(0, Quantity::milli_value)
}

fn bytes(value: &Value) -> i128 {
    value.as_str().and_then(Quantity::parse).map_or(0, Quantity::value)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_nodes_use_is_told_of_what_it_has() {
        let usage = json!({"cpu": "250m", "memory": "512Mi"});
        assert_eq!(node_row("n", &usage, &json!({"cpu": "2", "memory": "2Gi"})), ["n", "250m", "12%", "512Mi", "25%"]);
        assert_eq!(node_row("n", &usage, &Value::Null)[2], "<unknown>");
    }

    #[test]
    fn a_pods_use_is_that_of_its_containers() {
        let usage = |cpu: &str, memory: &str| json!({"usage": {"cpu": cpu, "memory": memory}});
        let pod = json!({"metadata": {"name": "p"}, "containers": [usage("1m", "1Mi"), usage("2m", "2Mi")]});
        assert_eq!(pod_row(&pod), ["p", "3m", "3Mi"]);
    }
}
