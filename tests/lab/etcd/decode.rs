//! What `etcd::decode` makes of all that the cluster keeps, beside what the API makes of it.

use std::collections::{BTreeMap, BTreeSet};

use kpnb::client::etcd::{RangeOptions, decode, prefix_range};
use kpnb::client::k8s::Accept;
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::lab::{self, Printed, exclusive, real};
use crate::scripts::Scripts;

/// Objects of every kind that the API keeps, mostly two of each: one with as little in it as the API takes, one with as
/// much as it takes. None of them changes what the cluster does. No custom resource is among them: the lab's API server, whose
/// JSON library is older than its Go, dies of one.
const KINDS: [&str; 4] = [
    include_str!("kinds/cluster.yaml"),
    include_str!("kinds/namespaced.yaml"),
    include_str!("kinds/pods.yaml"),
    include_str!("kinds/workloads.yaml"),
];

/// The objects of [`KINDS`], which go when this is dropped; those of no namespace first.
struct Kinds {
    manifests: String,
    scripts: Scripts,
}

impl Kinds {
    fn create() -> Result<Self, Failed> {
        let namespace = "kpnb-kinds";
        let manifests = KINDS.join("---\n").replace("NS", namespace);
        remove(&manifests, namespace);
        let kinds = Self { manifests, scripts: Scripts::in_namespace(namespace) };
        let created = kubectl(namespace, &["create", "-f", "-"], &kinds.manifests);
        if created.code == 0 { Ok(kinds) } else { Err(created.stderr.into()) }
    }
}

impl Drop for Kinds {
    fn drop(&mut self) {
        remove(&self.manifests, &self.scripts.namespace);
    }
}

fn remove(manifests: &str, namespace: &str) {
    // The finalizer of a Pod in kinds/pods.yaml.
    kubectl(namespace, &["patch", "pod", "most", "-p", r#"{"metadata": {"finalizers": null}}"#], "");
    kubectl(namespace, &["delete", "-f", "-", "--ignore-not-found", "--wait=false"], manifests);
}

fn kubectl(namespace: &str, args: &[&str], stdin: &str) -> Printed {
    real("kubectl", &[&["-n", namespace], args].concat(), stdin)
}

/// What the API does not serve: what its members and its allocators note for themselves.
const UNSERVED: [&str; 2] = ["/registry/masterleases/", "/registry/ranges/"];

/// Reads all values, and the API's lists at the same revision. Every kind that the API keeps has to be among them.
async fn decode_all() -> Result<(), Failed> {
    let cluster = lab::cluster().await;
    let etcd = cluster.etcd.as_ref().map_err(Clone::clone)?;
    let (key, range_end) = prefix_range(b"/registry/");
    let range = etcd.get(&RangeOptions { key, range_end, ..RangeOptions::default() }).await?;
    let mut lists: BTreeMap<(String, String), BTreeMap<String, Value>> = BTreeMap::new();
    let mut kinds = BTreeSet::new();
    let (mut equal, mut unserved, mut wrong) = (0, 0, Vec::new());
    for kv in &range.kvs {
        let key = String::from_utf8_lossy(&kv.key).into_owned();
        if UNSERVED.iter().any(|prefix| key.starts_with(prefix)) {
            decode(&kv.value, Some(kv.mod_revision)).map_err(|failure| format!("{key}: {failure}"))?;
            unserved += 1;
            continue;
        }
        let object = match decode(&kv.value, Some(kv.mod_revision)) {
            Ok(object) => object,
            Err(failure) => {
                wrong.push(format!("{key}: {failure}"));
                continue;
            }
        };
        let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
        let kind = (text("apiVersion"), text("kind"));
        kinds.insert(kind.1.clone());
        if !lists.contains_key(&kind) {
            let resource = cluster.k8s.resource_of_kind(&kind.0, &kind.1).await?;
            let query = [
                ("resourceVersion".to_owned(), range.header.revision.to_string()),
                ("resourceVersionMatch".to_owned(), "Exact".to_owned()),
                // The API server's cache answers otherwise, and knows no Exact.
                ("limit".to_owned(), "10000".to_owned()),
            ];
            let path = resource.path(None, None, None);
            let list = cluster.k8s.json(http::Method::GET, &path, &query, None, Accept::Json).await?;
            let items = list["items"].as_array().cloned().unwrap_or_default();
            lists.insert(kind.clone(), items.into_iter().map(|item| (place(&item), resource.typed(item))).collect());
        }
        match lists[&kind].get(&place(&object)) {
            Some(served) if *served == object => equal += 1,
            Some(served) => wrong.push(format!("{key}:\n{}", difference("", &object, served))),
            None => wrong.push(format!("{key}: the API has no such object")),
        }
    }
    eprintln!("{equal} of {} values equal, {unserved} not served, {} kinds", range.kvs.len(), lists.len());
    for resource in cluster.k8s.resources().await?.all() {
        let kept = resource.can("create") && resource.can("list");
        if kept && !kinds.contains(&resource.kind) {
            wrong.push(format!("no object of kind {} was compared", resource.kind));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn place(object: &Value) -> String {
    format!("{}/{}", object["metadata"]["namespace"], object["metadata"]["name"])
}

/// The fields in which two values differ.
fn difference(path: &str, ours: &Value, served: &Value) -> String {
    match (ours, served) {
        (Value::Object(a), Value::Object(b)) => {
            let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
            names.sort();
            names.dedup();
            let field = |name: &String| match (a.get(name), b.get(name)) {
                (Some(a), Some(b)) => difference(&format!("{path}.{name}"), a, b),
                (a, b) => format!("  {path}.{name}: ours {a:?}, served {b:?}\n"),
            };
            names.into_iter().map(field).collect()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().map(|(at, (a, b))| difference(&format!("{path}[{at}]"), a, b)).collect()
        }
        (a, b) if a == b => String::new(),
        (a, b) => format!("  {path}: ours {a}, served {b}\n"),
    }
}

/// The tests of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![exclusive("etcd::decodes_every_value_as_the_api_returns_it", || {
        let _kinds = Kinds::create()?;
        lab::runtime().block_on(decode_all())
    })]
}
