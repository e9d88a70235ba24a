//! What `kindest/node:v1.20.2` and the images on it begin with. images/base of kind v0.10.0.

use std::sync::{Arc, OnceLock};

use super::super::files::Entry;
use super::super::systemd::WANTS;
use super::{Image, Tree, busybox, programs};

/// When the node image was built: 20 January 2021, 00:04 UTC.
const BUILT: i64 = 1_611_101_040;

/// What the lab's nodes have and kind's have not.
const NOT_THERE: [&str; 11] = [
    "/usr/bin/containerd",
    "/usr/bin/containerd-shim-runc-v2",
    "/usr/bin/ctr",
    "/usr/bin/etcd",
    "/usr/bin/etcdctl",
    "/usr/bin/kube-apiserver",
    "/usr/bin/kube-controller-manager",
    "/usr/bin/kube-scheduler",
    "/usr/bin/labkube",
    "/usr/local/bin/node-init",
    "/etc/cni/net.d/10-bridge.conflist",
];

const OS_RELEASE: &str = "NAME=\"Ubuntu\"\nVERSION=\"20.10 (Groovy Gorilla)\"\nID=ubuntu\nID_LIKE=debian\n\
    PRETTY_NAME=\"Ubuntu 20.10\"\nVERSION_ID=\"20.10\"\nHOME_URL=\"https://www.ubuntu.com/\"\n\
    SUPPORT_URL=\"https://help.ubuntu.com/\"\nBUG_REPORT_URL=\"https://bugs.launchpad.net/ubuntu/\"\n\
    PRIVACY_POLICY_URL=\"https://www.ubuntu.com/legal/terms-and-policies/privacy-policy\"\n\
    VERSION_CODENAME=groovy\nUBUNTU_CODENAME=groovy\n";
const CONTAINERD: &str = "version = 2\n\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\n  \
    default_runtime_name = \"runc\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n  \
    runtime_type = \"io.containerd.runc.v2\"\n\
    [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.test-handler]\n  \
    runtime_type = \"io.containerd.runc.v2\"\n\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  \
    sandbox_image = \"k8s.gcr.io/pause:3.3\"\n  tolerate_missing_hugepages_controller = true\n  \
    snapshotter = \"overlayfs\"\n";
const CONTAINERD_UNIT: &str = "[Unit]\nDescription=containerd container runtime\nDocumentation=https://containerd.io\n\
    After=network.target\nStartLimitIntervalSec=0\n\n[Service]\nExecStartPre=-/sbin/modprobe overlay\n\
    ExecStart=/usr/local/bin/containerd\nRestart=always\nRestartSec=1\n\nDelegate=yes\nKillMode=process\n\
    Restart=always\nLimitNPROC=infinity\nLimitCORE=infinity\nLimitNOFILE=infinity\nTasksMax=infinity\n\n[Install]\n\
    WantedBy=multi-user.target\n";
const KUBELET_UNIT: &str = "[Unit]\nDescription=kubelet: The Kubernetes Node Agent\n\
    Documentation=http://kubernetes.io/docs/\n\n[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\n\
    StartLimitInterval=0\nRestartSec=1s\n\n[Install]\nWantedBy=multi-user.target\n";
const KUBELET_DROP_IN: &str = "[Service]\n\
    Environment=\"KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \
    --kubeconfig=/etc/kubernetes/kubelet.conf\"\n\
    Environment=\"KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml\"\n\
    EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nEnvironmentFile=-/etc/default/kubelet\n\
    ExecStartPre=/bin/sh -euc \"if [ -f /sys/fs/cgroup/cgroup.controllers ]; then create-kubelet-cgroup-v2; fi\"\n\
    ExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS \
    $KUBELET_EXTRA_ARGS --cgroup-root=/kubelet\n";

/// The files of a kind node, from those of a node of the lab.
pub(super) fn node(mut tree: Tree) -> Tree {
    let at = jiff::Timestamp::from_second(BUILT).unwrap_or_default();
    for path in NOT_THERE {
        tree.remove(path);
    }
    for dir in [
        "/etc/default",
        "/etc/kubernetes/manifests",
        "/etc/systemd",
        "/etc/systemd/system",
        "/etc/systemd/system/kubelet.service.d",
        WANTS,
        "/kind",
        "/kind/manifests",
        "/opt/cni/bin",
        "/run/systemd",
        "/usr/lib/systemd",
        "/usr/lib/systemd/system",
        "/usr/local/sbin",
        "/var/lib/kubelet",
    ] {
        tree.insert(dir.to_owned(), Entry::dir(0o755, at));
    }
    programs(&mut tree, "/usr/bin", "journalctl kubeadm kubectl kubelet systemctl systemd-analyze", at);
    programs(&mut tree, "/usr/local/bin", "containerd containerd-shim-runc-v2 crictl ctr entrypoint", at);
    programs(&mut tree, "/usr/local/sbin", "runc", at);
    programs(&mut tree, "/opt/cni/bin", "host-local loopback portmap ptp", at);
    programs(&mut tree, "/usr/lib/systemd", "systemd systemd-journald", at);
    for (name, size) in [("kubelet", 118_000_000), ("kubectl", 43_000_000), ("kubeadm", 42_000_000)] {
        if let Some(entry) = tree.get_mut(&format!("/usr/bin/{name}")) {
            *entry = Entry { size, ..Entry::file(0o755, "", at) };
        }
    }
    for (path, to) in [("/usr/sbin/init", "/lib/systemd/systemd"), ("/usr/bin/systemd", "/lib/systemd/systemd")] {
        tree.insert(path.to_owned(), Entry::link(to, at));
    }
    for unit in ["containerd.service", "kubelet.service"] {
        tree.insert(format!("{WANTS}/{unit}"), Entry::link(&format!("/etc/systemd/system/{unit}"), at));
    }
    for (path, content) in [
        ("/etc/containerd/config.toml", CONTAINERD),
        ("/etc/crictl.yaml", "runtime-endpoint: unix:///run/containerd/containerd.sock"),
        ("/etc/debian_version", "bullseye/sid\n"),
        ("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--fail-swap-on=false"),
        ("/etc/systemd/system/containerd.service", CONTAINERD_UNIT),
        ("/etc/systemd/system/kubelet.service", KUBELET_UNIT),
        ("/etc/systemd/system/kubelet.service.d/10-kubeadm.conf", KUBELET_DROP_IN),
        ("/kind/version", "v1.20.2"),
        ("/usr/lib/os-release", OS_RELEASE),
    ] {
        tree.insert(path.to_owned(), Entry::file(0o644, content, at));
    }
    tree
}

/// An image of a kind node: its programs beyond a shell's, whether it has that, and how it starts.
type Known = (&'static str, &'static str, bool, &'static [&'static str], &'static [&'static str]);

const IMAGES: [Known; 8] = [
    ("/etcd", "/usr/local/bin/etcd /usr/local/bin/etcdctl", true, &[], &[]),
    ("/kube-apiserver", "/usr/local/bin/kube-apiserver /go-runner", false, &[], &[]),
    ("/kube-controller-manager", "/usr/local/bin/kube-controller-manager /go-runner", false, &[], &[]),
    ("/kube-scheduler", "/usr/local/bin/kube-scheduler /go-runner", false, &[], &[]),
    ("/kube-proxy", "/usr/local/bin/kube-proxy /usr/sbin/iptables", true, &[], &["/bin/sh"]),
    ("/coredns", "/coredns", false, &["/coredns"], &[]),
    ("/kindnetd", "/bin/kindnetd /usr/sbin/iptables", true, &[], &["/bin/kindnetd"]),
    ("/local-path-provisioner", "/usr/bin/local-path-provisioner", true, &[], &["local-path-provisioner"]),
];

/// One of the images that are on a kind node.
pub(super) fn container(image: &str) -> Option<Image> {
    static TREES: OnceLock<Vec<Arc<Tree>>> = OnceLock::new();
    let repository = image.split([':', '@']).next().unwrap_or_default();
    let at = IMAGES.iter().position(|(name, ..)| repository.ends_with(name))?;
    let trees = TREES.get_or_init(|| IMAGES.iter().map(|known| Arc::new(tree(known))).collect());
    let (.., entrypoint, command) = IMAGES[at];
    Some(Image { files: trees[at].clone(), entrypoint, command })
}

fn tree((_, names, shell, ..): &Known) -> Tree {
    let at = jiff::Timestamp::from_second(BUILT).unwrap_or_default();
    let mut tree = Tree::clone(&busybox());
    if !shell {
        tree.retain(|path, entry| entry.is_dir() || path.starts_with("/etc") || path.starts_with("/dev"));
    }
    for dir in ["/usr/local", "/usr/local/bin", "/usr/bin"] {
        tree.insert(dir.to_owned(), Entry::dir(0o755, at));
    }
    for name in names.split_whitespace() {
        tree.insert(name.to_owned(), Entry { size: 43_888_000, ..Entry::file(0o755, "", at) });
    }
    tree
}
