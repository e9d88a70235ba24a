//! A kubelet's Node: registration, lease, status. pkg/kubelet/kubelet_node_status.go and nodestatus/setters.go.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::object;

use super::reflector::watch_pods;
use super::{after, asks, connected, event};

/// How often the status is computed: `nodeStatusUpdateFrequency`.
const COMPUTED: Duration = Duration::from_secs(10);
/// How often it is posted when nothing changed: `nodeStatusReportFrequency`.
const POSTED: Duration = Duration::from_secs(300);
/// How long the lease is good: `nodeLeaseDurationSeconds`; it is renewed four times as often.
const LEASE: Duration = Duration::from_secs(40);
/// Both with up to this share more: `JitterUntil(…, 0.04)`.
const JITTER: f64 = 0.04;
/// How long after its registration a node is ready: its runtime has to be looked at first.
const READY_AFTER: Duration = Duration::from_millis(2100);
/// The namespace of leases.
const LEASES: &str = "kube-node-lease";

/// A condition: type, status, reason, message; and the event of coming to it.
type Condition = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// The conditions of a node that is well.
const CONDITIONS: [Condition; 4] = [
    (
        "MemoryPressure",
        "False",
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
        "NodeHasSufficientMemory",
    ),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", "NodeHasNoDiskPressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", "NodeHasSufficientPID"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status", "NodeReady"),
];

/// What a kubelet knows of its Node.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) registered: bool,
    posted: Option<Timestamp>,
    /// When the runtime last answered.
    answered: Option<Timestamp>,
    /// Whether it last told that no Pods are to be scheduled here.
    unschedulable: bool,
}

/// A kubelet began: it registers its Node and says so.
pub(super) fn began(world: &mut World, node: &str) {
    let delay = Duration::from_millis(world.rng.u64(150..350));
    after(world, node, delay, register);
    after(world, node, delay + Duration::from_millis(30), lease);
    after(world, node, delay + Duration::from_millis(60), watch_pods);
    ask_runtime(world, node);
}

fn register(world: &mut World, node: &str) {
    if !connected(world, node) {
        after(world, node, Duration::from_millis(500), register);
        return;
    }
    let about = json!({"kind": "Node", "metadata": {"name": node, "uid": node}});
    event(world, node, &about, "", "Normal", "Starting", "Starting kubelet.");
    let known = world.api("kubelet").get("nodes", None, node).ok();
    let new = known.is_none();
    let lately = asks(world).is_some_and(|host| (host.started_lately)(world, node));
    // A node's init gives its Node a network once; the controllers of a kind cluster do whenever there is none.
    let own = asks(world).map(|host| (host.describe)(world, node)["podCIDR"].clone()).unwrap_or_default();
    let given = lately || !own.is_string();
    if new {
        let made = made(world, node, if lately { &own } else { &Value::Null });
        if world.api("kubelet").create("nodes", None, made).is_err() {
            after(world, node, Duration::from_millis(500), register);
            return;
        }
        make_csi_node(world, node);
        if given {
            after(world, node, READY_AFTER, status);
        }
    } else if lately {
        // Its containers are not known yet: PLEG has not relisted.
        after(world, node, Duration::from_millis(20), not_ready);
        let delay = Duration::from_millis(world.rng.u64(400..900));
        after(world, node, delay, move |world, node| {
            give_network(world, node, &own);
            status(world, node);
        });
    } else if known.is_some_and(|known| known["spec"]["podCIDR"].is_string()) {
        after(world, node, Duration::from_millis(20), status);
    } else {
        // Only a Node with a network is told of at once when all is well: `fastStatusUpdateOnce`.
        after(world, node, Duration::from_millis(20), not_ready);
    }
    if let Some(kubelet) = world.kubelets.running.get_mut(node) {
        kubelet.node.registered = true;
    }
    // Preparing a Node to register tells of its conditions; while the API server starts too that is tried twice.
    let told = if new && given { 2 } else { 1 };
    for (.., reason) in CONDITIONS[..3].iter().cycle().take(3 * told) {
        event(world, node, &about, "", "Normal", reason, &format!("Node {node} status is now: {reason}"));
    }
    event(world, node, &about, "", "Normal", "NodeAllocatableEnforced", "Updated Node Allocatable limit across pods");
    schedule_status(world, node);
}

fn schedule_status(world: &mut World, node: &str) {
    let delay = jittered(world, COMPUTED);
    after(world, node, delay, |world, node| {
        status(world, node);
        schedule_status(world, node);
    });
}

fn jittered(world: &mut World, period: Duration) -> Duration {
    period.mul_f64(1.0 + JITTER * world.rng.f64())
}

/// Gives a Node that has no network its host's.
fn give_network(world: &mut World, node: &str, own: &Value) {
    let Some(known) = world.informers.get("nodes", "", node).filter(|_| own.is_string()) else { return };
    if known["spec"]["podCIDR"].is_string() {
        return;
    }
    let mut updated = Value::clone(&known);
    set_network(&mut updated, own);
    // Refused on a conflict only: then it has none, as one that registers later.
    let _ = world.api("kubectl").update("nodes", None, updated);
}

fn set_network(node: &mut Value, range: &Value) {
    if range.is_string() {
        node["spec"]["podCIDR"] = range.clone();
        node["spec"]["podCIDRs"] = json!([range]);
    }
}

/// The Node as it is registered, with the range of its Pods' addresses if it is known.
fn made(world: &World, node: &str, range: &Value) -> Value {
    let host = asks(world).map_or(Value::Null, |host| (host.describe)(world, node));
    let mut labels = json!({
        "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": node, "kubernetes.io/os": "linux",
    });
    for (key, value) in host["labels"].as_object().into_iter().flatten() {
        labels[key] = value.clone();
    }
    let mut made = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": node, "labels": labels,
            "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true"},
        },
        "spec": {},
        "status": {
            "capacity": host["capacity"], "allocatable": host["capacity"], "conditions": unready(world, node),
            "addresses": host["addresses"], "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": host["nodeInfo"], "images": host["images"],
        },
    });
    for (key, value) in host["annotations"].as_object().into_iter().flatten() {
        made["metadata"]["annotations"][key] = value.clone();
    }
    set_network(&mut made, range);
    if host["providerID"].is_string() {
        made["spec"]["providerID"] = host["providerID"].clone();
    }
    if !object::items(&host["taints"]).is_empty() {
        made["spec"]["taints"] = host["taints"].clone();
    }
    made
}

fn make_csi_node(world: &mut World, node: &str) {
    let Ok(owner) = world.api("kubelet").get("nodes", None, node) else { return };
    let reference = json!({"apiVersion": "v1", "kind": "Node", "name": node, "uid": object::uid(&owner)});
    let made = json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "CSINode",
        "metadata": {"name": node, "ownerReferences": [reference]}, "spec": {"drivers": null},
    });
    // Nothing needs it: a server without the resource is no reason not to go on.
    let _ = world.api("kubelet").create("csinodes", None, made);
}

/// The conditions of a node that was just registered.
fn unready(world: &World, node: &str) -> Value {
    let mut conditions = conditions(world, node, &Value::Null);
    conditions[3]["status"] = json!("False");
    conditions[3]["reason"] = json!("KubeletNotReady");
    conditions[3]["message"] = json!("[container runtime status check may not have completed yet]");
    conditions
}

/// Why no Pod can have an address: the runtime has no network configured. pkg/kubelet/runtime.go and containerd's status.
pub(super) fn no_network(world: &World, node: &str) -> Option<&'static str> {
    let lacks = asks(world).is_some_and(|host| !(host.has_network)(world, node));
    lacks.then_some(
        "runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: \
         cni plugin not initialized",
    )
}

/// How long a runtime may be silent: `baseRuntimeSyncThreshold`, `maxWaitForContainerRuntime`.
const SILENT: Duration = Duration::from_secs(30);

/// How often a runtime is asked how it is: `updateRuntimeUp`.
const ASKED: Duration = Duration::from_secs(5);

/// Asks a node's runtime how it is, from now on.
fn ask_runtime(world: &mut World, node: &str) {
    let answers = asks(world).is_some_and(|host| (host.runtime_runs)(world, node));
    let now = world.now();
    if let Some(kubelet) = world.kubelets.running.get_mut(node)
        && (answers || kubelet.node.answered.is_none())
    {
        kubelet.node.answered = Some(now);
    }
    after(world, node, ASKED, ask_runtime);
}

/// Whether a node's runtime has not answered for long.
fn is_down(world: &World, node: &str) -> bool {
    let answered = world.kubelets.running.get(node).and_then(|kubelet| kubelet.node.answered);
    answered.is_some_and(|at| world.now().duration_since(at).unsigned_abs() > SILENT)
}

/// The conditions as they should be now, the last being whether the node is ready.
fn wanted(world: &World, node: &str) -> [Condition; 4] {
    let mut conditions = CONDITIONS;
    if let Some(why) = no_network(world, node) {
        conditions[3] = ("Ready", "False", "KubeletNotReady", why, "NodeNotReady");
    }
    if is_down(world, node) {
        conditions[3] = ("Ready", "False", "KubeletNotReady", "container runtime is down", "NodeNotReady");
    }
    conditions
}

/// The conditions now, each with the time of its last transition as in the Node before.
fn conditions(world: &World, node: &str, before: &Value) -> Value {
    let now = object::time(world.now());
    let conditions = wanted(world, node).map(|(kind, status, reason, message, _)| {
        let known = object::condition(before, kind).filter(|known| known["status"] == status);
        let since = known.map_or_else(|| now.clone(), |known| known["lastTransitionTime"].clone());
        json!({"type": kind, "status": status, "lastHeartbeatTime": now, "lastTransitionTime": since,
               "reason": reason, "message": message})
    });
    json!(conditions)
}

/// Posts the first status after the host started: the runtime is not known to work.
fn not_ready(world: &mut World, node: &str) {
    let Some(known) = world.informers.get("nodes", "", node).filter(|_| connected(world, node)) else { return };
    let now = object::time(world.now());
    let mut updated = Value::clone(&known);
    updated["status"]["conditions"] = conditions(world, node, &known);
    updated["status"]["conditions"][3] = json!({
        "type": "Ready", "status": "False", "lastHeartbeatTime": now, "lastTransitionTime": now,
        "reason": "KubeletNotReady", "message": "PLEG is not healthy: pleg has yet to be successful",
    });
    let mut changed = changed(world, node, &known);
    changed.retain(|(kind, ..)| *kind != "Ready");
    // Refused on a conflict: the next status is soon.
    if world.api("kubelet").update_status("nodes", None, updated).is_ok() {
        changed.push(("Ready", "False", "", "", "NodeNotReady"));
        tell_changed(world, node, &changed);
    }
}

/// The conditions that are not as a Node has them.
fn changed(world: &World, node: &str, known: &Value) -> Vec<Condition> {
    let differs =
        |(kind, status, ..): &Condition| object::condition(known, kind).is_none_or(|c| c["status"] != *status);
    wanted(world, node).into_iter().filter(differs).collect()
}

/// Posts the status if it changed, or if that was long ago.
fn status(world: &mut World, node: &str) {
    if !connected(world, node) {
        return;
    }
    let Some(kubelet) = world.kubelets.running.get(node) else { return };
    if !kubelet.node.registered {
        return;
    }
    let posted = kubelet.node.posted;
    let Some(known) = world.informers.get("nodes", "", node) else {
        // Its Node was deleted: a kubelet registers only once, when it starts.
        return;
    };
    tell_schedulable(world, node, known["spec"]["unschedulable"] == true);
    let changed = changed(world, node, &known);
    let old = posted.is_none_or(|posted| world.now().duration_since(posted).unsigned_abs() >= POSTED);
    if changed.is_empty() && !old {
        return;
    }
    let mut updated = Value::clone(&known);
    updated["status"]["conditions"] = conditions(world, node, &known);
    if let Some(host) = asks(world).map(|host| (host.describe)(world, node)) {
        for field in ["addresses", "nodeInfo", "images"] {
            updated["status"][field] = host[field].clone();
        }
    }
    if world.api("kubelet").update_status("nodes", None, updated).is_err() {
        return;
    }
    let now = world.now();
    if let Some(kubelet) = world.kubelets.running.get_mut(node) {
        kubelet.node.posted = Some(now);
    }
    tell_changed(world, node, &changed);
}

/// Tells when a node was cordoned or uncordoned: `recordNodeSchedulableEvent`.
fn tell_schedulable(world: &mut World, node: &str, unschedulable: bool) {
    let Some(kubelet) = world.kubelets.running.get_mut(node) else { return };
    if std::mem::replace(&mut kubelet.node.unschedulable, unschedulable) == unschedulable {
        return;
    }
    let reason = if unschedulable { "NodeNotSchedulable" } else { "NodeSchedulable" };
    let about = json!({"kind": "Node", "metadata": {"name": node, "uid": node}});
    event(world, node, &about, "", "Normal", reason, &format!("Node {node} status is now: {reason}"));
}

fn tell_changed(world: &mut World, node: &str, changed: &[Condition]) {
    let about = json!({"kind": "Node", "metadata": {"name": node, "uid": node}});
    for (.., reason) in changed {
        event(world, node, &about, "", "Normal", reason, &format!("Node {node} status is now: {reason}"));
    }
}

/// Renews the lease, or makes it.
fn lease(world: &mut World, node: &str) {
    if connected(world, node) {
        renew(world, node);
    }
    let delay = jittered(world, LEASE / 4);
    after(world, node, delay, lease);
}

fn renew(world: &mut World, node: &str) {
    let now = object::micro_time(world.now());
    if let Ok(known) = world.api("kubelet").get("leases", Some(LEASES), node) {
        let mut lease = Value::clone(&known);
        lease["spec"]["renewTime"] = now;
        // Refused on a conflict: the next renewal is soon.
        let _ = world.api("kubelet").update("leases", Some(LEASES), lease);
        return;
    }
    let Ok(owner) = world.api("kubelet").get("nodes", None, node) else { return };
    let reference = json!({"apiVersion": "v1", "kind": "Node", "name": node, "uid": object::uid(&owner)});
    let made = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": node, "namespace": LEASES, "ownerReferences": [reference]},
        "spec": {"holderIdentity": node, "leaseDurationSeconds": LEASE.as_secs(), "renewTime": now},
    });
    // Without its namespace it is refused: the next renewal makes it.
    let _ = world.api("kubelet").create("leases", Some(LEASES), made);
}
