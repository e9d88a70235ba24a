//! Disruption budgets and evictions.

use super::*;

fn budget(spec: Value) -> Value {
    let mut budget = json!({"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"},
        "spec": {"selector": {"matchLabels": {"app": "a"}}}});
    for (field, value) in spec.as_object().unwrap() {
        budget["spec"][field] = value.clone();
    }
    budget
}

fn started(spec: Value) -> World {
    let mut world = cluster();
    create(&mut world, "poddisruptionbudgets", budget(spec));
    create(&mut world, "deployments", workload("Deployment", "d", json!({"replicas": 3})));
    pass(&mut world, 6.0);
    world
}

fn allowed(world: &World) -> i64 {
    get(world, "poddisruptionbudgets", "b")["status"]["disruptionsAllowed"].as_i64().unwrap()
}

/// Evicts the first Pod that runs: one that does not yet is in nobody's budget.
fn evict(world: &mut World) -> Result<(), u16> {
    let all = pods(world);
    let running = all.iter().find(|pod| object::holds(pod, "Ready") && !object::deleting(pod)).unwrap();
    let name = object::name(running).to_owned();
    let done = world.api("test").evict("default", &name, &DeleteOptions::default());
    world.tell();
    done.map_err(|status| status.code)
}

#[test]
fn a_budget_allows_what_is_above_the_least() {
    assert_eq!(allowed(&started(json!({"minAvailable": 2}))), 1);
    assert_eq!(allowed(&started(json!({"minAvailable": "50%"}))), 1);
    assert_eq!(allowed(&started(json!({"maxUnavailable": 2}))), 2);
    assert_eq!(allowed(&started(json!({"maxUnavailable": "100%"}))), 3);
}

#[test]
fn an_eviction_past_the_budget_is_refused_until_the_pod_is_replaced() {
    let mut world = started(json!({"minAvailable": 2}));
    assert_eq!(evict(&mut world), Ok(()));
    assert_eq!(evict(&mut world), Err(429));
    pass(&mut world, 0.2);
    assert_eq!(allowed(&world), 0);
    assert_eq!(evict(&mut world), Err(429));
    pass(&mut world, 15.0);
    assert_eq!((ready(&world), allowed(&world)), (3, 1));
    assert_eq!(evict(&mut world), Ok(()));
}

#[test]
fn without_a_budget_all_may_be_evicted() {
    let mut world = started(json!({"minAvailable": 0}));
    delete(&mut world, "poddisruptionbudgets", "b", None);
    for _ in 0..3 {
        assert_eq!(evict(&mut world), Ok(()));
    }
}

#[test]
fn a_pod_of_two_budgets_cannot_be_evicted() {
    let mut world = started(json!({"minAvailable": 0}));
    let mut second = budget(json!({"minAvailable": 0}));
    second["metadata"]["name"] = json!("second");
    create(&mut world, "poddisruptionbudgets", second);
    pass(&mut world, 1.0);
    assert_eq!(evict(&mut world), Err(500));
}

#[test]
fn a_budget_of_pods_whose_number_nobody_knows_allows_nothing_and_says_why() {
    let mut world = started(json!({"maxUnavailable": 1}));
    assert_eq!(allowed(&world), 1);
    let bare = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare", "labels": {"app": "a"}},
        "spec": {"containers": [{"name": "c", "image": "busybox:1.31"}]}});
    create(&mut world, "pods", bare);
    pass(&mut world, 1.0);
    assert_eq!(allowed(&world), 0);
    let events = world.api("test").list("events", Some("default")).unwrap();
    let about = events.iter().filter(|event| event["involvedObject"]["kind"] == "PodDisruptionBudget");
    let told: Vec<[&str; 2]> =
        about.map(|event| ["reason", "message"].map(|field| event[field].as_str().unwrap())).collect();
    let why = "found no controller ref for pod \"bare\"";
    let failed = format!("Failed to calculate the number of expected pods: {why}");
    let expected = [("NoControllerRef", why), ("CalculateExpectedPodCountFailed", &*failed)];
    for (reason, message) in expected {
        assert!(told.contains(&[reason, message]), "{told:?}");
    }
}

#[test]
fn an_eviction_that_is_only_tried_costs_nothing() {
    let mut world = started(json!({"minAvailable": 2}));
    let name = object::name(&pods(&world)[0]).to_owned();
    let tried = DeleteOptions { dry_run: true, ..DeleteOptions::default() };
    world.api("test").evict("default", &name, &tried).unwrap();
    pass(&mut world, 1.0);
    assert_eq!(allowed(&world), 1);
    assert!(get(&world, "poddisruptionbudgets", "b")["status"]["disruptedPods"].is_null());
    assert_eq!(evict(&mut world), Ok(()));
}

#[test]
fn a_budget_whose_selector_is_empty_is_for_no_pod() {
    let world = started(json!({"maxUnavailable": "100%", "selector": {}}));
    let status = &get(&world, "poddisruptionbudgets", "b")["status"];
    for count in ["currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"] {
        assert_eq!(status[count], 0, "{status}");
    }
}
