//! Quotas, as compared with those of a v1.20.2 cluster.

use super::*;

fn map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
}

/// Refused, in these words; or not.
fn made(world: &mut World, resource: &str, object: Value) -> String {
    let made = world.api("test").create(resource, Some("default"), object);
    world.tell();
    made.map_or_else(|status| status.message, |_| String::new())
}

fn used(world: &World) -> Value {
    get(world, "resourcequotas", "q")["status"]["used"].clone()
}

fn quota(world: &mut World, hard: Value) {
    create(
        world,
        "resourcequotas",
        json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": hard}}),
    );
    pass(world, 1.0);
}

#[test]
fn what_is_made_counts_at_once_and_also_where_it_is_there_already() {
    let mut world = cluster();
    quota(&mut world, json!({"count/configmaps": "4", "pods": "5"}));
    let there = world.informers.list_in("configmaps", "default").count();
    let of = |count: usize| json!({"count/configmaps": (there + count).to_string(), "pods": "0"});
    assert_eq!(made(&mut world, "configmaps", map("a")), "");
    assert_eq!(used(&world), of(1));
    let manager = get(&world, "resourcequotas", "q")["metadata"]["managedFields"][2].clone();
    assert_eq!(manager["manager"], "kube-apiserver");
    assert_eq!(manager["fieldsV1"], json!({"f:status": {"f:used": {"f:count/configmaps": {}}}}));
    assert_eq!(made(&mut world, "configmaps", map("a")), "configmaps \"a\" already exists");
    assert_eq!(used(&world), of(2));
    let mut trying = world.api("test");
    trying.dry_run = true;
    trying.create("configmaps", Some("default"), map("b")).unwrap();
    world.tell();
    assert_eq!(used(&world), of(2));
}

#[test]
fn what_goes_is_counted_anew() {
    let mut world = cluster();
    quota(&mut world, json!({"count/configmaps": "10"}));
    let before = used(&world);
    create(&mut world, "configmaps", map("a"));
    let _ = made(&mut world, "configmaps", map("a"));
    assert_ne!(used(&world), before);
    delete(&mut world, "configmaps", "a", None);
    pass(&mut world, 1.0);
    assert_eq!(used(&world), before);
}

#[test]
fn a_service_counts_anew_when_it_takes_ports_of_nodes() {
    let mut world = cluster();
    quota(&mut world, json!({"services.nodeports": "1", "services": "4"}));
    let service = |name: &str, kind: &str| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
               "spec": {"type": kind, "ports": [{"name": "web", "port": 80}]}})
    };
    create(&mut world, "services", service("s", "NodePort"));
    let over = "services \"t\" is forbidden: exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1";
    assert_eq!(made(&mut world, "services", service("t", "NodePort")), over);
    create(&mut world, "services", service("t", "ClusterIP"));
    let mut object = Value::clone(&get(&world, "services", "t"));
    object["spec"]["type"] = json!("NodePort");
    let refused = world.api("test").update("services", Some("default"), object).unwrap_err();
    assert_eq!(refused.message, over);
    change(&mut world, "services", "s", |service| service["spec"]["type"] = json!("ClusterIP"));
    pass(&mut world, 1.0);
    assert_eq!(used(&world)["services.nodeports"], "0");
}
