//! What happens to a node, told from its beginning to its end.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use serde_json::{Value, json};

use super::story_tests::{WORKER, main, make, pass, pod, told, world};
use crate::sandbox::{host, object};

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
