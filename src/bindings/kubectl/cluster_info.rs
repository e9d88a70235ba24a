//! `kubectl cluster-info`.
//!
//! Source: k8s.io/kubectl v0.20 `pkg/cmd/clusterinfo/clusterinfo.go`.

use futures::FutureExt;
use serde_json::Value;

use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::{Accept, ListOptions};

pub(super) const VERB: Verb = Verb {
    name: "cluster-info",
    about: "Display cluster info",
    help: "Usage:\n  kubectl cluster-info\n\nThe API server's address, and the Services of kube-system with the label \
           kubernetes.io/cluster-service=true.\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl cluster-info", words, &[])?;
    if let Some(word) = flags.args.first() {
        if word == "dump" {
            return Err(Failure::refused("error: kubectl cluster-info dump is refused: it writes files of its own")
                .with_hint("kubectl get all -A -o yaml, and kubectl logs"));
        }
        return Err(Failure::usage(format!("error: unknown command {word:?} for \"kubectl cluster-info\"")));
    }
    let k8s = kubectl.k8s();
    let services = k8s.resource("services").await?;
    let marked =
        ListOptions { labels: Some("kubernetes.io/cluster-service=true".to_owned()), ..ListOptions::default() };
    let list = k8s.list(&services, Some("kube-system"), &marked, Accept::Json).await?;
    kubectl.out(&line("Kubernetes control plane", k8s.server()));
    for service in list["items"].as_array().into_iter().flatten() {
        let metadata = &service["metadata"];
        let name = metadata["labels"]["kubernetes.io/name"].as_str().or(metadata["name"].as_str()).unwrap_or_default();
        kubectl.out(&line(name, &link(k8s.server(), service)));
    }
    kubectl.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
    Ok(0)
}

/// kubectl colours this line whether it writes to a terminal or not.
fn line(name: &str, address: &str) -> String {
    format!("\x1b[0;32m{name}\x1b[0m is running at \x1b[0;33m{address}\x1b[0m\n")
}

/// Where a Service answers: its load balancer, else the API server's proxy.
fn link(server: &str, service: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let ports = service["spec"]["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(ingress) = service["status"]["loadBalancer"]["ingress"].get(0) {
        let host = ingress["ip"].as_str().or(ingress["hostname"].as_str()).unwrap_or_default();
        return ports.iter().map(|port| format!("http://{host}:{} ", port["port"])).collect();
    }
    let mut name = text(&service["metadata"]["name"]);
    if let Some(port) = ports.first() {
        let port_name = text(&port["name"]);
        name = match port_name == "https" || port["port"] == 443 {
            true => format!("https:{name}:{port_name}"),
            false if port_name.is_empty() => name,
            false => format!("{name}:{port_name}"),
        };
    }
    format!("{server}/api/v1/namespaces/{}/services/{name}/proxy", text(&service["metadata"]["namespace"]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_service_is_reached_through_the_proxy_or_its_load_balancer() {
        let mut service = json!({"metadata": {"name": "kube-dns", "namespace": "kube-system"},
            "spec": {"ports": [{"name": "dns", "port": 53}]}});
        let proxy =
            |service: &Value| link("https://x", service).replace("https://x/api/v1/namespaces/kube-system/", "");
        assert_eq!(proxy(&service), "services/kube-dns:dns/proxy");
        service["spec"]["ports"] = json!([{"port": 443}]);
        assert_eq!(proxy(&service), "services/https:kube-dns:/proxy");
        service["status"] = json!({"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}});
        assert_eq!(link("https://x", &service), "http://10.0.0.1:443 ");
    }
}
