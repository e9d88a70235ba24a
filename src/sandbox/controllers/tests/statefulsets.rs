//! StatefulSets.

use super::*;
use crate::sandbox::kubelet::stand_in::check_returns;

fn set(replicas: i64, more: Value) -> Value {
    let mut set = workload("StatefulSet", "s", json!({"replicas": replicas, "serviceName": "s"}));
    for (field, value) in more.as_object().unwrap() {
        set["spec"][field] = value.clone();
    }
    set
}

/// Asks for another command.
fn update(world: &mut World) {
    change(world, "statefulsets", "s", |set| {
        set["spec"]["template"]["spec"]["containers"][0]["command"][2] = json!("other");
    });
}

fn updated(world: &World) -> Vec<String> {
    let of_new = pods(world).into_iter().filter(|pod| pod["spec"]["containers"][0]["command"][2] == "other");
    of_new.map(|pod| object::name(&pod).to_owned()).collect()
}

#[test]
fn pods_come_one_after_the_other_each_when_the_one_before_is_ready() {
    let mut world = cluster();
    create(&mut world, "statefulsets", set(3, json!({})));
    let mut most_waiting = 0;
    for _ in 0..100 {
        pass(&mut world, 0.1);
        most_waiting = most_waiting.max(pods(&world).len() - ready(&world));
    }
    assert_eq!((most_waiting, names(&world, "pods")), (1, vec!["s-0".into(), "s-1".into(), "s-2".into()]));
    let first = get(&world, "pods", "s-0");
    assert_eq!((&first["spec"]["hostname"], &first["spec"]["subdomain"]), (&json!("s-0"), &json!("s")));
}

#[test]
fn a_pod_that_is_not_ready_holds_the_next_up() {
    let mut world = cluster();
    check_returns(1);
    let mut held = set(2, json!({}));
    held["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] =
        json!({"exec": {"command": ["check"]}, "periodSeconds": 1});
    create(&mut world, "statefulsets", held);
    pass(&mut world, 30.0);
    assert_eq!(names(&world, "pods"), ["s-0"]);
    check_returns(0);
    pass(&mut world, 15.0);
    assert_eq!((names(&world, "pods").len(), ready(&world)), (2, 2));
}

#[test]
fn parallel_management_waits_for_nobody() {
    let mut world = cluster();
    create(&mut world, "statefulsets", set(3, json!({"podManagementPolicy": "Parallel"})));
    pass(&mut world, 0.3);
    assert_eq!(names(&world, "pods").len(), 3);
}

#[test]
fn pods_go_in_the_reverse_order() {
    let mut world = cluster();
    create(&mut world, "statefulsets", set(3, json!({})));
    pass(&mut world, 15.0);
    change(&mut world, "statefulsets", "s", |set| set["spec"]["replicas"] = json!(1));
    let mut seen = vec![names(&world, "pods")];
    for _ in 0..200 {
        pass(&mut world, 0.1);
        if seen.last() != Some(&names(&world, "pods")) {
            seen.push(names(&world, "pods"));
        }
        assert!(names(&world, "pods").len() - pods(&world).len() <= 1, "two at once");
    }
    assert_eq!(seen, [vec!["s-0", "s-1", "s-2"], vec!["s-0", "s-1"], vec!["s-0"]]);
}

#[test]
fn a_rolling_update_begins_with_the_last_and_ends_with_one_revision() {
    let mut world = cluster();
    create(&mut world, "statefulsets", set(2, json!({})));
    pass(&mut world, 10.0);
    update(&mut world);
    let mut order = Vec::new();
    for _ in 0..400 {
        pass(&mut world, 0.1);
        for name in updated(&world) {
            if !order.contains(&name) {
                order.push(name);
            }
        }
    }
    assert_eq!(order, ["s-1", "s-0"]);
    let status = get(&world, "statefulsets", "s")["status"].clone();
    assert_eq!(status["currentRevision"], status["updateRevision"]);
    assert_eq!((&status["updatedReplicas"], &status["readyReplicas"]), (&json!(2), &json!(2)));
}

#[test]
fn a_partition_keeps_the_lower_ones_as_they_were_even_when_replaced() {
    let mut world = cluster();
    let partition = json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}});
    create(&mut world, "statefulsets", set(2, partition));
    pass(&mut world, 10.0);
    update(&mut world);
    pass(&mut world, 30.0);
    assert_eq!(updated(&world), ["s-1"]);
    delete(&mut world, "pods", "s-0", None);
    pass(&mut world, 30.0);
    assert_eq!((updated(&world), ready(&world)), (vec!["s-1".to_owned()], 2));
    let status = get(&world, "statefulsets", "s")["status"].clone();
    assert_ne!(status["currentRevision"], status["updateRevision"]);
}

#[test]
fn a_deleted_pod_comes_back_with_its_name() {
    let mut world = cluster();
    create(&mut world, "statefulsets", set(1, json!({})));
    pass(&mut world, 5.0);
    let before = object::uid(&get(&world, "pods", "s-0")).to_owned();
    delete(&mut world, "pods", "s-0", None);
    pass(&mut world, 0.5);
    assert_eq!(object::uid(&get(&world, "pods", "s-0")), before);
    pass(&mut world, 20.0);
    assert_ne!(object::uid(&get(&world, "pods", "s-0")), before);
    assert_eq!(ready(&world), 1);
}

#[test]
fn old_revisions_are_kept_up_to_the_limit() {
    let mut world = cluster();
    create(&mut world, "statefulsets", set(1, json!({"revisionHistoryLimit": 1})));
    pass(&mut world, 5.0);
    for number in 0..4 {
        change(&mut world, "statefulsets", "s", |set| {
            set["spec"]["template"]["spec"]["containers"][0]["command"][2] = json!(format!("loop {number}"));
        });
        pass(&mut world, 20.0);
    }
    assert_eq!(names(&world, "controllerrevisions").len(), 2);
}

/// As `etcdctl watch` shows on a v1.20.2 cluster.
#[test]
fn a_step_is_told_with_what_it_changed() {
    let mut world = cluster();
    create(&mut world, "statefulsets", set(2, json!({})));
    let mut seen = Vec::new();
    for _ in 0..2_000 {
        pass(&mut world, 0.005);
        let status = get(&world, "statefulsets", "s")["status"].clone();
        let counts = ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas"];
        let counts = counts.map(|field| status[field].as_i64().unwrap_or(0));
        if seen.last() != Some(&counts) {
            seen.push(counts);
        }
    }
    assert_eq!(seen, [[1, 0, 1, 1], [2, 1, 2, 2], [2, 2, 2, 2]]);
    let kv = world.store.get(b"/registry/statefulsets/default/s").unwrap();
    assert_eq!(kv.version, 4);
    change(&mut world, "statefulsets", "s", |set| set["spec"]["replicas"] = json!(1));
    pass(&mut world, 0.5);
    let status = get(&world, "statefulsets", "s")["status"].clone();
    assert_eq!(
        (&status["replicas"], &status["currentReplicas"], &status["readyReplicas"]),
        (&json!(2), &json!(1), &json!(2))
    );
}
