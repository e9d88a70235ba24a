//! ReplicationControllers, and autoscalers that know no metrics.

use super::*;

fn old(name: &str, replicas: i64) -> Value {
    json!({"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": name},
        "spec": {"replicas": replicas, "template": template("loop")}})
}

fn autoscaler(name: &str, kind: (&str, &str), of: &str, least: i64) -> Value {
    json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name}, "spec": {
        "scaleTargetRef": {"apiVersion": kind.0, "kind": kind.1, "name": of}, "minReplicas": least, "maxReplicas": 5}})
}

fn conditions(world: &World, name: &str) -> Vec<(String, String, String)> {
    let autoscaler = get(world, "horizontalpodautoscalers", name);
    let text = autoscaler["metadata"]["annotations"]["autoscaling.alpha.kubernetes.io/conditions"].as_str().unwrap();
    let all: Vec<Value> = serde_json::from_str(text).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.iter().map(|one| (text(&one["type"]), text(&one["status"]), text(&one["message"]))).collect()
}

#[test]
fn a_replication_controller_keeps_its_pods() {
    let mut world = cluster();
    create(&mut world, "replicationcontrollers", old("rc", 2));
    pass(&mut world, 5.0);
    assert_eq!(ready(&world), 2);
    let status = get(&world, "replicationcontrollers", "rc")["status"].clone();
    assert_eq!(
        ["replicas", "readyReplicas", "availableReplicas"].map(|field| status[field].clone()),
        [2, 2, 2].map(|n| json!(n))
    );
    let first = object::name(&pods(&world)[0]).to_owned();
    assert_eq!(get(&world, "pods", &first)["metadata"]["ownerReferences"][0]["kind"], "ReplicationController");
    delete(&mut world, "pods", &first, None);
    pass(&mut world, 20.0);
    assert_eq!((ready(&world), names(&world, "pods").contains(&first)), (2, false));
    delete(&mut world, "replicationcontrollers", "rc", Some("Background"));
    pass(&mut world, 30.0);
    assert_eq!(names(&world, "pods").len(), 0);
}

#[test]
fn an_autoscaler_keeps_to_its_limits_and_knows_no_more() {
    let mut world = cluster();
    create(&mut world, "replicationcontrollers", old("rc", 2));
    create(&mut world, "horizontalpodautoscalers", autoscaler("h", ("v1", "ReplicationController"), "rc", 3));
    create(&mut world, "horizontalpodautoscalers", autoscaler("lost", ("apps/v1", "Deployment"), "none", 1));
    pass(&mut world, 14.0);
    assert_eq!(ready(&world), 2, "it first looks after a period");
    pass(&mut world, 6.0);
    let scaled = "the HPA controller was able to update the target scale to 3";
    assert_eq!(conditions(&world, "h"), [("AbleToScale".to_owned(), "True".to_owned(), scaled.to_owned())]);
    let failed =
        "the HPA controller was unable to get the target's current scale: deployments/scale.apps \"none\" not found";
    assert_eq!(conditions(&world, "lost"), [("AbleToScale".to_owned(), "False".to_owned(), failed.to_owned())]);
    pass(&mut world, 15.0);
    assert_eq!(ready(&world), 3);
    let status = get(&world, "horizontalpodautoscalers", "h")["status"].clone();
    assert_eq!((&status["currentReplicas"], &status["desiredReplicas"]), (&json!(3), &json!(3)));
    let unknown = "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for \
                   resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested \
                   resource (get pods.metrics.k8s.io)";
    assert_eq!(conditions(&world, "h")[1], ("ScalingActive".to_owned(), "False".to_owned(), unknown.to_owned()));
}
