//! Creating and starting a container.

use std::time::Duration;

use serde_json::Value;

use super::hook::hook;
use super::{may_go_on, next, wait};
use crate::sandbox::World;
use crate::sandbox::kubelet::controls::controls;
use crate::sandbox::kubelet::runtime::{ContainerSpec, ContainerState};
use crate::sandbox::kubelet::{
    Contained, after, asks, environment, event, probes, record, record_mut, stop, volumes, worker_mut, worker_ref,
};
use crate::sandbox::object;
use crate::sandbox::scheduler::resources::Resources;

/// From Pulled to Created, in milliseconds.
const CREATE: std::ops::Range<u64> = 30..60;

/// From Created to Started, in milliseconds.
const START: std::ops::Range<u64> = 38..52;

pub(super) fn create(world: &mut World, node: &str, uid: &str, name: String, names: Vec<String>, well: bool) {
    let (create, start) = (world.rng.u64(CREATE), world.rng.u64(START));
    let uid = uid.to_owned();
    after(world, node, Duration::from_millis(create), move |world, node| {
        if !may_go_on(world, node, &uid) {
            return;
        }
        let Some(pod) = worker_ref(world, node, &uid).map(|worker| worker.pod.clone()) else { return };
        let path = stop::field_path(&pod, &name);
        let spec = match container_spec(world, node, &pod, &name) {
            Ok(spec) => spec,
            Err(why) => {
                event(world, node, &pod, &path, "Warning", "Failed", &format!("Error: {why}"));
                wait(world, node, &uid, &name, "CreateContainerConfigError", &why);
                return next(world, node, &uid, names, false);
            }
        };
        event(world, node, &pod, &path, "Normal", "Created", &format!("Created container {name}"));
        after(world, node, Duration::from_millis(start), move |world, node| {
            if !may_go_on(world, node, &uid) {
                return;
            }
            match launch(world, node, &uid, &name, &spec) {
                Some(id) => hook(world, node, &uid, name, id, names, well),
                None => next(world, node, &uid, names, false),
            }
        });
    });
}

/// Starts a container; its id if it runs.
fn launch(world: &mut World, node: &str, uid: &str, name: &str, spec: &ContainerSpec) -> Option<String> {
    let host = asks(world)?;
    let pod = worker_ref(world, node, uid)?.pod.clone();
    let known = record(world, node, uid)?;
    let sandbox = known.sandbox.clone()?;
    let before =
        known.containers.iter().rev().find(|contained| contained.name == name).map(|contained| contained.attempt);
    let attempt = before.map_or(0, |attempt| attempt + 1);
    let path = stop::field_path(&pod, name);
    let spec = ContainerSpec { attempt, ..spec.clone() };
    let hosts = spec.files.iter().find(|(path, _)| path == "/etc/hosts").map(|(_, content)| content.clone());
    volumes::note_container(world, node, &pod, name, attempt, &hosts.unwrap_or_default());
    match (host.start_container)(world, node, &sandbox, &spec) {
        Ok(id) => {
            event(world, node, &pod, &path, "Normal", "Started", &format!("Started container {name}"));
            keep(world, node, uid, Contained { id: id.clone(), name: name.to_owned(), attempt, last: None });
            if let Some(worker) = worker_mut(world, node, uid) {
                worker.waiting.remove(name);
            }
            probes::began(world, node, uid, name);
            Some(id)
        }
        Err(why) => {
            event(world, node, &pod, &path, "Warning", "Failed", &format!("Error: {why}"));
            let now = world.now();
            let last = ContainerState {
                running: false,
                started_at: jiff::Timestamp::UNIX_EPOCH,
                finished_at: Some(now),
                exit_code: 128,
                reason: "StartError".to_owned(),
                message: why.clone(),
            };
            let id = format!("{:032x}{:032x}", world.rng.u128(..), world.rng.u128(..));
            keep(world, node, uid, Contained { id, name: name.to_owned(), attempt, last: Some(last) });
            wait(world, node, uid, name, "RunContainerError", &why);
            None
        }
    }
}

/// Keeps a new attempt; of the earlier ones the last, as the kubelet's garbage collection does.
fn keep(world: &mut World, node: &str, uid: &str, contained: Contained) {
    let Some(host) = asks(world) else { return };
    if let Some(worker) = worker_mut(world, node, uid) {
        worker.made_something = true;
    }
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

fn container_spec(world: &mut World, node: &str, pod: &Value, name: &str) -> Result<ContainerSpec, String> {
    let spec = stop::spec_of(pod, name);
    let text = |field: &str| spec[field].as_str().unwrap_or_default().to_owned();
    let made = environment::make(world, node, pod, spec)?;
    let user = security(pod, spec, "runAsUser").as_i64();
    root(pod, spec, user)?;
    let mut files = volumes::network(world, node, pod);
    let (mounts, copies) = volumes::mounted(world, node, pod, spec);
    files.extend(copies);
    let host = asks(world).map_or(Value::Null, |host| (host.describe)(world, node));
    let capacity = Resources::parse(&host["capacity"]).get("memory");
    let controls = controls(pod, spec, capacity);
    Ok(ContainerSpec {
        name: name.to_owned(),
        attempt: 0,
        image: text("image"),
        command: made.command,
        args: made.args,
        env: made.env.into_iter().collect(),
        controls,
        stdin: spec["stdin"] == true,
        tty: spec["tty"] == true,
        working_dir: text("workingDir"),
        user,
        group: security(pod, spec, "runAsGroup").as_i64(),
        groups: volumes::groups(pod),
        files,
        mounts,
        termination_log: text("terminationMessagePath"),
        termination_from_log: spec["terminationMessagePolicy"] == "FallbackToLogsOnError",
    })
}

/// A setting of a container's security context, or else of its Pod's.
fn security<'a>(pod: &'a Value, spec: &'a Value, field: &str) -> &'a Value {
    let own = &spec["securityContext"][field];
    if own.is_null() { &pod["spec"]["securityContext"][field] } else { own }
}

/// Refuses to run as root what must not: pkg/kubelet/kuberuntime/security_context.go, `verifyRunAsNonRoot`. The images
/// name no user, which is root.
fn root(pod: &Value, spec: &Value, user: Option<i64>) -> Result<(), String> {
    if *security(pod, spec, "runAsNonRoot") != true {
        return Ok(());
    }
    let why = match user {
        Some(0) => "container's runAsUser breaks non-root policy",
        Some(_) => return Ok(()),
        None => "container has runAsNonRoot and image will run as root",
    };
    let full = format!("{}_{}({})", object::name(pod), object::namespace(pod), object::uid(pod));
    Err(format!("{why} (pod: {full:?}, container: {})", spec["name"].as_str().unwrap_or_default()))
}
