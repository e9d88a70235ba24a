//! Where etcd is: where `ETCDCTL_*` say, else where the control-plane container has it.

use std::sync::Arc;

use serde_json::Value;

use super::layers::{control_plane, file};
use crate::client::docker::Docker;
use crate::client::etcd::{Credentials, Etcd};
use crate::client::{Failure, Reads, Seen};

/// kubeadm's folder for etcd's certificates; the server's is good as a client's.
const PKI: &str = "/etc/kubernetes/pki/etcd";

/// Connects to the cluster's etcd.
pub(super) async fn connect(
    docker: Result<&Docker, &Failure>,
    reads: Arc<Reads>,
    seen: Arc<Seen>,
) -> Result<Etcd, Failure> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(endpoints) = variable("ETCDCTL_ENDPOINTS") {
        let endpoints: Vec<String> = endpoints.split(',').map(|endpoint| endpoint.trim().to_owned()).collect();
        let pem = |name: &str| match variable(name) {
            Some(path) => std::fs::read(&path).map_err(|error| {
                Failure::unreachable(format!("Error: {name}={path}: {error}"))
                    .with_hint("correct it, or unset ETCDCTL_ENDPOINTS: etcd is then found through Docker")
            }),
            None => Ok(Vec::new()),
        };
        let credentials =
            Credentials { ca: pem("ETCDCTL_CACERT")?, cert: pem("ETCDCTL_CERT")?, key: pem("ETCDCTL_KEY")? };
        return Etcd::connect(&endpoints, &credentials, reads, seen).await;
    }
    let unknown = |failure: &Failure| {
        Failure::unreachable(format!("Error: etcd is not known: {}", failure.message)).with_hint(
            "set ETCDCTL_ENDPOINTS, ETCDCTL_CACERT, ETCDCTL_CERT and ETCDCTL_KEY, as for etcdctl, or make Docker reachable",
        )
    };
    let docker = docker.map_err(unknown)?;
    let container = control_plane(docker).await?;
    let endpoint = endpoint(&docker.container(&container).await?.inspected).ok_or_else(|| {
        Failure::unreachable(format!("Error: etcd's port is not known: {container} does not run"))
            .with_hint(format!("docker start {container}"))
    })?;
    let pem = async |name: &str| file(docker, &container, &format!("{PKI}/{name}")).await;
    let credentials =
        Credentials { ca: pem("ca.crt").await?, cert: pem("server.crt").await?, key: pem("server.key").await? };
    Etcd::connect(&[endpoint], &credentials, reads, seen).await
}

/// The published port 2379 of a container, else that port of its own address, which Linux reaches directly.
fn endpoint(inspected: &Value) -> Option<String> {
    let settings = &inspected["NetworkSettings"];
    let published = settings["Ports"]["2379/tcp"].as_array().and_then(|ports| ports.first());
    if let Some(port) = published.and_then(|published| published["HostPort"].as_str()) {
        // Published on all addresses: then on loopback too.
        let ip = published.and_then(|published| published["HostIp"].as_str());
        let ip = ip.filter(|ip| !matches!(*ip, "" | "0.0.0.0" | "::")).unwrap_or("127.0.0.1");
        return Some(format!("https://{}:{port}", if ip.contains(':') { format!("[{ip}]") } else { ip.to_owned() }));
    }
    let networks = settings["Networks"].as_object()?;
    let ip = networks.values().filter_map(|network| network["IPAddress"].as_str()).find(|ip| !ip.is_empty())?;
    Some(format!("https://{ip}:2379"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_published_port_goes_before_the_containers_own_address() {
        let networks = json!({"kind": {"IPAddress": "172.18.0.3"}});
        let with_ports = |ports: Value| endpoint(&json!({"NetworkSettings": {"Ports": ports, "Networks": networks}}));
        let published = |ip: &str| with_ports(json!({"2379/tcp": [{"HostIp": ip, "HostPort": "32379"}]}));
        assert_eq!(published("127.0.0.1").unwrap(), "https://127.0.0.1:32379");
        assert_eq!(published("0.0.0.0").unwrap(), "https://127.0.0.1:32379");
        assert_eq!(published("::1").unwrap(), "https://[::1]:32379");
        assert_eq!(with_ports(json!({"2379/tcp": null})).unwrap(), "https://172.18.0.3:2379");
        assert_eq!(endpoint(&json!({"NetworkSettings": {"Networks": {"kind": {"IPAddress": ""}}}})), None);
    }
}
