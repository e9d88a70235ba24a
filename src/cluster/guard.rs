//! Whether a cluster is a playground: that its three layers are one, and kind's.
//!
//! Notebooks break nodes and delete keys. Nothing but the reads here is sent to a cluster before it has passed.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;

use super::Layers;
use super::layers::{control_plane, file};
use crate::client::etcd::RangeOptions;
use crate::client::{Failure, FailureKind};

/// Checks that API server, containers and etcd belong to one cluster of kind's. A layer that cannot be reached cannot be
/// harmed either; but without Docker nothing shows that the cluster is a playground.
///
/// # Errors
/// Refused, with the reason; or the API server does not answer.
pub async fn check(layers: &Layers) -> Result<(), Failure> {
    let refuse = |reason: &str| Err(refused(&layers.name, reason));
    let Some(kind) = &layers.kind else { return refuse("its name is not kind-NAME, as kind names its contexts") };
    let docker = match &layers.docker {
        Ok(docker) => docker,
        Err(failure) => {
            let reason = format!("Docker Engine, which runs kind's nodes, cannot be asked: {}", failure.message);
            return Err(Failure { hint: failure.hint.clone(), ..refused(&layers.name, &reason) });
        }
    };
    let containers = docker.list(true, &[]).await?;
    if containers.is_empty() {
        let reason = format!("{} has no container with kind's label for the cluster {kind:?}", docker.host());
        let hint = "DOCKER_HOST or DOCKER_CONTEXT may name another engine than the one that has the cluster";
        return Err(refused(&layers.name, &reason).with_hint(hint));
    }
    let ca = file(docker, &control_plane(docker).await?, "/etc/kubernetes/pki/ca.crt").await?;
    if !is_signed_by(layers.roots.as_deref(), &ca) {
        return match layers.roots {
            None => refuse(
                "the kubeconfig has no CA for its API server, or does not verify it, so that it may be any server",
            ),
            Some(_) => {
                let reason = "the kubeconfig trusts another certificate authority than the control-plane container has";
                let hint = format!("if the cluster was made anew: kind export kubeconfig --name {kind}");
                Err(refused(&layers.name, reason).with_hint(hint))
            }
        };
    }
    let (nodes, addresses) = (layers.nodes().await?, addresses(&containers));
    for (node, address) in internal_addresses(&nodes) {
        if !addresses.contains(&address) {
            return refuse(&format!("node {node} has the address {address}, which none of kind's containers has"));
        }
    }
    check_etcd(layers).await
}

/// Checks that etcd, where it is reached, is the one behind the API server.
///
/// # Errors
/// Refused, because it is another one; or the API server does not answer.
pub(super) async fn check_etcd(layers: &Layers) -> Result<(), Failure> {
    let Ok(etcd) = &layers.etcd else { return Ok(()) };
    let uid = layers.uid().await?;
    let key = RangeOptions { key: b"/registry/namespaces/kube-system".to_vec(), ..RangeOptions::default() };
    let found = etcd.get(&key).await?;
    // The UID stands in the value as text, whether that is JSON or protobuf.
    let is_same = |value: &[u8]| !uid.is_empty() && value.windows(uid.len()).any(|window| window == uid.as_bytes());
    if found.kvs.iter().any(|kv| is_same(&kv.value)) {
        return Ok(());
    }
    let endpoints: Vec<&str> = etcd.endpoints().collect();
    Err(Failure::refused(format!("etcd at {} is not that of {}", endpoints.join(","), layers.name)).with_hint(
        "its namespace kube-system has another UID, or none; unset ETCDCTL_ENDPOINTS, or let it name this cluster's etcd",
    ))
}

/// The refusal of a cluster.
pub(super) fn refused(name: &str, reason: &str) -> Failure {
    Failure::new(FailureKind::Refused, format!("{name} is not shown to be a playground: {reason}"))
        .with_hint(format!("notebooks break nodes and delete keys; if you mean it, add --allow-cluster {name}"))
}

/// Whether all that the kubeconfig trusts is in the container's file: another certificate could vouch for another
/// server.
fn is_signed_by(roots: Option<&[Vec<u8>]>, ca: &[u8]) -> bool {
    let own: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(ca).filter_map(Result::ok).collect();
    roots.is_some_and(|roots| {
        !roots.is_empty() && roots.iter().all(|root| own.iter().any(|own| own.as_ref() == root.as_slice()))
    })
}

/// The addresses of listed containers on their networks.
fn addresses(containers: &[Value]) -> Vec<String> {
    let networks = containers.iter().filter_map(|container| container["NetworkSettings"]["Networks"].as_object());
    networks
        .flat_map(|networks| networks.values())
        .flat_map(|network| [&network["IPAddress"], &network["GlobalIPv6Address"]])
        .filter_map(|address| address.as_str())
        .filter(|address| !address.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Nodes and their internal addresses.
fn internal_addresses(nodes: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for node in nodes["items"].as_array().into_iter().flatten() {
        for address in node["status"]["addresses"].as_array().into_iter().flatten() {
            if address["type"] == "InternalIP" {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                found.push((text(&node["metadata"]["name"]), text(&address["address"])));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CA: &[u8] = b"-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";

    #[test]
    fn every_trusted_root_has_to_be_the_containers() {
        assert!(is_signed_by(Some(&[vec![1, 2, 3]]), CA));
        assert!(!is_signed_by(Some(&[vec![1, 2, 3], vec![4]]), CA));
        assert!(!is_signed_by(Some(&[]), CA));
        assert!(!is_signed_by(None, CA), "a server that nobody verifies may be any");
    }

    #[test]
    fn finds_the_addresses_of_both_sides() {
        let containers =
            [json!({"NetworkSettings": {"Networks": {"kind": {"IPAddress": "172.18.0.2", "GlobalIPv6Address": ""}}}})];
        assert_eq!(addresses(&containers), ["172.18.0.2"]);
        let nodes = json!({"items": [{"metadata": {"name": "a"}, "status": {"addresses": [
            {"type": "InternalIP", "address": "172.18.0.2"}, {"type": "Hostname", "address": "a"}]}}]});
        assert_eq!(internal_addresses(&nodes), [("a".to_owned(), "172.18.0.2".to_owned())]);
    }
}
