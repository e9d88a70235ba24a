//! `manifests/kind.yaml`, which kind reads without a word about what it does not know: only fields that it has, and what
//! the notebooks require.
//!
//! Fields: kind.sigs.k8s.io, "Configuration", v1alpha4; kubeadm's v1beta2 and later.

use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

fn has_only(what: &Value, fields: &[&str]) {
    for field in what.as_object().unwrap().keys() {
        assert!(fields.contains(&field.as_str()), "{field} is none of {fields:?}");
    }
}

/// Label and taint of each node, in order, with the node's role.
fn nodes() -> Vec<(String, Vec<String>, Vec<String>)> {
    let cluster = yaml(&std::fs::read_to_string(root().join("manifests/kind.yaml")).unwrap());
    has_only(&cluster, &["kind", "apiVersion", "name", "nodes", "networking", "featureGates", "runtimeConfig"]);
    assert_eq!((&cluster["kind"], &cluster["apiVersion"]), (&"Cluster".into(), &"kind.x-k8s.io/v1alpha4".into()));
    let mut found = Vec::new();
    for node in cluster["nodes"].as_array().unwrap() {
        has_only(node, &["role", "image", "labels", "extraMounts", "extraPortMappings", "kubeadmConfigPatches"]);
        let labels = node["labels"].as_object().into_iter().flatten();
        // A label's value that YAML takes for a bool is refused.
        let labels = labels.map(|(key, value)| format!("{key}={}", value.as_str().expect("a label is text"))).collect();
        let mut taints = Vec::new();
        for patch in node["kubeadmConfigPatches"].as_array().into_iter().flatten() {
            let patch = yaml(patch.as_str().expect("a patch is text"));
            has_only(&patch, &["kind", "nodeRegistration"]);
            let role = if node["role"] == "worker" { "JoinConfiguration" } else { "InitConfiguration" };
            assert_eq!(patch["kind"], role);
            has_only(&patch["nodeRegistration"], &["taints", "kubeletExtraArgs"]);
            for taint in patch["nodeRegistration"]["taints"].as_array().into_iter().flatten() {
                has_only(taint, &["key", "value", "effect"]);
                let text = |field: &str| taint[field].as_str().unwrap().to_owned();
                taints.push(format!("{}={}:{}", text("key"), text("value"), text("effect")));
            }
        }
        found.push((node["role"].as_str().unwrap().to_owned(), labels, taints));
    }
    found
}

#[test]
fn it_makes_the_cluster_of_the_notebooks() {
    let label = vec!["mock-server=true".to_owned()];
    let taint = vec!["playground_test=ensure_only_tolerations_run_here:NoSchedule".to_owned()];
    assert_eq!(
        nodes(),
        [
            ("control-plane".to_owned(), vec![], vec![]),
            ("worker".to_owned(), label, vec![]),
            ("worker".to_owned(), vec![], taint)
        ]
    );
    let cluster = yaml(&std::fs::read_to_string(root().join("manifests/kind.yaml")).unwrap());
    let port = &cluster["nodes"][0]["extraPortMappings"][0];
    has_only(port, &["containerPort", "hostPort", "listenAddress", "protocol"]);
    assert_eq!((&port["containerPort"], &port["hostPort"]), (&2379.into(), &2379.into()));
    assert_eq!((&port["listenAddress"], &port["protocol"]), (&"127.0.0.1".into(), &"TCP".into()));
}

#[test]
fn it_has_what_the_notebooks_require() {
    let nodes = nodes();
    for entry in std::fs::read_dir(root().join("notebooks")).unwrap() {
        let path: &Path = &entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "md") {
            continue;
        }
        let notebook = kpnb::notebook::parse("notebook", std::fs::read_to_string(path).unwrap());
        let requires = notebook.front_matter.requires;
        for mark in &requires.labels {
            let has = nodes.iter().any(|(_, labels, _)| labels.iter().any(|label| label.starts_with(&mark.text)));
            assert!(has, "{}: label {}", path.display(), mark.text);
        }
        for mark in &requires.taints {
            let has = nodes.iter().any(|(.., taints)| taints.iter().any(|taint| taint.starts_with(&mark.text)));
            assert!(has, "{}: taint {}", path.display(), mark.text);
        }
        match requires.nodes {
            Some(kpnb::notebook::Nodes::Count(count)) => assert!(count <= nodes.len() as u64, "{}", path.display()),
            Some(kpnb::notebook::Nodes::Names(names)) => {
                for name in names {
                    let known = ["k8splayground-control-plane", "k8splayground-worker", "k8splayground-worker2"];
                    assert!(known.contains(&name.as_str()), "{}: node {name}", path.display());
                }
            }
            None => {}
        }
    }
}
