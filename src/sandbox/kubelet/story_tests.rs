//! Kubelets on the simulated hosts: what a v1.20.2 lab showed, in virtual time.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::boot;
use crate::sandbox::boot::NODES;
use crate::sandbox::host;
use crate::sandbox::object;
use crate::sandbox::{Profile, World};

pub(super) const WORKER: &str = NODES[1];

pub(super) fn world() -> World {
    let mut world = World::new(7, "2026-11-24T15:22:00Z".parse::<Timestamp>().unwrap());
    boot::boot(&mut world, Profile::Lab, "ca").unwrap();
    pass(&mut world, 5.0);
    world
}

pub(super) fn pass(world: &mut World, seconds: f64) {
    let until = world.now() + Duration::from_secs_f64(seconds);
    world.tell();
    world.run_until(until);
}

/// Makes a Pod of one container on the worker; `more` is put into its spec, `main` into its container.
pub(super) fn make(world: &mut World, name: &str, script: &str, more: &Value, main: &Value) {
    let mut container = json!({"name": "main", "image": "busybox:1.31", "command": ["sh", "-c", script]});
    let mut spec = json!({"nodeName": WORKER, "terminationGracePeriodSeconds": 2});
    for (into, from) in [(&mut container, main), (&mut spec, more)] {
        for (field, value) in from.as_object().into_iter().flatten() {
            into[field] = value.clone();
        }
    }
    spec["containers"] = json!([container]);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec});
    world.api("kubectl").create("pods", Some("default"), pod).unwrap();
    world.tell();
}

pub(super) fn pod(world: &World, name: &str) -> Value {
    Value::clone(&world.informers.get("pods", "default", name).unwrap())
}

pub(super) fn main(world: &World, name: &str) -> Value {
    pod(world, name)["status"]["containerStatuses"][0].clone()
}

/// The events about an object: reason, message, count.
pub(super) fn told(world: &mut World, name: &str, reason: &str) -> Vec<(String, i64)> {
    let all = world.api("test").list("events", None).unwrap();
    let of = all.iter().filter(|event| event["involvedObject"]["name"] == name && event["reason"] == reason);
    of.map(|event| (event["message"].as_str().unwrap().to_owned(), object::int(&event["count"], 1))).collect()
}

pub(super) fn log(world: &World, name: &str) -> String {
    let status = main(world, name);
    let id = status["containerID"].as_str().unwrap().trim_start_matches("containerd://");
    host::logs(world, WORKER, id).unwrap().iter().map(|line| format!("{}\n", line.text)).collect()
}

#[test]
fn network_probes_are_refused_or_answered_by_what_listens() {
    let mut world = world();
    let http = |path: &str| json!({"readinessProbe": {"httpGet": {"path": path, "port": 80}, "periodSeconds": 2}});
    let serve = "mkdir /www; echo hi > /www/index.html; sleep 5; httpd -f -p 80 -h /www";
    make(&mut world, "found", serve, &json!({}), &http("/"));
    make(&mut world, "missing", serve, &json!({}), &http("/nope"));
    make(
        &mut world,
        "deaf",
        "sleep 1000",
        &json!({}),
        &json!({"livenessProbe": {"tcpSocket": {"port": 81}, "periodSeconds": 2}}),
    );
    pass(&mut world, 4.0);
    assert_eq!(main(&world, "found")["ready"], false);
    let address = pod(&world, "found")["status"]["podIP"].as_str().unwrap().to_owned();
    let refused = format!(
        "Readiness probe failed: Get \"http://{address}:80/\": dial tcp {address}:80: connect: connection refused"
    );
    assert_eq!(told(&mut world, "found", "Unhealthy")[0].0, refused);
    pass(&mut world, 10.0);
    assert_eq!((&main(&world, "found")["ready"], &main(&world, "missing")["ready"]), (&json!(true), &json!(false)));
    assert!(told(&mut world, "missing", "Unhealthy").iter().any(|(message, _)| message.ends_with("statuscode: 404")));
    assert_eq!(told(&mut world, "deaf", "Killing")[0].0, "Container main failed liveness probe, will be restarted");
}

#[test]
fn a_failed_liveness_probe_restarts_at_once_and_backs_off_from_the_third_on() {
    let mut world = world();
    let probe = json!({"exec": {"command": ["cat", "/no"]}, "periodSeconds": 2, "failureThreshold": 2});
    make(&mut world, "live", "sleep 1000", &json!({}), &json!({"livenessProbe": probe}));
    let mut unready = false;
    while object::int(&main(&world, "live")["restartCount"], 0) < 1 {
        unready |= pod(&world, "live")["status"]["phase"] == "Running" && main(&world, "live")["ready"] == false;
        pass(&mut world, 0.1);
    }
    assert!(!unready, "it is killed and started within one sync");
    assert_eq!(main(&world, "live")["lastState"]["terminated"]["exitCode"], 137);
    pass(&mut world, 20.0);
    let status = main(&world, "live");
    assert_eq!(
        (&status["restartCount"], &status["state"]["waiting"]["reason"]),
        (&json!(2), &json!("CrashLoopBackOff"))
    );
}

#[test]
fn a_failed_startup_probe_waits_for_the_next_sync() {
    let mut world = world();
    let probe = json!({"exec": {"command": ["cat", "/no"]}, "periodSeconds": 2, "failureThreshold": 2});
    make(
        &mut world,
        "slow",
        "sleep 1000",
        &json!({}),
        &json!({"startupProbe": probe, "readinessProbe": {"exec": {"command": ["true"]}}}),
    );
    pass(&mut world, 40.0);
    let status = main(&world, "slow");
    assert_eq!(
        (&status["restartCount"], &status["started"], &status["ready"]),
        (&json!(0), &json!(false), &json!(false))
    );
    pass(&mut world, 60.0);
    assert_eq!(main(&world, "slow")["restartCount"], 1);
    assert_eq!(told(&mut world, "slow", "Killing")[0].0, "Container main failed startup probe, will be restarted");
}

#[test]
fn what_is_missing_is_told_and_waited_for() {
    let mut world = world();
    let from = json!({"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "late", "key": "a"}}}]});
    make(&mut world, "env", "echo got $A; sleep 1000", &json!({}), &from);
    let volume = json!({"volumes": [{"name": "v", "configMap": {"name": "late"}}]});
    let mount = json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]});
    make(&mut world, "vol", "cat /v/a; sleep 1000", &volume, &mount);
    pass(&mut world, 5.0);
    let waiting = main(&world, "env")["state"]["waiting"].clone();
    assert_eq!(
        (&waiting["reason"], &waiting["message"]),
        (&json!("CreateContainerConfigError"), &json!("configmap \"late\" not found"))
    );
    assert_eq!(main(&world, "vol")["state"]["waiting"]["reason"], "ContainerCreating");
    let mounting = told(&mut world, "vol", "FailedMount");
    assert_eq!(mounting, [("MountVolume.SetUp failed for volume \"v\" : configmap \"late\" not found".to_owned(), 4)]);
    let late = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late"}, "data": {"a": "one"}});
    world.api("kubectl").create("configmaps", Some("default"), late).unwrap();
    pass(&mut world, 20.0);
    assert_eq!((log(&world, "env").as_str(), log(&world, "vol").as_str()), ("got one\n", "one\n"));
}

#[test]
fn containers_say_how_they_ended() {
    let mut world = world();
    let never = json!({"restartPolicy": "Never"});
    make(&mut world, "file", "echo bye > /dev/termination-log; exit 4", &never, &json!({}));
    make(
        &mut world,
        "log",
        "echo last words; exit 4",
        &never,
        &json!({"terminationMessagePolicy": "FallbackToLogsOnError"}),
    );
    make(&mut world, "none", "echo last words; exit 4", &never, &json!({}));
    pass(&mut world, 5.0);
    let message = |name: &str| main(&world, name)["state"]["terminated"]["message"].clone();
    assert_eq!(
        [message("file"), message("log"), message("none")],
        [json!("bye\n"), json!("last words\n"), Value::Null]
    );
}

#[test]
fn an_active_deadline_leaves_a_status_without_conditions() {
    let mut world = world();
    make(&mut world, "late", "sleep 1000", &json!({"activeDeadlineSeconds": 6}), &json!({}));
    pass(&mut world, 20.0);
    let status = pod(&world, "late")["status"].clone();
    assert_eq!((&status["phase"], &status["reason"]), (&json!("Failed"), &json!("DeadlineExceeded")));
    assert!(status["conditions"].is_null() && status["podIP"].is_string(), "{status:#}");
    assert!(status["containerStatuses"][0]["state"]["running"].is_object(), "{status:#}");
    assert!(
        host::list(&world, WORKER).iter().all(|container| !container.state.running || container.spec.name != "main")
    );
}

#[test]
fn a_hook_that_fails_has_its_container_killed() {
    let mut world = world();
    let hook = json!({"lifecycle": {"postStart": {"exec": {"command": ["sh", "-c", "exit 1"]}}}});
    make(&mut world, "hook", "sleep 1000", &json!({}), &hook);
    pass(&mut world, 5.5);
    assert_eq!(told(&mut world, "hook", "Killing")[0].0, "FailedPostStartHook");
    let message = &told(&mut world, "hook", "FailedPostStartHook")[0].0;
    assert!(
        message.starts_with("Exec lifecycle hook ([sh -c exit 1]) for Container \"main\" in Pod \"hook_default("),
        "{message}"
    );
    assert!(message.ends_with("failed - error: command 'sh -c exit 1' exited with 1: , message: \"\""), "{message}");
    assert_eq!(main(&world, "hook")["lastState"]["terminated"]["exitCode"], 137);
}

#[test]
fn a_node_refuses_what_does_not_fit() {
    let mut world = world();
    make(&mut world, "picky", "sleep 1000", &json!({"nodeSelector": {"no": "such"}}), &json!({}));
    make(&mut world, "big", "sleep 1000", &json!({}), &json!({"resources": {"requests": {"cpu": "50"}}}));
    pass(&mut world, 2.0);
    let refused = |name: &str| {
        let status = pod(&world, name)["status"].clone();
        assert_eq!((&status["phase"], &status["conditions"]), (&json!("Failed"), &Value::Null));
        (status["reason"].as_str().unwrap().to_owned(), status["message"].as_str().unwrap().to_owned())
    };
    assert_eq!(refused("picky"), ("NodeAffinity".to_owned(), "Pod Predicate NodeAffinity failed".to_owned()));
    let message = "Pod Node didn't have enough resource: cpu, requested: 50000, used: 0, capacity: 2000";
    assert_eq!(refused("big"), ("OutOfcpu".to_owned(), message.to_owned()));
}

#[test]
fn a_container_whose_shim_is_killed_ends_with_255() {
    let mut world = world();
    make(&mut world, "shim", "sleep 1000", &json!({}), &json!({}));
    pass(&mut world, 4.0);
    let spec = host::ExecSpec {
        command: ["pkill", "-9", "containerd-shim"].map(str::to_owned).to_vec(),
        ..host::ExecSpec::default()
    };
    let id = host::exec(&mut world, WORKER, None, spec);
    host::Exec::start(&mut world, &id).unwrap();
    pass(&mut world, 3.0);
    let status = main(&world, "shim");
    let last = &status["lastState"]["terminated"];
    assert_eq!(
        (&status["restartCount"], &last["exitCode"], &last["reason"]),
        (&json!(1), &json!(255), &json!("Error"))
    );
    assert_eq!(told(&mut world, "shim", "SandboxChanged").len(), 1);
}

#[test]
fn a_pod_that_does_not_fit_is_tried_twice_at_once() {
    let mut world = world();
    let far = json!({"nodeName": "", "nodeSelector": {"no": "such"}});
    make(&mut world, "far", "sleep 1000", &far, &json!({}));
    let claim = json!({"nodeName": "", "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "no"}}]});
    make(&mut world, "claims", "sleep 1000", &claim, &json!({}));
    pass(&mut world, 0.9);
    assert_eq!(told(&mut world, "far", "FailedScheduling").len(), 2);
    let message = "0/3 nodes are available: 3 persistentvolumeclaim \"no\" not found.";
    assert_eq!(told(&mut world, "claims", "FailedScheduling")[0].0, message);
}

#[test]
fn a_job_makes_its_pods_by_a_selector_of_its_own_and_backs_off() {
    let mut world = world();
    let job = |script: &str| {
        let pod = json!({"restartPolicy": "Never", "containers": [
            {"name": "main", "image": "busybox:1.31", "command": ["sh", "-c", script]}]});
        json!({"backoffLimit": 1, "template": {"spec": pod}})
    };
    for (name, script) in [("good", "exit 0"), ("bad", "exit 3")] {
        let made = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": job(script)});
        let made = world.api("kubectl").create("jobs", Some("default"), made).unwrap();
        let uid = &made["metadata"]["uid"];
        assert_eq!(made["spec"]["selector"]["matchLabels"]["controller-uid"], *uid);
        assert_eq!(made["spec"]["template"]["metadata"]["labels"], json!({"controller-uid": uid, "job-name": name}));
    }
    // Labels of the template are the Job's own, with what the selector adds; it keeps others that it brought.
    for (name, brought) in [("labelled", json!({})), ("own", json!({"a": "b"}))] {
        let mut spec = job("exit 0");
        (spec["parallelism"], spec["template"]["metadata"]) = (json!(0), json!({"labels": {"of": "it"}}));
        let mut made = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec});
        made["metadata"]["labels"] = brought.clone();
        let made = world.api("kubectl").create("jobs", Some("default"), made).unwrap();
        let all = json!({"of": "it", "controller-uid": made["metadata"]["uid"], "job-name": name});
        assert_eq!(made["metadata"]["labels"], if brought == json!({}) { all } else { brought });
    }
    pass(&mut world, 6.0);
    let job = |world: &World, name: &str| Value::clone(&world.informers.get("jobs", "default", name).unwrap());
    assert!(object::holds(&job(&world, "good"), "Complete"));
    assert_eq!(world.informers.list_in("pods", "default").count(), 2, "the failed one is not replaced yet");
    pass(&mut world, 40.0);
    assert!(object::holds(&job(&world, "bad"), "Failed"));
    assert_eq!(job(&world, "bad")["status"]["failed"], 2);
}

#[test]
fn a_forced_deletion_shortens_what_a_container_still_has() {
    let mut world = world();
    make(&mut world, "slow", "while :; do sleep 1; done", &json!({"terminationGracePeriodSeconds": 30}), &json!({}));
    pass(&mut world, 4.0);
    let id = main(&world, "slow")["containerID"].as_str().unwrap().trim_start_matches("containerd://").to_owned();
    let delete = |world: &mut World, seconds| {
        let options = crate::sandbox::api::DeleteOptions { grace_period_seconds: seconds, ..Default::default() };
        world.api("kubectl").delete("pods", Some("default"), "slow", &options).unwrap();
        pass(world, 1.0);
    };
    delete(&mut world, None);
    delete(&mut world, Some(0));
    assert!(world.informers.get("pods", "default", "slow").is_none());
    assert!(host::container(&world, WORKER, &id).is_some_and(|state| state.running), "two seconds are the least");
    pass(&mut world, 2.0);
    assert!(host::container(&world, WORKER, &id).is_none_or(|state| !state.running));
}

#[test]
fn a_user_is_as_the_pod_says_and_root_is_refused_where_it_must_not_be() {
    let mut world = world();
    let must_not = json!({"securityContext": {"runAsNonRoot": true}});
    make(&mut world, "root", "sleep 1000", &must_not, &json!({}));
    let user = json!({"securityContext": {"runAsNonRoot": true, "runAsUser": 1000}});
    make(&mut world, "user", "id; sleep 1000", &user, &json!({}));
    pass(&mut world, 3.0);
    assert_eq!(log(&world, "user"), "uid=1000 gid=0(root) groups=0(root)\n");
    let waiting = &main(&world, "root")["state"]["waiting"];
    let uid = object::uid(&pod(&world, "root")).to_owned();
    let why = format!(
        "container has runAsNonRoot and image will run as root (pod: \"root_default({uid})\", container: main)"
    );
    assert_eq!(*waiting, json!({"reason": "CreateContainerConfigError", "message": why}));
    assert_eq!(told(&mut world, "root", "Failed")[0].0, format!("Error: {why}"));
}

#[test]
fn an_image_that_cannot_be_named_so_is_not_asked_for() {
    let mut world = world();
    make(&mut world, "upper", "sleep 1000", &json!({}), &json!({"image": "UPPER:1"}));
    pass(&mut world, 3.0);
    assert_eq!(main(&world, "upper")["state"]["waiting"]["reason"], "InvalidImageName");
    let why = "Failed to apply default image tag \"UPPER:1\": couldn't parse image reference \"UPPER:1\": invalid \
               reference format: repository name must be lowercase";
    assert_eq!(told(&mut world, "upper", "InspectFailed")[0].0, why);
    assert!(told(&mut world, "upper", "Pulling").is_empty());
}

#[test]
fn a_pod_whose_sandbox_dies_is_stopped_and_started_again_unless_it_never_is() {
    let mut world = world();
    make(&mut world, "always", "sleep 1000", &json!({}), &json!({}));
    make(&mut world, "never", "sleep 1000", &json!({"restartPolicy": "Never"}), &json!({}));
    pass(&mut world, 4.0);
    let spec = host::ExecSpec { command: vec!["pkill".into(), "-9".into(), "pause".into()], ..Default::default() };
    let id = host::exec(&mut world, WORKER, None, spec);
    host::Exec::start(&mut world, &id).unwrap();
    pass(&mut world, 8.0);
    for name in ["always", "never"] {
        assert_eq!(told(&mut world, name, "Killing"), [("Stopping container main".to_owned(), 1)]);
    }
    assert_eq!(told(&mut world, "always", "SandboxChanged").len(), 1);
    assert!(told(&mut world, "never", "SandboxChanged").is_empty());
    assert_eq!(main(&world, "always")["restartCount"], 1);
    let address = pod(&world, "never")["status"]["podIP"].clone();
    assert!(address.is_string());
    assert_eq!(pod(&world, "never")["status"]["phase"], "Failed");
    // A kubelet that is started anew tells of itself anew, and leaves what is over as it was.
    let spec = host::ExecSpec { command: vec!["pkill".into(), "kubelet".into()], ..Default::default() };
    let id = host::exec(&mut world, WORKER, None, spec);
    host::Exec::start(&mut world, &id).unwrap();
    pass(&mut world, 8.0);
    assert_eq!(pod(&world, "never")["status"]["podIP"], address);
    assert_eq!(
        told(&mut world, WORKER, "Starting"),
        [("Starting kubelet.".to_owned(), 1), ("Starting kubelet.".to_owned(), 1)]
    );
}
