//! Sandboxes of Pods that are gone, and older ones of Pods that are there: pkg/kubelet/kuberuntime/kuberuntime_gc.go,
//! `evictSandboxes`. On the lab's nodes, which show no sandboxes, nobody collects them.

use std::time::Duration;

use crate::sandbox::{Profile, World};

use super::{after, asks};

/// How often: `ContainerGCPeriod`.
const PERIOD: Duration = Duration::from_secs(60);

/// Collects every minute, while the kubelet runs.
pub(super) fn begin(world: &mut World, node: &str) {
    if world.hosts.profile() == Profile::Kind {
        after(world, node, PERIOD, |world, node| {
            collect(world, node);
            begin(world, node);
        });
    }
}

fn collect(world: &mut World, node: &str) {
    let Some(host) = asks(world).filter(|host| (host.runtime_runs)(world, node)) else { return };
    let Some(kubelet) = world.kubelets.running.get(node) else { return };
    let known: Vec<String> = kubelet.pods.keys().cloned().collect();
    for sandbox in (host.dead_sandboxes)(world, node, &known) {
        (host.remove_pod)(world, node, &sandbox);
    }
}
