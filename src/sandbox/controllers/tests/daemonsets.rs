//! DaemonSets.

use super::*;
use crate::sandbox::boot::NODES;
use crate::sandbox::kubelet::stand_in::kubelet;

fn nodes(world: &World) -> Vec<String> {
    let mut nodes: Vec<_> =
        pods(world).iter().map(|pod| pod["spec"]["nodeName"].as_str().unwrap().to_owned()).collect();
    nodes.sort();
    nodes
}

#[test]
fn one_pod_runs_on_each_node_whose_taints_are_tolerated() {
    let mut world = cluster();
    create(&mut world, "daemonsets", workload("DaemonSet", "d", json!({})));
    pass(&mut world, 5.0);
    assert_eq!(nodes(&world), [NODES[1], NODES[2]]);
    let status = get(&world, "daemonsets", "d")["status"].clone();
    assert_eq!((&status["desiredNumberScheduled"], &status["numberReady"]), (&json!(2), &json!(2)), "{status}");
}

#[test]
fn a_toleration_of_everything_takes_the_control_plane_too() {
    let mut world = cluster();
    let mut set = workload("DaemonSet", "d", json!({}));
    set["spec"]["template"]["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
    create(&mut world, "daemonsets", set);
    pass(&mut world, 5.0);
    assert_eq!(nodes(&world), NODES);
}

#[test]
fn a_node_selector_leaves_out_and_a_label_brings_in() {
    let mut world = cluster();
    let mut set = workload("DaemonSet", "d", json!({}));
    set["spec"]["template"]["spec"]["nodeSelector"] = json!({"near": "true"});
    create(&mut world, "daemonsets", set);
    pass(&mut world, 5.0);
    assert_eq!(nodes(&world), [NODES[1]]);
    let mut node = Value::clone(&world.informers.get("nodes", "", NODES[2]).unwrap());
    node["metadata"]["labels"]["near"] = json!("true");
    world.api("test").update("nodes", None, node).unwrap();
    pass(&mut world, 5.0);
    assert_eq!(nodes(&world), [NODES[1], NODES[2]]);
}

#[test]
fn a_no_execute_taint_ends_its_pod_and_a_no_schedule_taint_does_not() {
    let mut world = cluster();
    create(&mut world, "daemonsets", workload("DaemonSet", "d", json!({})));
    pass(&mut world, 5.0);
    for (effect, left) in [("NoSchedule", 2), ("NoExecute", 1)] {
        let mut node = Value::clone(&world.informers.get("nodes", "", NODES[1]).unwrap());
        node["spec"]["taints"] = json!([{"key": "own", "value": "1", "effect": effect}]);
        world.api("test").update("nodes", None, node).unwrap();
        pass(&mut world, 15.0);
        assert_eq!(nodes(&world).len(), left, "{effect}");
    }
}

#[test]
fn a_rolling_update_takes_one_node_after_the_other() {
    let mut world = cluster();
    create(&mut world, "daemonsets", workload("DaemonSet", "d", json!({})));
    pass(&mut world, 5.0);
    change(&mut world, "daemonsets", "d", |set| {
        set["spec"]["template"]["spec"]["containers"][0]["command"][2] = json!("other");
    });
    let mut least = 2;
    for _ in 0..400 {
        pass(&mut world, 0.1);
        least = least.min(ready(&world));
    }
    assert_eq!(least, 1);
    assert!(pods(&world).iter().all(|pod| pod["spec"]["containers"][0]["command"][2] == "other"));
    assert_eq!(get(&world, "daemonsets", "d")["status"]["updatedNumberScheduled"], 2);
    assert_eq!(names(&world, "controllerrevisions").len(), 2);
}

#[test]
fn on_delete_replaces_only_what_is_deleted() {
    let mut world = cluster();
    create(&mut world, "daemonsets", workload("DaemonSet", "d", json!({"updateStrategy": {"type": "OnDelete"}})));
    pass(&mut world, 5.0);
    change(&mut world, "daemonsets", "d", |set| {
        set["spec"]["template"]["spec"]["containers"][0]["command"][2] = json!("other");
    });
    pass(&mut world, 20.0);
    let is_new = |pod: &Arc<Value>| pod["spec"]["containers"][0]["command"][2] == "other";
    assert_eq!(pods(&world).iter().filter(|pod| is_new(pod)).count(), 0);
    let first = object::name(&pods(&world)[0]).to_owned();
    delete(&mut world, "pods", &first, None);
    pass(&mut world, 20.0);
    assert_eq!(pods(&world).iter().filter(|pod| is_new(pod)).count(), 1);
}

#[test]
fn a_new_node_gets_a_pod_and_a_deleted_one_loses_it() {
    let mut world = cluster();
    create(&mut world, "daemonsets", workload("DaemonSet", "d", json!({})));
    kubelet(&mut world, "another", true);
    pass(&mut world, 30.0);
    assert_eq!(nodes(&world), ["another", NODES[1], NODES[2]]);
    kubelet(&mut world, "another", false);
    world.api("test").delete("nodes", None, "another", &DeleteOptions::default()).unwrap();
    pass(&mut world, 120.0);
    assert_eq!(names(&world, "pods").len(), 2);
    assert_eq!(get(&world, "daemonsets", "d")["status"]["desiredNumberScheduled"], 2);
}

#[test]
fn templates_are_counted_apart_from_the_spec() {
    let mut world = cluster();
    create(&mut world, "daemonsets", workload("DaemonSet", "s", json!({})));
    pass(&mut world, 3.0);
    change(&mut world, "daemonsets", "s", |set| set["spec"]["minReadySeconds"] = json!(1));
    change(&mut world, "daemonsets", "s", |set| {
        set["spec"]["template"]["spec"]["containers"][0]["image"] = json!("busybox");
        set["metadata"]["annotations"] = json!({});
    });
    pass(&mut world, 30.0);
    let set = get(&world, "daemonsets", "s");
    assert_eq!(set["metadata"]["generation"], 3);
    assert_eq!(set["metadata"]["annotations"]["deprecated.daemonset.template.generation"], "2");
    let labels: Vec<Value> =
        pods(&world).iter().map(|pod| pod["metadata"]["labels"]["pod-template-generation"].clone()).collect();
    assert!(labels.contains(&json!("2")) && !labels.contains(&json!("3")), "{labels:?}");
}

/// As `kubectl get -w` shows on a v1.20.2 cluster.
#[test]
fn a_status_tells_of_the_pods_that_were_just_made() {
    let mut world = cluster();
    create(&mut world, "daemonsets", workload("DaemonSet", "d", json!({})));
    let mut seen = Vec::new();
    for _ in 0..100 {
        pass(&mut world, 0.002);
        let current = get(&world, "daemonsets", "d")["status"]["currentNumberScheduled"].clone();
        if seen.last() != Some(&current) {
            seen.push(current);
        }
    }
    assert!(seen == [0, 2] || seen == [2], "{seen:?}");
}
