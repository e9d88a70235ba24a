//! The programs of a kind node that run until they are told to end, and how each of them ends then.

use std::time::Duration;

use super::{Env, kindnetd, startup};
use crate::sandbox::Profile;
use crate::sandbox::apiserver;
use crate::sandbox::host::process::SIGTERM;
use crate::sandbox::host::sys::Sys;
use crate::sandbox::host::{node, systemd};

const SIGINT: i32 = 2;

/// How long CoreDNS answers on after SIGTERM: `lameduck 5s` in its Corefile.
const LAME_DUCK: Duration = Duration::from_secs(5);

/// How long a kube-apiserver waits after SIGTERM for requests to end, while it takes no new ones: `--request-timeout`.
const DRAINED: Duration = Duration::from_secs(60);

/// How long a kubelet takes until it works: v1.20's cAdvisor asks five times for a Docker Engine before anything else.
const TO_WORK: Duration = Duration::from_millis(5300);

/// Whether a name is that of such a program.
pub(in crate::sandbox::host) fn is(name: &str) -> bool {
    matches!(
        name,
        "containerd"
            | "coredns"
            | "etcd"
            | "kindnetd"
            | "kube-apiserver"
            | "kube-controller-manager"
            | "kube-proxy"
            | "kube-scheduler"
            | "kubelet"
            | "local-path-provisioner"
            | "systemd-journald"
    )
}

/// Runs one until it is told to end; its exit code.
pub(super) async fn main(sys: &Sys, name: &str, env: &Env) -> i32 {
    if name == "kubelet" {
        if let Some(code) = cannot_start(sys).await {
            return code;
        }
        kubelet_starts(sys).await;
    }
    sys.process(|process| process.handled.extend([SIGINT, SIGTERM])).await;
    startup::says(sys, name).await;
    if name == "kindnetd" {
        return kindnetd::main(sys, env).await;
    }
    systemd::signal(sys).await;
    match name {
        // v1.20's have no handler: Go ends a program whose signal the kernel ignores, as for the first process of a
        // container, with 2 (runtime, `dieFromSignal`).
        "kube-controller-manager" | "kube-scheduler" | "kube-proxy" => 2,
        "coredns" => {
            sys.sleep(LAME_DUCK).await;
            0
        }
        _ => 0,
    }
}

/// A kube-apiserver that is told to end waits for its clients, whose watches keep it for as long as it waits for them.
pub(super) async fn api_server(sys: &Sys) -> i32 {
    sys.process(|process| process.handled.extend([SIGINT, SIGTERM])).await;
    systemd::signal(sys).await;
    sys.process(|process| process.drains = true).await;
    sys.with(|world, _| apiserver::leave(world)).await;
    sys.sleep(DRAINED).await;
    0
}

/// A kubelet comes to work, unless its cluster is only being made: how long that takes is in [`Profile::up`].
///
/// [`Profile::up`]: crate::sandbox::Profile::up
pub(super) async fn kubelet_starts(sys: &Sys) {
    if sys.with(|world, me| !node::is_first_start(world, me.node)).await {
        sys.sleep(TO_WORK).await;
    }
    sys.with(|world, me| node::kubelet_began(world, me.node)).await;
}

/// A kubelet without its configuration ends at once: cmd/kubelet/app/server.go.
async fn cannot_start(sys: &Sys) -> Option<i32> {
    let kind = sys.with(|world, me| world.hosts.nodes[me.node].spec.profile == Profile::Kind).await;
    let there = sys.files(|files, _| files.get("/var/lib/kubelet/config.yaml").is_some()).await;
    if !kind || there {
        return None;
    }
    let pid = sys.process(|process| process.pid).await;
    let now = sys.with(|world, _| world.now()).await;
    let stamp = super::klog(now, 'F', pid, "server.go:198");
    sys.err(format!(
        "{stamp} failed to load Kubelet config file /var/lib/kubelet/config.yaml, error failed to read kubelet config \
         file \"/var/lib/kubelet/config.yaml\", error: open /var/lib/kubelet/config.yaml: no such file or directory\n"
    ))
    .await;
    Some(255)
}
