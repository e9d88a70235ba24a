//! Pods that take the place of others.

use super::*;
use crate::sandbox::boot::NODES;

fn class(world: &mut World, name: &str, value: i64, policy: &str) {
    let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
        "value": value, "preemptionPolicy": policy});
    world.api("test").create("priorityclasses", None, class).unwrap();
    world.tell();
}

/// A Pod for the first worker.
fn pod(name: &str, class: &str, cpu: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"priorityClassName": class, "terminationGracePeriodSeconds": 3,
            "containers": [{"name": "main", "image": "busybox:1.31", "command": ["sh", "-c", "loop"],
                "resources": {"requests": {"cpu": cpu}}}]}})
}

fn full() -> World {
    let mut world = cluster();
    class(&mut world, "low", 10, "PreemptLowerPriority");
    class(&mut world, "middle", 100, "PreemptLowerPriority");
    class(&mut world, "high", 1000, "PreemptLowerPriority");
    class(&mut world, "patient", 1000, "Never");
    for (name, class) in [("a", "low"), ("b", "middle"), ("c", "low")] {
        create(&mut world, "pods", pod(name, class, "600m"));
        pass(&mut world, 2.0);
    }
    assert_eq!(ready(&world), 3);
    world
}

fn node_of(world: &World, name: &str) -> Value {
    get(world, "pods", name)["spec"]["nodeName"].clone()
}

#[test]
fn the_fewest_and_least_important_leave() {
    let mut world = full();
    create(&mut world, "pods", pod("h", "high", "700m"));
    pass(&mut world, 1.0);
    let waiting = get(&world, "pods", "h");
    assert_eq!(waiting["status"]["nominatedNodeName"], NODES[1]);
    assert!(waiting["spec"]["nodeName"].is_null());
    // The younger one of two that are as important: it is looked at last.
    assert_eq!(["a", "b", "c"].map(|name| object::deleting(&get(&world, "pods", name))), [false, false, true]);
    let events = world.api("test").list("events", Some("default")).unwrap();
    let event = events.iter().find(|event| event["reason"] == "Preempted").unwrap();
    assert_eq!(event["message"], format!("Preempted by default/h on node {}", NODES[1]));
    assert_eq!(event["involvedObject"]["name"], "c");
    // What comes meanwhile does not take its place.
    create(&mut world, "pods", pod("d", "low", "200m"));
    pass(&mut world, 30.0);
    assert_eq!(node_of(&world, "h"), NODES[1]);
    assert!(node_of(&world, "d").is_null());
}

#[test]
fn those_that_never_preempt_wait_and_budgets_are_kept_where_they_can_be() {
    let mut world = full();
    create(&mut world, "pods", pod("p", "patient", "1"));
    pass(&mut world, 5.0);
    assert_eq!(pods(&world).len(), 4);
    let budget = json!({"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "c"}}}});
    create(&mut world, "poddisruptionbudgets", budget);
    pass(&mut world, 2.0);
    delete(&mut world, "pods", "p", None);
    create(&mut world, "pods", pod("h", "high", "500m"));
    pass(&mut world, 1.0);
    assert_eq!(["a", "b", "c"].map(|name| object::deleting(&get(&world, "pods", name))), [true, false, false]);
}
