//! Probes: a command in the container, an HTTP request, a connection. pkg/kubelet/prober, `worker.go`.
//!
//! Each probe of a container ticks from a random moment of its first period on, as long as its Pod is there, whether the
//! container runs or not.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::sandbox::World;
use crate::sandbox::object;

use super::runtime::{ContainerState, NOT_STARTED};
use super::{Contained, after, asks, event, record, start, state, stop, worker, worker_mut, worker_ref};

/// What the probes of a container last said.
#[derive(Debug, Clone, Default)]
pub(super) struct Results {
    /// The readiness probe passed, or there is none.
    pub(super) ready: bool,
    /// The startup probe passed, or there is none.
    pub(super) started: bool,
    /// The startup probe failed for good: the container is killed when its Pod is next synced. Of all versions only 1.20
    /// waits for that (kubernetes#98007).
    pub(super) failed_to_start: bool,
}

const KINDS: [&str; 3] = ["startupProbe", "livenessProbe", "readinessProbe"];

/// One probe of one container, while its Pod is there.
struct Probe {
    uid: String,
    name: String,
    kind: &'static str,
    /// Its first tick.
    first: Timestamp,
    /// The container that it last looked at.
    id: Option<String>,
    /// It failed for good: nothing is asked until there is another container.
    held: bool,
    passed: i64,
    failed: i64,
}

/// A Pod is there: its probes begin to tick.
pub(super) fn pod_came(world: &mut World, node: &str, uid: &str) {
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return };
    for spec in object::items(&pod["spec"]["containers"]) {
        for kind in KINDS.into_iter().filter(|kind| spec[*kind].is_object()) {
            let delay = period(&spec[kind]).mul_f64(world.rng.f64());
            let first = world.now() + delay;
            let (uid, name) = (uid.to_owned(), spec["name"].as_str().unwrap_or_default().to_owned());
            tick_after(
                world,
                node,
                delay,
                Probe { uid, name, kind, first, id: None, held: false, passed: 0, failed: 0 },
            );
        }
    }
}

/// A container began: nothing is known of it yet.
pub(super) fn began(world: &mut World, node: &str, uid: &str, name: &str) {
    let Some(worker) = worker_mut(world, node, uid) else { return };
    let spec = stop::spec_of(&worker.pod, name);
    let has = |kind: &str| spec[kind].is_object();
    let results = Results { ready: !has("readinessProbe"), started: !has("startupProbe"), failed_to_start: false };
    worker.probed.insert(name.to_owned(), results);
}

/// After a restart of the kubelet its running containers count as they were until a probe says otherwise.
pub(super) fn adopt(world: &mut World, node: &str, uid: &str) {
    let mut known = record(world, node, uid).map(|record| record.containers.clone()).unwrap_or_default();
    known.retain(|known| state(world, node, known).is_some_and(|state| state.running));
    for contained in known {
        began(world, node, uid, &contained.name);
        let Some(worker) = worker_mut(world, node, uid) else { return };
        let mut statuses = object::items(&worker.status["containerStatuses"]).iter();
        if let Some(was) = statuses.find(|status| status["name"] == contained.name.as_str()) {
            let results =
                Results { ready: was["ready"] == true, started: was["started"] == true, failed_to_start: false };
            worker.probed.insert(contained.name.clone(), results);
        }
    }
    pod_came(world, node, uid);
}

fn period(probe: &Value) -> Duration {
    Duration::from_secs(object::int(&probe["periodSeconds"], 10).max(1).unsigned_abs())
}

/// The running container of a name.
pub(super) fn current(world: &World, node: &str, uid: &str, name: &str) -> Option<(Contained, ContainerState)> {
    let known = record(world, node, uid)?.containers.iter().rev().find(|contained| contained.name == name)?;
    let state = state(world, node, known).filter(|state| state.running)?;
    Some((known.clone(), state))
}

fn tick_after(world: &mut World, node: &str, delay: Duration, probe: Probe) {
    after(world, node, delay, move |world, node| tick(world, node, probe));
}

fn next(world: &mut World, node: &str, spec: &Value, probe: Probe) {
    let period = period(spec);
    let passed = world.now().duration_since(probe.first).unsigned_abs().as_nanos();
    let left = period.as_nanos() - passed % period.as_nanos();
    tick_after(world, node, Duration::from_nanos(u64::try_from(left).unwrap_or(0)), probe);
}

fn tick(world: &mut World, node: &str, mut probe: Probe) {
    let Some(worker) = worker_ref(world, node, &probe.uid).filter(|worker| !worker.gone) else { return };
    let pod = worker.pod.clone();
    let started = worker.probed.get(&probe.name).is_some_and(|results| results.started);
    let idle = worker.stopping.is_some() || started == (probe.kind == "startupProbe");
    let spec = stop::spec_of(&pod, &probe.name)[probe.kind].clone();
    let Some((contained, state)) = current(world, node, &probe.uid, &probe.name) else {
        return next(world, node, &spec, probe);
    };
    if probe.id.as_ref() != Some(&contained.id) {
        probe = Probe { id: Some(contained.id.clone()), held: false, passed: 0, failed: 0, ..probe };
    }
    let since = world.now().duration_since(state.started_at).unsigned_abs();
    if idle || probe.held || since.as_secs() < object::int(&spec["initialDelaySeconds"], 0).unsigned_abs() {
        return next(world, node, &spec, probe);
    }
    ask(world, node, &pod, spec, contained.id, probe);
}

/// Asks a container, and counts what it says.
fn ask(world: &mut World, node: &str, pod: &Value, spec: Value, id: String, probe: Probe) {
    let Some(host) = asks(world) else { return };
    let command = stop::command(&spec);
    if command.is_empty() {
        let answer = request(world, node, pod, &spec, &probe);
        return judge(world, node, &spec, probe, answer);
    }
    // Whichever comes first takes the probe: the end of the command, or of its time.
    let slot = std::sync::Arc::new(std::sync::Mutex::new(Some((spec.clone(), probe))));
    let (late, of) = (slot.clone(), node.to_owned());
    let take = |slot: &std::sync::Mutex<Option<(Value, Probe)>>| slot.lock().ok().and_then(|mut slot| slot.take());
    let done: super::runtime::Ran = Box::new(move |world, code, output| {
        if let Some((spec, probe)) = take(&slot) {
            if code == NOT_STARTED {
                return could_not(world, &of, &spec, probe, &output.stderr);
            }
            judge(world, &of, &spec, probe, if code == 0 { Ok(()) } else { Err(output.all()) });
        }
    });
    (host.exec)(world, node, &id, &command, done);
    let timeout = Duration::from_secs(object::int(&spec["timeoutSeconds"], 1).max(1).unsigned_abs());
    after(world, node, timeout, move |world, node| {
        if let Some((spec, probe)) = take(&late) {
            judge(world, node, &spec, probe, Err(String::new()));
        }
    });
}

/// What asks a container something over the network.
pub(super) struct Caller<'a> {
    pub(super) pod: &'a Value,
    pub(super) uid: &'a str,
    /// The container's name.
    pub(super) name: &'a str,
}

impl Caller<'_> {
    /// Where an action goes, as `host:port`, and the code of who answers there.
    pub(super) fn asks(&self, world: &World, node: &str, action: &Value, path: &str) -> (String, Option<u16>) {
        let named = || {
            let ports = object::items(&stop::spec_of(self.pod, self.name)["ports"]);
            let port = ports.iter().find(|port| port["name"] == action["port"]);
            port.map_or(0, |port| object::int(&port["containerPort"], 0))
        };
        let port = action["port"].as_i64().unwrap_or_else(named);
        let record = record(world, node, self.uid);
        let address = record.map(|record| record.address.clone()).unwrap_or_default();
        let to = action["host"].as_str().unwrap_or(&address);
        let own = to == address || self.pod["spec"]["hostNetwork"] == true && matches!(to, "127.0.0.1" | "localhost");
        let sandbox = record.and_then(|record| record.sandbox.clone()).filter(|_| own);
        let answer = asks(world).zip(sandbox);
        let answer =
            answer.and_then(|(host, sandbox)| (host.asks_port)(world, node, &sandbox, u16::try_from(port).ok()?, path));
        (format!("{to}:{port}"), answer)
    }

    /// Sends the request of a hook, which any answer is good for. pkg/kubelet/lifecycle/handlers.go.
    pub(super) fn hook(&self, world: &World, node: &str, action: &Value) -> Result<(), String> {
        let path = action["path"].as_str().unwrap_or_default();
        let (to, answer) = self.asks(world, node, action, &format!("/{path}"));
        match answer {
            Some(_) => Ok(()),
            None => Err(format!("Get \"http://{to}/{path}\": dial tcp {to}: connect: connection refused")),
        }
    }
}

/// Sends an HTTP request to a container, or connects to it. The error is what the event says.
fn request(world: &World, node: &str, pod: &Value, spec: &Value, probe: &Probe) -> Result<(), String> {
    let http = &spec["httpGet"];
    let action = if http.is_object() { http } else { &spec["tcpSocket"] };
    let path = http["path"].as_str().unwrap_or("/");
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let caller = Caller { pod, uid: &probe.uid, name: &probe.name };
    let (to, answer) = caller.asks(world, node, action, &path);
    let refused = format!("dial tcp {to}: connect: connection refused");
    match answer {
        None if http.is_object() => {
            let scheme = http["scheme"].as_str().unwrap_or("HTTP").to_lowercase();
            Err(format!("Get \"{scheme}://{to}{path}\": {refused}"))
        }
        None => Err(refused),
        Some(code) if http.is_object() && !(200..400).contains(&code) => {
            Err(format!("HTTP probe failed with statuscode: {code}"))
        }
        Some(_) => Ok(()),
    }
}

/// A probe that could not be made says nothing of its container: prober/worker.go, `doProbe`.
fn could_not(world: &mut World, node: &str, spec: &Value, probe: Probe, why: &str) {
    if let Some(pod) = worker_ref(world, node, &probe.uid).map(|worker| worker.pod.clone()) {
        let path = stop::field_path(&pod, &probe.name);
        let message = format!("{} probe errored: {why}", word(probe.kind));
        event(world, node, &pod, &path, "Warning", "Unhealthy", &message);
    }
    next(world, node, spec, probe);
}

/// What events call a probe.
fn word(kind: &str) -> &'static str {
    match kind {
        "startupProbe" => "Startup",
        "livenessProbe" => "Liveness",
        _ => "Readiness",
    }
}

/// Counts a result, does what follows from it, and goes on to the next tick.
fn judge(world: &mut World, node: &str, spec: &Value, mut probe: Probe, answer: Result<(), String>) {
    let (uid, name) = (probe.uid.clone(), probe.name.clone());
    let Some(pod) = worker_ref(world, node, &uid).map(|worker| worker.pod.clone()) else { return };
    let now = current(world, node, &uid, &name).filter(|(contained, _)| Some(&contained.id) == probe.id.as_ref());
    let Some((contained, _)) = now else { return next(world, node, spec, probe) };
    (probe.passed, probe.failed) = if answer.is_ok() { (probe.passed + 1, 0) } else { (0, probe.failed + 1) };
    if let Err(why) = answer {
        let path = stop::field_path(&pod, &name);
        let message = format!("{} probe failed: {why}", word(probe.kind));
        event(world, node, &pod, &path, "Warning", "Unhealthy", &message);
    }
    let passed = probe.passed >= object::int(&spec["successThreshold"], 1);
    let failed = probe.failed >= object::int(&spec["failureThreshold"], 3);
    probe.held |= failed && probe.kind != "readinessProbe";
    let Some(results) = worker_mut(world, node, &uid).map(|worker| worker.probed.entry(name).or_default()) else {
        return;
    };
    let before = results.clone();
    match probe.kind {
        "startupProbe" if passed => results.started = true,
        "startupProbe" if failed => results.failed_to_start = true,
        "readinessProbe" if passed => results.ready = true,
        "readinessProbe" if failed => results.ready = false,
        _ => {}
    }
    if before.ready != results.ready || before.started != results.started {
        worker::sync_after(world, node, &uid, Duration::ZERO);
    }
    if failed && probe.kind == "livenessProbe" {
        start::again_after_probe(world, node, &uid, &contained, "liveness");
    }
    next(world, node, spec, probe);
}
