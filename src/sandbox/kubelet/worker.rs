//! What a kubelet does for a Pod when: the Pod workers. pkg/kubelet/pod_workers.go and kubelet.go, `syncPod`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::sandbox::World;
use crate::sandbox::object;

use super::{
    Contained, RELIST, Worker, admission, after, deadline, event, eviction, next_tick, node, post, probes, record,
    start, statics, status, stop, volumes, worker_mut, worker_ref, works,
};

/// How long after a sync that failed a Pod is synced again, with up to half as much more: `backOffPeriod`.
const AFTER_FAILURE: Duration = Duration::from_secs(10);
/// Likewise after one that did not: `syncFrequency`.
const RESYNC: Duration = Duration::from_secs(60);
/// `workerResyncIntervalJitterFactor` and `workerBackOffPeriodJitterFactor`.
const JITTER: f64 = 0.5;

/// The API told of a Pod that is assigned to this node.
pub(super) fn told(world: &mut World, node: &str, pod: &Arc<Value>) {
    let uid = object::uid(pod).to_owned();
    let finished = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let runs_something = record(world, node, &uid).is_some_and(|record| record.sandbox.is_some());
    let Some(kubelet) = world.kubelets.running.get_mut(node) else { return };
    if let Some(worker) = kubelet.pods.get_mut(&uid) {
        if worker.gone {
            // Its key is there again: it is started anew once what is left of it has ended.
            worker.back = Some(pod.clone());
            return;
        }
        let before = std::mem::replace(&mut worker.pod, pod.clone());
        let asked = before["spec"] != pod["spec"]
            || before["metadata"]["deletionTimestamp"] != pod["metadata"]["deletionTimestamp"]
            || before["metadata"]["deletionGracePeriodSeconds"] != pod["metadata"]["deletionGracePeriodSeconds"]
            || before["metadata"]["labels"] != pod["metadata"]["labels"];
        if asked {
            sync_after(world, node, &uid, Duration::ZERO);
        }
        post::reconcile(world, node, &uid);
        return;
    }
    // The address is known when the sandbox has been seen.
    let mut status = pod["status"].clone();
    if let Some(fields) = status.as_object_mut().filter(|_| !finished) {
        fields.retain(|field, _| !field.starts_with("podIP"));
    }
    let worker = Worker {
        pod: pod.clone(),
        gone: false,
        back: None,
        status,
        waiting: BTreeMap::new(),
        busy: false,
        stopping: None,
        ended: finished && !runs_something,
        due: None,
        made_something: false,
        killed: None,
        overdue: false,
        evicted: None,
        replaces: false,
        admitted: runs_something,
        probed: BTreeMap::new(),
        relisted: runs_something,
    };
    kubelet.pods.insert(uid.clone(), worker);
    if !finished {
        probes::adopt(world, node, &uid);
        deadline::watch(world, node, &uid);
        eviction::watch(world, node, &uid);
    } else if !runs_something && !object::deleting(pod) {
        // Nothing more can become of it: kubelet.go, `dispatchWork`.
        return;
    }
    sync_after(world, node, &uid, Duration::ZERO);
}

/// A Pod is gone from the API: its containers are stopped, with the grace period that it was last known with.
pub(super) fn gone(world: &mut World, node: &str, pod: &Arc<Value>) {
    let uid = object::uid(pod).to_owned();
    let runs_something = record(world, node, &uid).is_some_and(|record| record.sandbox.is_some());
    let Some(kubelet) = world.kubelets.running.get_mut(node) else { return };
    if !runs_something {
        kubelet.pods.remove(&uid);
        forget(world, node, &uid);
        return;
    }
    let worker = kubelet.pods.entry(uid.clone()).or_insert_with(|| Worker {
        pod: pod.clone(),
        gone: true,
        back: None,
        status: Value::Null,
        waiting: BTreeMap::new(),
        busy: false,
        stopping: None,
        ended: false,
        due: None,
        made_something: false,
        killed: None,
        overdue: false,
        evicted: None,
        replaces: false,
        admitted: true,
        probed: BTreeMap::new(),
        relisted: true,
    });
    (worker.gone, worker.back) = (true, None);
    worker.ended = true;
    worker.pod = pod.clone();
    stop::pod(world, node, &uid);
}

/// Forgets what the runtime had of a Pod.
pub(super) fn forget(world: &mut World, node: &str, uid: &str) {
    let Some(record) = world.kubelets.disks.get_mut(node).and_then(|disk| disk.pods.remove(uid)) else { return };
    volumes::tear_down(world, node, uid);
    let Some(host) = super::asks(world) else { return };
    for contained in record.containers {
        (host.remove_container)(world, node, &contained.id);
    }
}

/// Asks for a sync after `delay`, or earlier if one was asked for.
pub(super) fn sync_after(world: &mut World, node: &str, uid: &str, delay: Duration) {
    let at = world.now() + delay;
    let Some(worker) = worker_ref(world, node, uid) else { return };
    if let Some((event, due)) = worker.due {
        if due <= at {
            return;
        }
        world.cancel(event);
    }
    let owned = uid.to_owned();
    let event = after(world, node, delay, move |world, node| {
        if let Some(worker) = worker_mut(world, node, &owned) {
            worker.due = None;
        }
        sync(world, node, &owned);
    });
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.due = Some((event, at));
    }
}

/// Asks for a sync when the runtime's containers are next compared.
pub(super) fn at_relist(world: &mut World, node: &str, uid: &str) {
    // The relist itself takes some milliseconds.
    let delay = next_tick(world, node, RELIST) + Duration::from_millis(world.rng.u64(5..40));
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.relisted = true;
    }
    sync_after(world, node, uid, delay);
}

/// Ends an action that took time; what was heard meanwhile is done now.
pub(super) fn rest(world: &mut World, node: &str, uid: &str) {
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.busy = false;
    }
    at_relist(world, node, uid);
}

/// Asks for the next sync after one that went well or did not.
pub(super) fn again(world: &mut World, node: &str, uid: &str, well: bool) {
    let period = if well { RESYNC } else { AFTER_FAILURE };
    let delay = period.mul_f64(1.0 + JITTER * world.rng.f64());
    sync_after(world, node, uid, delay);
}

/// Brings a Pod's containers to what they should be, and its status to how they are.
pub(super) fn sync(world: &mut World, node: &str, uid: &str) {
    if !works(world, node) {
        return;
    }
    if super::asks(world).is_some_and(|host| !(host.runtime_runs)(world, node)) {
        // Nothing is known of its containers until the runtime is back and they were listed.
        return sync_after(world, node, uid, RELIST);
    }
    let Some(worker) = worker_ref(world, node, uid) else { return };
    let (pod, gone, stopping) = (worker.pod.clone(), worker.gone, worker.stopping.is_some());
    let (overdue, admitted) = (worker.overdue, worker.admitted || worker.ended);
    let evicted = worker.evicted.clone();
    if worker.busy {
        // A deletion need not wait for an image or a sandbox; everything else does.
        if object::deleting(&pod) && !stopping {
            stop::pod(world, node, uid);
        }
        return;
    }
    if gone {
        if !stopping {
            stop::pod(world, node, uid);
        }
        return;
    }
    if !admitted && !object::deleting(&pod) && !statics::is_static(&pod) {
        if let Some((reason, message)) = admission::refusal(world, node, &pod) {
            return admission::refuse(world, node, uid, &reason, &message);
        }
        if let Some(worker) = worker_mut(world, node, uid) {
            worker.admitted = true;
        }
    }
    if statics::is_static(&pod) {
        statics::keep_mirror(world, node, &pod);
    }
    let mut status = status::generate(world, node, uid);
    if (overdue || evicted.is_some()) && deadline::failed(world, node, uid) {
        // It is over: its status stays as it was when its time ended.
        return;
    }
    if overdue || evicted.is_some() {
        match &evicted {
            Some(message) => eviction::fail(message, &mut status),
            None => deadline::fail(world, node, &pod, &mut status),
        }
        if let Some(worker) = worker_mut(world, node, uid) {
            worker.replaces = true;
        }
    }
    let failed = matches!(status["phase"].as_str(), Some("Failed" | "Succeeded"));
    post::set(world, node, uid, status);
    if object::deleting(&pod) || failed {
        if !stopping {
            stop::pod(world, node, uid);
        }
        return;
    }
    if stopping {
        return;
    }
    // Without a network only Pods of the host's own can be made: kubelet.go, `syncPod`.
    if let Some(why) = node::no_network(world, node)
        && pod["spec"]["hostNetwork"] != true
    {
        let told = format!("network is not ready: {why}");
        event(world, node, &pod, "", "Warning", "NetworkNotReady", &told);
        return again(world, node, uid, false);
    }
    volumes::refresh(world, node, &pod);
    match failed_to_start(world, node, uid) {
        Some(contained) => start::again_after_probe(world, node, uid, &contained, "startup"),
        None => start::containers(world, node, uid),
    }
}

/// A container whose startup probe failed for good.
fn failed_to_start(world: &World, node: &str, uid: &str) -> Option<Contained> {
    let failed = worker_ref(world, node, uid)?.probed.iter().filter(|(_, results)| results.failed_to_start);
    failed.filter_map(|(name, _)| probes::current(world, node, uid, name)).map(|(contained, _)| contained).next()
}
