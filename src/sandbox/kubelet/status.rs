//! A Pod's status from what the runtime has of it. pkg/kubelet/kubelet_pods.go and status/generate.go.

use serde_json::{Value, json};

use crate::sandbox::object;
use crate::sandbox::{Profile, World};

use super::runtime::ContainerState;
use super::{Contained, Record, Worker, asks, images, record, state, worker_ref};

/// What is known of one container.
struct Seen<'a> {
    spec: &'a Value,
    /// The attempts that the runtime has, the last first.
    attempts: Vec<(Contained, ContainerState)>,
    init: bool,
}

/// A Pod's status now.
pub(super) fn generate(world: &World, node: &str, uid: &str) -> Value {
    let Some(worker) = worker_ref(world, node, uid) else { return Value::Null };
    let pod = &*worker.pod;
    let inits: Vec<Seen<'_>> = seen(world, node, uid, pod, "initContainers");
    let mains: Vec<Seen<'_>> = seen(world, node, uid, pod, "containers");
    let profile = world.hosts.profile();
    let init_statuses: Vec<Value> = inits.iter().map(|seen| container(profile, pod, worker, seen)).collect();
    let mut statuses: Vec<Value> = mains.iter().map(|seen| container(profile, pod, worker, seen)).collect();
    statuses.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    let phase = phase(pod, worker, &init_statuses, &statuses);
    let now = object::time(world.now());
    let mut status = json!({"phase": phase, "conditions": []});
    for condition in conditions(pod, &init_statuses, &statuses, phase) {
        set(&mut status, &worker.status, condition, &now);
    }
    let hosts = asks(world).map_or(Value::Null, |host| (host.describe)(world, node));
    let host = object::items(&hosts["addresses"]).iter().find(|address| address["type"] == "InternalIP");
    let host = host.map_or(json!(""), |address| address["address"].clone());
    status["hostIP"] = host.clone();
    // Of a sandbox that runs; what this kubelet has once seen stays.
    let runs = |record: &Record| {
        let sandbox = record.sandbox.as_ref().zip(asks(world));
        sandbox.is_some_and(|(sandbox, host)| (host.pod_ready)(world, node, sandbox))
    };
    let record = record(world, node, uid).filter(|record| worker.relisted && runs(record));
    let mut address = record.map(|record| json!(record.address));
    if pod["spec"]["hostNetwork"] == true {
        address = Some(host);
    }
    let address = address.or_else(|| Some(worker.status["podIP"].clone()).filter(Value::is_string));
    if let Some(address) = address {
        status["podIP"] = address.clone();
        status["podIPs"] = json!([{"ip": address}]);
    }
    status["startTime"] = Some(worker.status["startTime"].clone()).filter(Value::is_string).unwrap_or(now);
    if !init_statuses.is_empty() {
        status["initContainerStatuses"] = json!(init_statuses);
    }
    status["containerStatuses"] = json!(statuses);
    status["qosClass"] = pod["status"]["qosClass"].as_str().map_or_else(|| json!(qos(pod)), |class| json!(class));
    status
}

/// Puts a condition into a status; its last transition is the known one's while its status stays.
fn set(status: &mut Value, known: &Value, mut condition: Value, now: &Value) {
    let before = object::items(&known["conditions"]).iter().find(|known| known["type"] == condition["type"]);
    let since = before.filter(|before| before["status"] == condition["status"]);
    condition["lastTransitionTime"] = since.map_or_else(|| now.clone(), |before| before["lastTransitionTime"].clone());
    if let Some(conditions) = status["conditions"].as_array_mut() {
        conditions.push(condition);
    }
}

fn seen<'a>(world: &World, node: &str, uid: &str, pod: &'a Value, list: &str) -> Vec<Seen<'a>> {
    let known = record(world, node, uid).map(|record| record.containers.clone()).unwrap_or_default();
    let specs = object::items(&pod["spec"][list]).iter();
    specs
        .map(|spec| {
            let of_it = known.iter().rev().filter(|contained| spec["name"] == contained.name.as_str());
            let attempts = of_it.filter_map(|contained| Some((contained.clone(), state(world, node, contained)?)));
            Seen { spec, attempts: attempts.collect(), init: list == "initContainers" }
        })
        .collect()
}

/// One container's status.
fn container(profile: Profile, pod: &Value, worker: &Worker, seen: &Seen<'_>) -> Value {
    let name = seen.spec["name"].as_str().unwrap_or_default();
    let mut status = json!({
        "name": name, "state": {}, "lastState": {}, "ready": false, "restartCount": 0,
        "image": seen.spec["image"], "imageID": "",
    });
    let has_inits = !object::items(&pod["spec"]["initContainers"]).is_empty();
    let initial = if has_inits { "PodInitializing" } else { "ContainerCreating" };
    let mut waiting = json!({"waiting": {"reason": initial}});
    if let Some((reason, message)) = worker.waiting.get(name) {
        waiting["waiting"] = json!({"reason": reason, "message": message});
        if message.is_empty() {
            waiting["waiting"] = json!({"reason": reason});
        }
    }
    let Some((last, state)) = seen.attempts.first() else {
        status["state"] = waiting;
        if !seen.init {
            status["started"] = json!(false);
        }
        return status;
    };
    status["restartCount"] = json!(last.attempt);
    if let Some((image, id)) = images::present(profile, seen.spec["image"].as_str().unwrap_or_default()) {
        status["image"] = json!(image);
        status["imageID"] = json!(id);
    }
    status["containerID"] = json!(format!("containerd://{}", last.id));
    status["state"] = self::state_of(last, state);
    if let Some((before, state)) = seen.attempts.get(1) {
        status["lastState"] = state_of(before, state);
    }
    // Its next start was put off: it waits for that, and what ended is its last state.
    if !state.running && worker.waiting.contains_key(name) && restarts(pod, seen.init, state.exit_code) {
        status["lastState"] = status["state"].take();
        status["state"] = waiting;
    }
    let probed = worker.probed.get(name);
    if seen.init {
        status["ready"] = json!(!state.running && state.exit_code == 0);
    } else {
        let started = state.running && probed.is_none_or(|probed| probed.started);
        status["ready"] = json!(started && probed.is_none_or(|probed| probed.ready));
        status["started"] = json!(started);
    }
    status
}

fn state_of(contained: &Contained, state: &ContainerState) -> Value {
    if state.running {
        return json!({"running": {"startedAt": object::time(state.started_at)}});
    }
    let finished = state.finished_at.unwrap_or(state.started_at);
    let mut terminated = json!({
        "exitCode": state.exit_code, "reason": state.reason, "startedAt": object::time(state.started_at),
        "finishedAt": object::time(finished), "containerID": format!("containerd://{}", contained.id),
    });
    if !state.message.is_empty() {
        terminated["message"] = json!(state.message);
    }
    json!({"terminated": terminated})
}

/// Whether a container that ended so is started again.
pub(super) fn restarts(pod: &Value, init: bool, exit_code: i32) -> bool {
    match pod["spec"]["restartPolicy"].as_str().unwrap_or("Always") {
        "Always" if init => exit_code != 0,
        "Always" => true,
        "OnFailure" => exit_code != 0,
        _ => false,
    }
}

/// pkg/kubelet/kubelet_pods.go, `getPhase`.
fn phase(pod: &Value, worker: &Worker, inits: &[Value], statuses: &[Value]) -> &'static str {
    let known = worker.status["phase"].as_str();
    if let Some(finished) = ["Succeeded", "Failed"].into_iter().find(|phase| known == Some(phase)) {
        return finished;
    }
    let policy = pod["spec"]["restartPolicy"].as_str().unwrap_or("Always");
    let failed_init = inits.iter().any(|status| {
        let code = &status["state"]["terminated"]["exitCode"];
        code.is_i64() && *code != 0 && policy == "Never"
    });
    if failed_init {
        return "Failed";
    }
    let pending_init = inits.iter().any(|status| {
        let ended = status["state"]["terminated"]["exitCode"]
            .as_i64()
            .or(status["lastState"]["terminated"]["exitCode"].as_i64());
        ended != Some(0)
    });
    let (mut running, mut waiting, mut ended, mut well) = (0, 0, 0, 0);
    for status in statuses {
        let state = &status["state"];
        if state.get("running").is_some() {
            running += 1;
        } else if let Some(code) = state["terminated"]["exitCode"].as_i64() {
            ended += 1;
            well += i32::from(code == 0);
        } else if status["lastState"]["terminated"].is_object() {
            ended += 1;
        } else {
            waiting += 1;
        }
    }
    if (pending_init && policy != "Never" && running == 0 && ended == 0) || waiting > 0 {
        "Pending"
    } else if running > 0 || (ended > 0 && policy == "Always") {
        "Running"
    } else if ended > 0 && well == ended {
        "Succeeded"
    } else if ended > 0 && policy == "Never" {
        "Failed"
    } else if ended > 0 {
        "Running"
    } else {
        "Pending"
    }
}

/// The four conditions, without their times. pkg/kubelet/status/generate.go.
fn conditions(pod: &Value, inits: &[Value], statuses: &[Value], phase: &str) -> Vec<Value> {
    let condition = |kind: &str, unknown: Option<(String, &str)>| match unknown {
        None => json!({"type": kind, "status": "True", "lastProbeTime": null}),
        Some((message, reason)) => {
            let mut condition = json!({"type": kind, "status": "False", "lastProbeTime": null, "lastTransitionTime": null,
                "reason": reason});
            if !message.is_empty() {
                condition["message"] = json!(message);
            }
            condition
        }
    };
    let names = |of: Vec<&Value>| of.iter().filter_map(|s| s["name"].as_str()).collect::<Vec<_>>().join(" ");
    let incomplete: Vec<&Value> = inits.iter().filter(|status| status["ready"] != true).collect();
    let initialized = (!incomplete.is_empty() && phase != "Succeeded")
        .then(|| (format!("containers with incomplete status: [{}]", names(incomplete)), "ContainersNotInitialized"));
    let unready: Vec<&Value> = statuses.iter().filter(|status| status["ready"] != true).collect();
    let ready = if phase == "Succeeded" {
        Some((String::new(), "PodCompleted"))
    } else if unready.is_empty() {
        None
    } else {
        Some((format!("containers with unready status: [{}]", names(unready)), "ContainersNotReady"))
    };
    let gates = object::items(&pod["spec"]["readinessGates"]).iter().filter(|gate| {
        let kind = gate["conditionType"].as_str().unwrap_or_default();
        !object::holds(pod, kind)
    });
    let closed: Vec<String> = gates
        .map(|gate| format!("corresponding condition of pod readiness gate {} does not exist.", gate["conditionType"]))
        .collect();
    let gated = ready.clone().or_else(|| (!closed.is_empty()).then(|| (closed.join(", "), "ReadinessGatesNotReady")));
    let mut completed = condition("Initialized", initialized);
    if phase == "Succeeded" {
        completed["reason"] = json!("PodCompleted");
    }
    vec![completed, condition("Ready", gated), condition("ContainersReady", ready), condition("PodScheduled", None)]
}

/// A Pod's quality of service. pkg/apis/core/v1/helper/qos.
pub(super) fn qos(pod: &Value) -> &'static str {
    let all = object::items(&pod["spec"]["containers"]).iter().chain(object::items(&pod["spec"]["initContainers"]));
    let (mut any, mut guaranteed) = (false, true);
    for container in all {
        let (requests, limits) = (&container["resources"]["requests"], &container["resources"]["limits"]);
        for resource in ["cpu", "memory"] {
            any |= !requests[resource].is_null() || !limits[resource].is_null();
            guaranteed &=
                !limits[resource].is_null() && (requests[resource].is_null() || requests[resource] == limits[resource]);
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
