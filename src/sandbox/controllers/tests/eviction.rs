//! NoExecute taints that people put on and take off, as a v1.20.2 lab showed.

use serde_json::{Value, json};

use super::*;

const NODE: &str = crate::sandbox::boot::NODES[1];

fn taint(world: &mut World, taints: Value) {
    let mut node = Value::clone(&*world.api("test").get("nodes", None, NODE).unwrap());
    node["spec"]["taints"] = taints;
    world.api("test").update("nodes", None, node).unwrap();
    world.tell();
}

fn told(world: &mut World, name: &str) -> Vec<(String, i64)> {
    let all = world.api("test").list("events", None).unwrap();
    let of =
        all.iter().filter(|event| event["involvedObject"]["name"] == name && event["reason"] == "TaintManagerEviction");
    of.map(|event| (event["message"].as_str().unwrap().to_owned(), object::int(&event["count"], 1))).collect()
}

#[test]
fn tolerations_run_from_the_first_taint_and_the_first_that_matches_counts() {
    let mut world = cluster();
    let pod = |name: &str, tolerations: Value| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
            "nodeName": NODE, "terminationGracePeriodSeconds": 1, "tolerations": tolerations,
            "containers": [{"name": "main", "image": "busybox:1.31", "command": ["sh", "-c", "loop"]}]}})
    };
    let long = json!({"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 40});
    let short = json!({"key": "k", "value": "w", "effect": "NoExecute", "tolerationSeconds": 5});
    create(&mut world, "pods", pod("none", json!([])));
    create(&mut world, "pods", pod("two", json!([long, short])));
    pass(&mut world, 3.0);
    taint(&mut world, json!([{"key": "k", "value": "v", "effect": "NoExecute"}]));
    pass(&mut world, 2.0);
    assert_eq!(told(&mut world, "none"), [("Marking for deletion Pod default/none".to_owned(), 1)]);
    taint(&mut world, json!([{"key": "k", "value": "w", "effect": "NoExecute"}]));
    pass(&mut world, 20.0);
    assert_eq!(told(&mut world, "none").len(), 1, "it is not deleted twice");
    assert!(told(&mut world, "two").is_empty(), "the short toleration is not the first");
    taint(&mut world, Value::Null);
    pass(&mut world, 40.0);
    assert_eq!(told(&mut world, "two"), [("Cancelling deletion of Pod default/two".to_owned(), 1)]);
    assert_eq!(names(&world, "pods"), ["two"]);
}
