//! Probes: exec in the container. pkg/kubelet/prober. HTTP and TCP probes are taken as passed: containers here listen on
//! nothing, so failing them would kill what in life runs.

use std::time::Duration;

use serde_json::Value;

use crate::sandbox::World;
use crate::sandbox::object;

use super::{after, asks, event, record, state, stop, worker, worker_mut, worker_ref};

/// What the probes of a container last said.
#[derive(Debug, Clone, Default)]
pub(super) struct Results {
    /// The readiness probe passed, or there is none.
    pub(super) ready: bool,
    /// The startup probe passed, or there is none.
    pub(super) started: bool,
}

const KINDS: [&str; 3] = ["startupProbe", "livenessProbe", "readinessProbe"];

/// A container began: so do its probes.
pub(super) fn began(world: &mut World, node: &str, uid: &str, name: &str) {
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return };
    let spec = stop::spec_of(&pod, name);
    let has = |kind: &str| spec[kind].is_object();
    let probed = |kind: &str| spec[kind]["exec"].is_object();
    let results = Results { ready: !probed("readinessProbe"), started: !probed("startupProbe") };
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.probed.insert(name.to_owned(), results);
    }
    let id = current(world, node, uid, name);
    for kind in KINDS.into_iter().filter(|kind| has(kind) && probed(kind)) {
        let delay = Duration::from_secs(object::int(&spec[kind]["initialDelaySeconds"], 0).unsigned_abs());
        let period = period(&spec[kind]);
        // The first probe comes within a period, as a worker's first tick does.
        let delay = delay.max(period.mul_f64(world.rng.f64() * 0.2));
        schedule(world, node, uid, name, id.clone(), kind, Count::default(), delay);
    }
}

/// After a restart of the kubelet its running containers count as they were until a probe says otherwise.
pub(super) fn adopt(world: &mut World, node: &str, uid: &str) {
    let Some(known) = record(world, node, uid) else { return };
    let running: Vec<_> =
        known.containers.iter().filter(|c| state(world, node, c).is_some_and(|s| s.running)).cloned().collect();
    for contained in running {
        began(world, node, uid, &contained.name);
        if let Some(worker) = worker_mut(world, node, uid) {
            let was = object::items(&worker.status["containerStatuses"])
                .iter()
                .find(|s| s["name"] == contained.name.as_str());
            let results = was.map(|was| Results { ready: was["ready"] == true, started: was["started"] == true });
            if let Some(results) = results {
                worker.probed.insert(contained.name.clone(), results);
            }
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    passed: i64,
    failed: i64,
}

fn period(probe: &Value) -> Duration {
    Duration::from_secs(object::int(&probe["periodSeconds"], 10).max(1).unsigned_abs())
}

fn current(world: &World, node: &str, uid: &str, name: &str) -> Option<String> {
    let known = record(world, node, uid)?.containers.iter().rev().find(|contained| contained.name == name)?;
    state(world, node, known).filter(|state| state.running)?;
    Some(known.id.clone())
}

#[allow(clippy::too_many_arguments)]
fn schedule(
    world: &mut World,
    node: &str,
    uid: &str,
    name: &str,
    id: Option<String>,
    kind: &'static str,
    count: Count,
    delay: Duration,
) {
    let (uid, name) = (uid.to_owned(), name.to_owned());
    after(world, node, delay, move |world, node| {
        if id.is_none() || current(world, node, &uid, &name) != id {
            return;
        }
        let Some(worker) = worker_ref(world, node, &uid).filter(|worker| worker.stopping.is_none()) else { return };
        let pod = worker.pod.clone();
        let waits = kind != "startupProbe" && worker.probed.get(&name).is_some_and(|results| !results.started);
        let probe = stop::spec_of(&pod, &name)[kind].clone();
        let period = period(&probe);
        if waits {
            return schedule(world, node, &uid, &name, id, kind, Count::default(), period);
        }
        let Some((host, container)) = asks(world).zip(id.clone()) else { return };
        let command: Vec<String> =
            object::items(&probe["exec"]["command"]).iter().filter_map(|c| c.as_str().map(str::to_owned)).collect();
        let of = node.to_owned();
        let done: super::runtime::Ran = Box::new(move |world, code, output| {
            let count = judge(world, &of, &uid, &name, kind, &probe, count, code, &output);
            if let Some(count) = count {
                schedule(world, &of, &uid, &name, id, kind, count, period);
            }
        });
        (host.exec)(world, node, &container, &command, done);
    });
}

/// Counts a result; none: the container is being stopped, or the probe has done its work.
#[allow(clippy::too_many_arguments)]
fn judge(
    world: &mut World,
    node: &str,
    uid: &str,
    name: &str,
    kind: &'static str,
    probe: &Value,
    mut count: Count,
    code: i32,
    output: &str,
) -> Option<Count> {
    let pod = worker_ref(world, node, uid)?.pod.clone();
    if code == 0 {
        count = Count { passed: count.passed + 1, failed: 0 };
    } else {
        count = Count { passed: 0, failed: count.failed + 1 };
        let what = match kind {
            "startupProbe" => "Startup",
            "livenessProbe" => "Liveness",
            _ => "Readiness",
        };
        let message = format!("{what} probe failed: {output}");
        event(world, node, &pod, &stop::field_path(&pod, name), "Warning", "Unhealthy", &message);
    }
    let passed = count.passed >= object::int(&probe["successThreshold"], 1);
    let failed = count.failed >= object::int(&probe["failureThreshold"], 3);
    if failed && kind != "readinessProbe" {
        let id = current(world, node, uid, name)?;
        let contained = record(world, node, uid)?.containers.iter().find(|known| known.id == id)?.clone();
        let what = if kind == "startupProbe" { "startup" } else { "liveness" };
        let message = format!("Container {name} failed {what} probe, will be restarted");
        let grace = stop::grace(&pod, None);
        stop::container(world, node, uid, &contained, grace, Some(message));
        return None;
    }
    let results = worker_mut(world, node, uid)?.probed.entry(name.to_owned()).or_default();
    let before = results.clone();
    match kind {
        "startupProbe" if passed => results.started = true,
        "readinessProbe" if passed => results.ready = true,
        "readinessProbe" if failed => results.ready = false,
        _ => {}
    }
    let changed = before.ready != results.ready || before.started != results.started;
    if changed {
        worker::sync_after(world, node, uid, Duration::ZERO);
    }
    (kind != "startupProbe" || !passed).then_some(count)
}
