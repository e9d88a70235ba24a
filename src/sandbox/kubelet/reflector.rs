//! What a kubelet hears of its Pods: the reflector that lists and watches them. client-go v0.20 tools/cache/reflector.go.

use std::time::Duration;

use jiff::Timestamp;

use crate::sandbox::World;

use super::{after, asks, connected, list_pods, statics};

/// How often heartbeats are sent, and how long one is waited for: `nodeStatusUpdateFrequency`.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// The first pause after a failed list, which doubles, and the longest; chance makes each up to twice as long.
const PAUSES: (Duration, Duration) = (Duration::from_millis(800), Duration::from_secs(30));

/// What a kubelet remembers of it.
#[derive(Debug, Default)]
pub(super) struct Reflector {
    /// Whether it has listed its Pods since it last reached the API.
    listed: bool,
    /// Since when there is no network.
    cut: Option<Timestamp>,
    /// When it tries to list its Pods again, once there is one.
    tries: Option<Timestamp>,
}

/// Whether a kubelet hears of its Pods.
pub(super) fn knows_pods(world: &World, node: &str) -> bool {
    world.kubelets.running.get(node).is_some_and(|kubelet| kubelet.reflector.listed)
}

/// A kubelet did not hear of one of its Pods: it lists them again when it can.
pub(super) fn missed(world: &mut World, node: &str) {
    if let Some(kubelet) = world.kubelets.running.get_mut(node) {
        kubelet.reflector.listed = false;
    }
}

/// Whether a kubelet that was cut off from the network does not try to list its Pods yet.
fn waits(world: &mut World, node: &str) -> bool {
    let (now, linked) = (world.now(), asks(world).is_some_and(|host| (host.is_linked)(world, node)));
    let Some(known) = world.kubelets.running.get_mut(node).map(|kubelet| &mut kubelet.reflector) else { return true };
    if !linked {
        known.cut.get_or_insert(now);
        known.tries = None;
        return true;
    }
    if let Some(since) = known.cut.take() {
        let tries = next_try(world, since);
        if let Some(kubelet) = world.kubelets.running.get_mut(node) {
            kubelet.reflector.tries = Some(tries);
        }
        return tries > now;
    }
    known.tries.is_some_and(|tries| tries > now)
}

/// When the reflector of a kubelet that was cut off at a time tries again: its watch goes on as if nothing had been, unless a
/// heartbeat has failed meanwhile, which closes all connections (pkg/kubelet/kubelet_node_status.go,
/// `onRepeatedHeartbeatFailure`); then it lists anew after ever longer pauses.
fn next_try(world: &mut World, cut: Timestamp) -> Timestamp {
    let now = world.now();
    let closed = HEARTBEAT + HEARTBEAT.mul_f64(world.rng.f64());
    if now.duration_since(cut).unsigned_abs() < closed {
        return now;
    }
    let (mut at, mut pause) = (cut + closed, PAUSES.0);
    while at <= now {
        at += pause.mul_f64(1.0 + world.rng.f64());
        pause = (pause * 2).min(PAUSES.1);
    }
    at
}

/// Lists the node's Pods once the API is there, and again whenever it was away.
pub(super) fn watch_pods(world: &mut World, node: &str) {
    statics::look(world, node);
    let (there, registered) =
        (connected(world, node), world.kubelets.running.get(node).is_some_and(|k| k.node.registered));
    let listed = knows_pods(world, node);
    let there = there && registered && !waits(world, node);
    if let Some(kubelet) = world.kubelets.running.get_mut(node) {
        kubelet.reflector.listed = there;
    }
    if there && !listed {
        list_pods(world, node);
    }
    after(world, node, Duration::from_secs(1), watch_pods);
}
