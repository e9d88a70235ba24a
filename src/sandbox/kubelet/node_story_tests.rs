//! What happens to a node, told from its beginning to its end.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::story_tests::{WORKER, main, make, pass, pod, told, world};
use crate::sandbox::api::DeleteOptions;
use crate::sandbox::{World, host, object};

#[test]
fn a_node_that_comes_back_tells_of_its_conditions() {
    let mut world = world();
    make(&mut world, "kept", "sleep 1000", &json!({}), &json!({}));
    pass(&mut world, 4.0);
    host::pause(&mut world, WORKER);
    pass(&mut world, 60.0);
    assert!(!object::holds(&world.informers.get("nodes", "", WORKER).unwrap(), "Ready"));
    host::unpause(&mut world, WORKER);
    let before = told(&mut world, WORKER, "NodeHasSufficientMemory")[0].1;
    pass(&mut world, 15.0);
    assert!(object::holds(&world.informers.get("nodes", "", WORKER).unwrap(), "Ready"));
    assert_eq!(told(&mut world, WORKER, "NodeHasSufficientMemory")[0].1, before + 1);
    host::stop(&mut world, WORKER, Duration::from_secs(10));
    pass(&mut world, 30.0);
    host::start(&mut world, WORKER);
    pass(&mut world, 10.0);
    assert_eq!(pod(&world, "kept")["status"]["podIP"], "10.244.1.3", "its sandbox was made anew");
    let status = main(&world, "kept");
    let last = &status["lastState"]["terminated"];
    assert_eq!(
        (&status["restartCount"], &last["exitCode"], &last["reason"]),
        (&json!(1), &json!(255), &json!("Unknown"))
    );
    assert!(told(&mut world, WORKER, "NodeNotReady").iter().any(|(_, count)| *count >= 1));
}

#[test]
fn a_node_that_is_deleted_stays_away_and_its_pods_are_collected() {
    let mut world = world();
    make(&mut world, "lost", "sleep 1000", &json!({}), &json!({}));
    pass(&mut world, 4.0);
    let options = crate::sandbox::api::DeleteOptions::default();
    world.api("kubectl").delete("nodes", None, WORKER, &options).unwrap();
    pass(&mut world, 6.0);
    let removing = format!("Node {WORKER} event: Removing Node {WORKER} from Controller");
    assert_eq!(told(&mut world, WORKER, "RemovingNode"), [(removing, 1)]);
    pass(&mut world, 70.0);
    assert!(world.informers.get("pods", "default", "lost").is_none());
    assert!(world.informers.get("nodes", "", WORKER).is_none(), "a kubelet registers only when it starts");
}

#[test]
fn a_kubelet_works_some_seconds_after_its_start_and_registers_a_deleted_node_without_a_network() {
    let mut world = world();
    make(&mut world, "kept", "sleep 1000", &json!({}), &json!({}));
    pass(&mut world, 14.0);
    world.api("kubectl").delete("nodes", None, WORKER, &crate::sandbox::api::DeleteOptions::default()).unwrap();
    let ready = |world: &crate::sandbox::World| {
        world.informers.get("nodes", "", WORKER).map(|node| object::holds(&node, "Ready"))
    };
    let kill = |world: &mut crate::sandbox::World| {
        let pid = host::process_of(world, WORKER, "kubelet").unwrap();
        host::end_process(world, WORKER, pid, 1);
    };
    kill(&mut world);
    pass(&mut world, 6.0);
    assert_eq!(ready(&world), None, "its init waits one second, and it asks for a Docker Engine for five");
    pass(&mut world, 1.0);
    assert_eq!(ready(&world), Some(false));
    let node = world.informers.get("nodes", "", WORKER).unwrap();
    assert!(node["spec"]["podCIDR"].is_null(), "{}", node["spec"]);
    pass(&mut world, 8.5);
    assert_eq!(ready(&world), Some(false), "only its next round tells that it is ready");
    pass(&mut world, 2.0);
    assert_eq!(ready(&world), Some(true));
    make(&mut world, "later", "sleep 1000", &json!({}), &json!({}));
    pass(&mut world, 4.0);
    assert_eq!(pod(&world, "later")["status"]["podIP"], "10.244.1.3", "the host's network is as it was");
    // Its container's start gives the Node its network again.
    host::stop(&mut world, WORKER, Duration::from_secs(10));
    pass(&mut world, 12.0);
    host::start(&mut world, WORKER);
    pass(&mut world, 5.0);
    assert!(!super::works(&world, WORKER));
    pass(&mut world, 3.0);
    assert!(super::works(&world, WORKER));
    let node = world.informers.get("nodes", "", WORKER).unwrap();
    assert_eq!(node["spec"]["podCIDR"], "10.244.1.0/24");
}

#[test]
fn a_kubelet_tells_that_its_node_was_cordoned() {
    let mut world = world();
    for (cordoned, reason) in [(true, "NodeNotSchedulable"), (false, "NodeSchedulable")] {
        let mut node = Value::clone(&*world.api("kubectl").get("nodes", None, WORKER).unwrap());
        node["spec"]["unschedulable"] = json!(cordoned);
        world.api("kubectl").update("nodes", None, node).unwrap();
        pass(&mut world, 15.0);
        assert_eq!(told(&mut world, WORKER, reason), [(format!("Node {WORKER} status is now: {reason}"), 1)]);
    }
}

#[test]
fn a_node_that_was_frozen_says_again_that_its_pods_are_ready() {
    let mut world = world();
    make(&mut world, "long", "sleep 1000", &json!({}), &json!({}));
    pass(&mut world, 4.0);
    assert!(host::pause(&mut world, WORKER));
    pass(&mut world, 50.0);
    assert!(!object::holds(&pod(&world, "long"), "Ready"));
    assert!(host::unpause(&mut world, WORKER));
    pass(&mut world, 14.0);
    assert!(object::holds(&pod(&world, "long"), "Ready"));
}

#[test]
fn a_kubelet_that_stood_still_does_first_what_was_due_first() {
    let mut world = world();
    let done = Arc::new(Mutex::new(Vec::new()));
    host::pause(&mut world, WORKER);
    for due in [3_050, 3_199, 2_930] {
        let done = done.clone();
        super::after(&mut world, WORKER, Duration::from_millis(due), move |_, _| done.lock().unwrap().push(due));
    }
    pass(&mut world, 10.0);
    host::unpause(&mut world, WORKER);
    assert!(done.lock().unwrap().is_empty());
    pass(&mut world, 0.5);
    assert_eq!(*done.lock().unwrap(), [2_930, 3_050, 3_199]);
}

/// As `kubectl logs` and `ctr` show on a v1.20.2 cluster.
#[test]
fn containers_of_a_deleted_pod_go_once_their_end_is_known_also_where_a_finalizer_keeps_it() {
    let mut world = world();
    make(&mut world, "p", "sleep 1000", &json!({}), &json!({}));
    pass(&mut world, 4.0);
    let patch = json!({"metadata": {"finalizers": ["a.b/p"]}});
    let merge = crate::sandbox::api::PatchType::Merge;
    world.api("kubectl").patch("pods", Some("default"), "p", "", merge, &patch).unwrap();
    let id = main(&world, "p")["containerID"].as_str().unwrap().trim_start_matches("containerd://").to_owned();
    let options = crate::sandbox::api::DeleteOptions::default();
    world.api("kubectl").delete("pods", Some("default"), "p", &options).unwrap();
    pass(&mut world, 1.0);
    assert!(host::logs(&world, WORKER, &id).is_some());
    pass(&mut world, 3.0);
    assert!(host::logs(&world, WORKER, &id).is_none());
    pass(&mut world, 60.0);
    assert_eq!(main(&world, "p")["state"]["terminated"]["exitCode"], 137);
}

/// As on a v1.20.2 cluster, where a Pod that is deleted meanwhile is there for long after the network is back.
#[test]
fn a_kubelet_that_was_cut_off_for_long_hears_of_its_pods_late() {
    let mut world = world();
    make(&mut world, "short", "sleep 1000", &json!({}), &json!({"terminationGracePeriodSeconds": 1}));
    make(&mut world, "long", "sleep 1000", &json!({}), &json!({"terminationGracePeriodSeconds": 1}));
    pass(&mut world, 4.0);
    let there = |world: &World, name: &str| world.informers.get("pods", "default", name).is_some();
    let mut cut = |name: &str, seconds: f64| {
        host::disconnect(&mut world, WORKER);
        pass(&mut world, seconds);
        world.api("test").delete("pods", Some("default"), name, &DeleteOptions::default()).unwrap();
        pass(&mut world, 1.0);
        host::connect(&mut world, WORKER);
        let mut waited = 0;
        while there(&world, name) && waited < 100 {
            pass(&mut world, 1.0);
            waited += 1;
        }
        waited
    };
    // No heartbeat had time to fail.
    assert!(cut("short", 6.0) < 6);
    let late = cut("long", 90.0);
    assert!((6..65).contains(&late), "{late}");
}
