//! Starting a Pod's containers: sandbox, images, one container after the other, with back-off after failures.
//! pkg/kubelet/kuberuntime, `SyncPod`, and pkg/kubelet/images.

use std::time::Duration;

use serde_json::Value;

use crate::sandbox::World;
use crate::sandbox::object;

use super::runtime::{ContainerSpec, PodRef};
use super::{
    Backoff, Contained, Record, after, asks, event, images, probes, record, record_mut, state, status, stop, worker,
    worker_mut, worker_ref,
};

/// The first delay of a container that ended, and of an image that could not be pulled, which doubles.
const FIRST_BACKOFF: Duration = Duration::from_secs(10);
/// And the longest: `MaxContainerBackOff`.
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);
/// How long volumes and sandbox take, in milliseconds. Measured: Scheduled to Pulled.
const SANDBOX: std::ops::Range<u64> = 330..430;
/// From Pulled to Created, in milliseconds.
const CREATE: std::ops::Range<u64> = 30..60;
/// From Created to Started, in milliseconds.
const START: std::ops::Range<u64> = 38..52;
/// Until a pull of what is not there has failed, in milliseconds.
const PULL: std::ops::Range<u64> = 60..400;

/// Starts what of a Pod's containers should run and does not.
pub(super) fn containers(world: &mut World, node: &str, uid: &str) {
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return };
    let mut sandbox = record(world, node, uid).and_then(|record| record.sandbox.clone());
    if let Some((host, dead)) = asks(world).zip(sandbox.clone())
        && !(host.pod_ready)(world, node, &dead)
    {
        let message = "Pod sandbox changed, it will be killed and re-created.";
        event(world, node, &pod, "", "Normal", "SandboxChanged", message);
        (host.stop_pod)(world, node, &dead);
        sandbox = None;
        if let Some(record) = record_mut(world, node, uid) {
            record.sandbox = None;
        }
    }
    let wanted = wanted(world, node, uid, &pod);
    let Wanted::Start(names) = wanted else {
        if matches!(wanted, Wanted::End) && sandbox.is_some() {
            stop::pod(world, node, uid);
        }
        worker::again(world, node, uid, true);
        return;
    };
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.busy = true;
    }
    if sandbox.is_some() {
        return next(world, node, uid, names, true);
    }
    let delay = Duration::from_millis(world.rng.u64(SANDBOX));
    let uid = uid.to_owned();
    after(world, node, delay, move |world, node| {
        if may_go_on(world, node, &uid) {
            make_sandbox(world, node, &uid, &pod);
            next(world, node, &uid, names, true);
        }
    });
}

/// What is to be done about a Pod's containers.
enum Wanted {
    /// They run, or wait for something.
    Nothing,
    /// None will run again: the sandbox can go.
    End,
    /// These are to be started.
    Start(Vec<String>),
}

fn wanted(world: &World, node: &str, uid: &str, pod: &Value) -> Wanted {
    let known = record(world, node, uid).map(|record| record.containers.clone()).unwrap_or_default();
    let last = |name: &str| known.iter().rev().find(|contained| contained.name == name);
    let last = |name: &str| last(name).and_then(|contained| state(world, node, contained));
    for init in object::items(&pod["spec"]["initContainers"]) {
        let name = init["name"].as_str().unwrap_or_default();
        match last(name) {
            Some(state) if state.running => return Wanted::Nothing,
            Some(state) if state.exit_code == 0 => {}
            Some(state) if !status::restarts(pod, true, state.exit_code) => return Wanted::End,
            _ => return Wanted::Start(vec![name.to_owned()]),
        }
    }
    let (mut start, mut runs) = (Vec::new(), false);
    for container in object::items(&pod["spec"]["containers"]) {
        let name = container["name"].as_str().unwrap_or_default();
        match last(name) {
            Some(state) if state.running => runs = true,
            Some(state) if !status::restarts(pod, false, state.exit_code) => {}
            _ => start.push(name.to_owned()),
        }
    }
    match (start.is_empty(), runs) {
        (false, _) => Wanted::Start(start),
        (true, true) => Wanted::Nothing,
        (true, false) => Wanted::End,
    }
}

/// Whether a Pod is still to be started: it may have been deleted while something took its time.
fn may_go_on(world: &World, node: &str, uid: &str) -> bool {
    worker_ref(world, node, uid)
        .is_some_and(|worker| worker.busy && !worker.gone && !worker.ended && worker.stopping.is_none())
}

fn make_sandbox(world: &mut World, node: &str, uid: &str, pod: &std::sync::Arc<Value>) {
    let Some(host) = asks(world) else { return };
    let named = PodRef {
        uid: uid.to_owned(),
        namespace: object::namespace(pod).to_owned(),
        name: object::name(pod).to_owned(),
    };
    let sandbox = (host.run_pod)(world, node, &named);
    let network = world.informers.get("nodes", "", node);
    let network =
        network.as_ref().and_then(|node| node["spec"]["podCIDR"].as_str()).unwrap_or("10.244.0.0/24").to_owned();
    let disk = world.kubelets.disks.entry(node.to_owned()).or_default();
    // The first address is the bridge's: CNI's host-local gives the one after the last, round robin.
    disk.last_address = if disk.last_address >= 254 || disk.last_address == 0 { 2 } else { disk.last_address + 1 };
    let prefix = network.rsplit_once('.').map_or("10.244.0", |(prefix, _)| prefix);
    let address = format!("{prefix}.{}", disk.last_address);
    let known = disk.pods.entry(uid.to_owned());
    let known = known.or_insert_with(|| Record {
        pod: pod.clone(),
        sandbox: None,
        address: String::new(),
        containers: Vec::new(),
    });
    known.sandbox = Some(sandbox);
    known.address = address;
}

/// Starts the first of `names`, then the others.
fn next(world: &mut World, node: &str, uid: &str, mut names: Vec<String>, well: bool) {
    if !may_go_on(world, node, uid) {
        return;
    }
    if names.is_empty() {
        worker::rest(world, node, uid);
        if !well {
            // Not at the next relist: nothing of the runtime's changed.
            if let Some((event, _)) = worker_mut(world, node, uid).and_then(|worker| worker.due.take()) {
                world.cancel(event);
            }
        }
        worker::again(world, node, uid, well);
        return;
    }
    let name = names.remove(0);
    if backs_off(world, node, uid, &name) {
        return next(world, node, uid, names, false);
    }
    pull(world, node, uid, name, names, well);
}

/// Whether a container ended too lately to be started again.
fn backs_off(world: &mut World, node: &str, uid: &str, name: &str) -> bool {
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return true };
    let known =
        record(world, node, uid).and_then(|record| record.containers.iter().rev().find(|c| c.name == name).cloned());
    let Some(ended) = known.and_then(|known| state(world, node, &known)) else { return false };
    let ended = ended.finished_at.unwrap_or(ended.started_at);
    let key = format!("{uid}/{name}");
    match in_backoff(world, node, &key, ended) {
        Some(delay) => {
            let text = "Back-off restarting failed container";
            event(world, node, &pod, &stop::field_path(&pod, name), "Warning", "BackOff", text);
            let full = format!("{}_{}({uid})", object::name(&pod), object::namespace(&pod));
            let message = format!("back-off {} restarting failed container={name} pod={full}", go_duration(delay));
            wait(world, node, uid, name, "CrashLoopBackOff", &message);
            true
        }
        None => {
            failed_once_more(world, node, &key, ended);
            false
        }
    }
}

fn in_backoff(world: &World, node: &str, key: &str, since: jiff::Timestamp) -> Option<Duration> {
    let backoff = world.kubelets.running.get(node)?.backoff.get(key)?;
    let old = world.now().duration_since(backoff.last).unsigned_abs() > 2 * LONGEST_BACKOFF;
    let passed = world.now().duration_since(since).unsigned_abs();
    (!old && passed < backoff.delay).then_some(backoff.delay)
}

/// client-go's `flowcontrol.Backoff.Next`: an entry that was not used for twice the longest delay begins anew.
fn failed_once_more(world: &mut World, node: &str, key: &str, since: jiff::Timestamp) {
    let now = world.now();
    let Some(kubelet) = world.kubelets.running.get_mut(node) else { return };
    let known =
        kubelet.backoff.get(key).filter(|known| since.duration_since(known.last).unsigned_abs() <= 2 * LONGEST_BACKOFF);
    let delay = known.map_or(FIRST_BACKOFF, |known| (known.delay * 2).min(LONGEST_BACKOFF));
    kubelet.backoff.insert(key.to_owned(), Backoff { delay, last: now });
}

/// A duration of whole seconds as Go prints it: `10s`, `2m40s`.
fn go_duration(duration: Duration) -> String {
    match (duration.as_secs() / 60, duration.as_secs() % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

fn wait(world: &mut World, node: &str, uid: &str, name: &str, reason: &str, message: &str) {
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.waiting.insert(name.to_owned(), (reason.to_owned(), message.to_owned()));
    }
}

fn pull(world: &mut World, node: &str, uid: &str, name: String, names: Vec<String>, well: bool) {
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return };
    let spec = stop::spec_of(&pod, &name);
    let image = spec["image"].as_str().unwrap_or_default().to_owned();
    let path = stop::field_path(&pod, &name);
    let present = images::present(&image).is_some();
    let policy = spec["imagePullPolicy"].as_str().unwrap_or("IfNotPresent");
    if present && policy != "Always" {
        let message = format!("Container image {image:?} already present on machine");
        event(world, node, &pod, &path, "Normal", "Pulled", &message);
        return create(world, node, uid, name, names, well);
    }
    if policy == "Never" {
        let message = format!("Container image {image:?} is not present with pull policy of Never");
        event(world, node, &pod, &path, "Warning", "ErrImageNeverPull", &message);
        failed(world, node, &pod, &path, uid, &name, ("ErrImageNeverPull", &message));
        return next(world, node, uid, names, false);
    }
    let key = format!("{uid}/{name}/{image}");
    let last =
        world.kubelets.running.get(node).and_then(|kubelet| kubelet.backoff.get(&key)).map(|backoff| backoff.last);
    if let Some(last) = last
        && in_backoff(world, node, &key, last).is_some()
    {
        let message = format!("Back-off pulling image {image:?}");
        event(world, node, &pod, &path, "Normal", "BackOff", &message);
        failed(world, node, &pod, &path, uid, &name, ("ImagePullBackOff", &message));
        return next(world, node, uid, names, false);
    }
    event(world, node, &pod, &path, "Normal", "Pulling", &format!("Pulling image {image:?}"));
    let delay = Duration::from_millis(world.rng.u64(PULL));
    let uid = uid.to_owned();
    after(world, node, delay, move |world, node| {
        if !may_go_on(world, node, &uid) {
            return;
        }
        let error = images::pull_error(&image);
        event(world, node, &pod, &path, "Warning", "Failed", &format!("Failed to pull image {image:?}: {error}"));
        let now = world.now();
        failed_once_more(world, node, &key, now);
        failed(world, node, &pod, &path, &uid, &name, ("ErrImagePull", &error));
        next(world, node, &uid, names, false);
    });
}

fn failed(world: &mut World, node: &str, pod: &Value, path: &str, uid: &str, name: &str, why: (&str, &str)) {
    let (reason, message) = why;
    event(world, node, pod, path, "Warning", "Failed", &format!("Error: {reason}"));
    wait(world, node, uid, name, reason, message);
}

fn create(world: &mut World, node: &str, uid: &str, name: String, names: Vec<String>, well: bool) {
    let (create, start) = (world.rng.u64(CREATE), world.rng.u64(START));
    let uid = uid.to_owned();
    after(world, node, Duration::from_millis(create), move |world, node| {
        if !may_go_on(world, node, &uid) {
            return;
        }
        let Some(pod) = worker_ref(world, node, &uid).map(|worker| worker.pod.clone()) else { return };
        let path = stop::field_path(&pod, &name);
        event(world, node, &pod, &path, "Normal", "Created", &format!("Created container {name}"));
        after(world, node, Duration::from_millis(start), move |world, node| {
            if may_go_on(world, node, &uid) {
                let well = launch(world, node, &uid, &name) && well;
                next(world, node, &uid, names, well);
            }
        });
    });
}

fn launch(world: &mut World, node: &str, uid: &str, name: &str) -> bool {
    let Some(host) = asks(world) else { return false };
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return false };
    let Some(known) = record(world, node, uid) else { return false };
    let Some(sandbox) = known.sandbox.clone() else { return false };
    let before =
        known.containers.iter().rev().find(|contained| contained.name == name).map(|contained| contained.attempt);
    let attempt = before.map_or(0, |attempt| attempt + 1);
    let spec = container_spec(&pod, name, attempt);
    let path = stop::field_path(&pod, name);
    match (host.start_container)(world, node, &sandbox, &spec) {
        Ok(id) => {
            event(world, node, &pod, &path, "Normal", "Started", &format!("Started container {name}"));
            keep(world, node, uid, Contained { id, name: name.to_owned(), attempt, last: None });
            if let Some(worker) = worker_mut(world, node, uid) {
                worker.waiting.remove(name);
            }
            probes::began(world, node, uid, name);
            true
        }
        Err(why) => {
            event(world, node, &pod, &path, "Warning", "Failed", &format!("Error: {why}"));
            let now = world.now();
            let last = super::runtime::ContainerState {
                running: false,
                started_at: now,
                finished_at: Some(now),
                exit_code: 128,
                reason: "StartError".to_owned(),
            };
            let id = format!("{:032x}{:032x}", world.rng.u128(..), world.rng.u128(..));
            keep(world, node, uid, Contained { id, name: name.to_owned(), attempt, last: Some(last) });
            wait(world, node, uid, name, "RunContainerError", &why);
            false
        }
    }
}

/// Keeps a new attempt; of the earlier ones the last, as the kubelet's garbage collection does.
fn keep(world: &mut World, node: &str, uid: &str, contained: Contained) {
    let Some(host) = asks(world) else { return };
    let earlier: Vec<Contained> = record(world, node, uid).map(|record| record.containers.clone()).unwrap_or_default();
    let of_it: Vec<&Contained> = earlier.iter().filter(|known| known.name == contained.name).collect();
    let old: Vec<String> = of_it.iter().rev().skip(1).map(|known| known.id.clone()).collect();
    for id in &old {
        (host.remove_container)(world, node, id);
    }
    if let Some(record) = record_mut(world, node, uid) {
        record.containers.retain(|known| !old.contains(&known.id));
        record.containers.push(contained);
    }
}

fn container_spec(pod: &Value, name: &str, attempt: i64) -> ContainerSpec {
    let spec = stop::spec_of(pod, name);
    let texts = |list: &Value| object::items(list).iter().filter_map(|t| t.as_str().map(str::to_owned)).collect();
    let env = object::items(&spec["env"]).iter().map(|variable| {
        let text = |field: &str| variable[field].as_str().unwrap_or_default().to_owned();
        let from = variable["valueFrom"]["fieldRef"]["fieldPath"].as_str();
        (text("name"), from.map_or_else(|| text("value"), |path| field(pod, path)))
    });
    ContainerSpec {
        name: name.to_owned(),
        image: spec["image"].as_str().unwrap_or_default().to_owned(),
        command: texts(&spec["command"]),
        args: texts(&spec["args"]),
        env: env.collect(),
        attempt,
    }
}

/// A field of a Pod that its environment may have.
fn field(pod: &Value, path: &str) -> String {
    let value = path.split('.').fold(pod, |value, step| &value[step]);
    value.as_str().map_or_else(String::new, str::to_owned)
}
