//! The files that kubeadm writes on hosts, and what it tells their kubelets.

use serde_json::Value;

use super::{CLUSTER, endpoint};
use crate::sandbox::World;
use crate::sandbox::boot::NODES;
use crate::sandbox::host::{self, Entry, NodeSpec, Role};
use crate::sandbox::pki::Pki;

/// Where the container runtime listens.
pub const SOCKET: &str = "unix:///run/containerd/containerd.sock";

/// The kubelet's configuration, as kubeadm fills it in.
pub(super) const KUBELET: &str = include_str!("manifests/kubelet.yaml");

/// The static Pods, in the order in which kubeadm writes their files.
const STATIC_PODS: [(&str, &str); 4] = [
    ("kube-apiserver", include_str!("manifests/kube-apiserver.yaml")),
    ("kube-controller-manager", include_str!("manifests/kube-controller-manager.yaml")),
    ("kube-scheduler", include_str!("manifests/kube-scheduler.yaml")),
    ("etcd", include_str!("manifests/etcd.yaml")),
];

/// What a cloud would call a node.
pub fn provider(node: &str) -> String {
    format!("kind://docker/{CLUSTER}/{node}")
}

/// The flags that kubeadm tells a kubelet of, in the order of their names.
fn flags(spec: &NodeSpec) -> String {
    let mut flags = vec![
        "--container-runtime=remote".to_owned(),
        format!("--container-runtime-endpoint={SOCKET}"),
        "--fail-swap-on=false".to_owned(),
        format!("--node-ip={}", spec.ip),
        format!("--provider-id={}", provider(&spec.name)),
    ];
    // A control plane's taint is set on its Node.
    let told = |flag: &&String| spec.role == Role::Worker || !flag.starts_with("--register-with-taints=");
    flags.extend(spec.kubelet_args.iter().filter(told).cloned());
    flags.sort_by_key(|flag| flag.split('=').next().unwrap_or_default().to_owned());
    flags.join(" ")
}

/// Writes files into a host.
fn write(world: &mut World, node: &str, dirs: &[&str], files: Vec<(String, u32, String)>) {
    let now = world.now();
    let Some(host) = world.hosts.files_mut(node) else { return };
    for dir in dirs {
        // Their parents come before them.
        let _ = host.put(dir, Entry::dir(0o755, now));
    }
    for (path, mode, content) in files {
        let _ = host.put(&path, Entry::file(mode, content, now));
    }
}

/// Configures a host's kubelet and starts it: `kubelet-start`.
pub(super) fn kubelet(world: &mut World, spec: &NodeSpec) {
    let variables = format!("KUBELET_KUBEADM_ARGS=\"{}\"\n", flags(spec));
    let files = vec![
        ("/var/lib/kubelet/config.yaml".to_owned(), 0o644, KUBELET.to_owned()),
        ("/var/lib/kubelet/kubeadm-flags.env".to_owned(), 0o644, variables),
    ];
    write(world, &spec.name, &[], files);
    host::restart_service(world, &spec.name, "kubelet");
}

/// Writes the control plane's static Pods: `control-plane` and `etcd`.
pub(super) fn static_pods(world: &mut World, spec: &NodeSpec) {
    let pods = STATIC_PODS.map(|(name, manifest)| {
        let manifest =
            manifest.replace("@NODE@", &spec.name).replace("@ADDRESS@", &spec.ip).replace("@CLUSTER@", CLUSTER);
        (format!("/etc/kubernetes/manifests/{name}.yaml"), 0o600, manifest)
    });
    write(world, &spec.name, &["/var/lib/etcd"], pods.into());
}

/// Gives the hosts their certificates, keys and kubeconfigs.
pub fn install(world: &mut World, pki: &Pki) {
    let conf = |name: &str, server: &str| {
        let text = pki.kubeconfig(name, server, &Value::Null);
        (format!("/etc/kubernetes/{name}.conf"), 0o600, text)
    };
    let dirs = ["/etc/kubernetes/pki", "/etc/kubernetes/pki/etcd"];
    let mut files: Vec<_> = pki
        .files()
        .into_iter()
        .map(|(name, content)| {
            let mode = if name.ends_with(".key") { 0o600 } else { 0o644 };
            (format!("/etc/kubernetes/pki/{name}"), mode, content)
        })
        .collect();
    files.extend(["admin", "kubelet", "controller-manager", "scheduler"].map(|name| conf(name, &endpoint())));
    write(world, NODES[0], &dirs, files);
    let workers: Vec<String> = world.hosts.nodes().iter().skip(1).map(|node| node.spec.name.clone()).collect();
    for worker in workers {
        let ca = ("/etc/kubernetes/pki/ca.crt".to_owned(), 0o644, pki.ca.certificate.clone());
        write(world, &worker, &dirs[..1], vec![ca, conf("kubelet", &endpoint())]);
    }
}
