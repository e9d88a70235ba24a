//! Deployments that rest, and who owns the number of their replicas.

use super::*;

fn progressing(world: &World) -> [Value; 3] {
    let deployment = get(world, "deployments", "d");
    let condition = object::condition(&deployment, "Progressing").unwrap();
    ["status", "reason", "message"].map(|field| condition[field].clone())
}

#[test]
fn a_paused_deployment_says_so_and_misses_no_deadline() {
    let mut world = cluster();
    create(
        &mut world,
        "deployments",
        workload("Deployment", "d", json!({"replicas": 1, "progressDeadlineSeconds": 5})),
    );
    pass(&mut world, 10.0);
    change(&mut world, "deployments", "d", |deployment| {
        deployment["spec"]["paused"] = json!(true);
        deployment["spec"]["template"]["spec"]["containers"][0]["image"] = json!("none:1");
    });
    pass(&mut world, 30.0);
    assert_eq!(progressing(&world), [json!("Unknown"), json!("DeploymentPaused"), json!("Deployment is paused")]);
    change(&mut world, "deployments", "d", |deployment| {
        deployment["spec"]["paused"] = json!(false);
    });
    pass(&mut world, 30.0);
    assert_eq!(progressing(&world)[1], json!("ProgressDeadlineExceeded"));
    change(&mut world, "deployments", "d", |deployment| deployment["spec"]["paused"] = json!(true));
    pass(&mut world, 5.0);
    assert_eq!(progressing(&world)[1], json!("ProgressDeadlineExceeded"), "a pause does not cover it");
}

#[test]
fn a_scale_does_not_take_the_number_from_its_owner() {
    let mut world = cluster();
    create(&mut world, "deployments", workload("Deployment", "d", json!({"replicas": 1})));
    pass(&mut world, 3.0);
    let mut scale = world.api("scaler").scale("deployments", Some("default"), "d").unwrap();
    scale["spec"]["replicas"] = json!(2);
    world.api("scaler").update_scale("deployments", Some("default"), "d", &scale).unwrap();
    world.tell();
    let deployment = get(&world, "deployments", "d");
    assert_eq!(deployment["spec"]["replicas"], 2);
    let managers: Vec<&Value> =
        object::items(&deployment["metadata"]["managedFields"]).iter().map(|entry| &entry["manager"]).collect();
    assert_eq!(managers, ["test", "kube-controller-manager"]);
}

/// As a v1.20.2 lists them: what changed last is last, so one that has rolled out says first that it is available.
#[test]
fn the_condition_that_changed_last_is_last() {
    let mut world = cluster();
    create(&mut world, "deployments", workload("Deployment", "d", json!({"replicas": 1})));
    let conditions = |world: &World| {
        let deployment = get(world, "deployments", "d");
        let each = object::items(&deployment["status"]["conditions"]).iter();
        each.map(|condition| condition["type"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    pass(&mut world, 10.0);
    assert_eq!(conditions(&world), ["Available", "Progressing"]);
    change(&mut world, "deployments", "d", |deployment| deployment["spec"]["replicas"] = json!(0));
    pass(&mut world, 10.0);
    change(&mut world, "deployments", "d", |deployment| deployment["spec"]["replicas"] = json!(1));
    pass(&mut world, 10.0);
    assert_eq!(conditions(&world), ["Progressing", "Available"], "the roll-out was complete all the time");
}

thread_local! {
    /// What the next test's watch saw, with its resourceVersion.
    static SEEN: std::cell::RefCell<Vec<(i64, [i64; 3])>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// What was seen, in the order of writing: listeners react each at a time of their own.
fn seen() -> Vec<[i64; 3]> {
    let mut seen = SEEN.take();
    seen.sort_unstable();
    seen.into_iter().map(|(_, numbers)| numbers).collect()
}

/// As a v1.20.2 writes them: each sync one status, of the sets as the sync found them.
#[test]
fn what_a_watch_sees_of_a_scale_are_the_writes_of_a_real_controller() {
    let mut world = cluster();
    create(&mut world, "deployments", workload("Deployment", "d", json!({"replicas": 1})));
    pass(&mut world, 10.0);
    change(&mut world, "deployments", "d", |deployment| deployment["spec"]["replicas"] = json!(0));
    pass(&mut world, 40.0);
    world.informers.watch("deployments", |_, heard| {
        let status = &heard.object()["status"];
        let numbers =
            ["observedGeneration", "replicas", "unavailableReplicas"].map(|field| object::int(&status[field], 0));
        let version = heard.object()["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
        SEEN.with_borrow_mut(|seen| seen.push((version, numbers)));
    });
    change(&mut world, "deployments", "d", |deployment| deployment["spec"]["replicas"] = json!(2));
    pass(&mut world, 0.5);
    assert_eq!(seen(), [[2, 0, 0], [3, 0, 2], [3, 2, 2]]);
    change(&mut world, "deployments", "d", |deployment| deployment["spec"]["replicas"] = json!(0));
    pass(&mut world, 0.5);
    assert_eq!(seen(), [[3, 2, 2], [4, 2, 2], [4, 2, 0], [4, 0, 0]]);
}
