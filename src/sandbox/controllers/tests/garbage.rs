//! Owners and their dependents, and Pods that nobody ends.

use super::*;
use crate::sandbox::boot::NODES;
use crate::sandbox::kubelet::stand_in::kubelet;

fn map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
}

/// A config map that another owns.
fn owned(world: &World, name: &str, owner: &str, blocks: bool) -> Value {
    let mut made = map(name);
    let uid = object::uid(&get(world, "configmaps", owner)).to_owned();
    made["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": owner, "uid": uid, "blockOwnerDeletion": blocks}]);
    made
}

fn maps(world: &World) -> Vec<String> {
    names(world, "configmaps").into_iter().filter(|name| name != "kube-root-ca.crt").collect()
}

#[test]
fn in_the_background_the_owner_goes_first() {
    let mut world = cluster();
    create(&mut world, "configmaps", map("owner"));
    pass(&mut world, 0.1);
    let dependent = owned(&world, "dependent", "owner", true);
    create(&mut world, "configmaps", dependent);
    pass(&mut world, 1.0);
    delete(&mut world, "configmaps", "owner", Some("Background"));
    assert!(world.api("test").get("configmaps", Some("default"), "owner").is_err());
    pass(&mut world, 5.0);
    assert_eq!(maps(&world), [""; 0]);
}

#[test]
fn in_the_foreground_the_owner_waits_for_those_that_block_and_only_for_them() {
    for (blocks, left) in [(true, vec!["held", "owner"]), (false, vec!["held"])] {
        let mut world = cluster();
        create(&mut world, "configmaps", map("owner"));
        pass(&mut world, 0.1);
        let mut held = owned(&world, "held", "owner", blocks);
        held["metadata"]["finalizers"] = json!(["example.com/hold"]);
        create(&mut world, "configmaps", held);
        pass(&mut world, 1.0);
        delete(&mut world, "configmaps", "owner", Some("Foreground"));
        let owner = world.api("test").get("configmaps", Some("default"), "owner").unwrap();
        assert_eq!(owner["metadata"]["finalizers"], json!(["foregroundDeletion"]));
        pass(&mut world, 10.0);
        assert_eq!(maps(&world), left);
        assert!(object::deleting(&get(&world, "configmaps", "held")));
        change(&mut world, "configmaps", "held", |held| held["metadata"]["finalizers"] = json!([]));
        pass(&mut world, 5.0);
        assert_eq!(maps(&world), [""; 0]);
    }
}

#[test]
fn orphans_stay_without_their_owner() {
    let mut world = cluster();
    create(&mut world, "deployments", workload("Deployment", "d", json!({"replicas": 2})));
    pass(&mut world, 5.0);
    delete(&mut world, "deployments", "d", Some("Orphan"));
    pass(&mut world, 10.0);
    assert_eq!((names(&world, "deployments").len(), names(&world, "replicasets").len()), (0, 1));
    assert!(object::owners(world.informers.list_in("replicasets", "default").next().unwrap()).is_empty());
    assert_eq!(ready(&world), 2);
}

#[test]
fn a_dependent_of_two_owners_stays_with_the_one_that_is_left() {
    let mut world = cluster();
    create(&mut world, "configmaps", map("one"));
    create(&mut world, "configmaps", map("two"));
    pass(&mut world, 0.1);
    let mut dependent = owned(&world, "dependent", "one", false);
    let second = owned(&world, "dependent", "two", false)["metadata"]["ownerReferences"][0].clone();
    dependent["metadata"]["ownerReferences"].as_array_mut().unwrap().push(second);
    create(&mut world, "configmaps", dependent);
    pass(&mut world, 1.0);
    delete(&mut world, "configmaps", "one", None);
    pass(&mut world, 5.0);
    let left = get(&world, "configmaps", "dependent");
    assert_eq!(object::owners(&left).iter().map(|owner| owner["name"].clone()).collect::<Vec<_>>(), [json!("two")]);
    delete(&mut world, "configmaps", "two", None);
    pass(&mut world, 5.0);
    assert_eq!(maps(&world), [""; 0]);
}

#[test]
fn an_owner_that_never_was_is_as_one_that_is_gone() {
    let mut world = cluster();
    let mut lost = map("lost");
    lost["metadata"]["ownerReferences"] = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "nobody", "uid": "4f7f5b1e-0000-4000-8000-000000000000"}]);
    create(&mut world, "configmaps", lost);
    pass(&mut world, 5.0);
    assert_eq!(maps(&world), [""; 0]);
}

#[test]
fn pods_of_a_node_that_is_gone_are_collected_after_its_quarantine() {
    let mut world = cluster();
    create(&mut world, "daemonsets", workload("DaemonSet", "d", json!({})));
    pass(&mut world, 5.0);
    kubelet(&mut world, NODES[2], false);
    world.api("test").delete("nodes", None, NODES[2], &DeleteOptions::default()).unwrap();
    pass(&mut world, 35.0);
    assert_eq!(names(&world, "pods").len(), 2);
    pass(&mut world, 30.0);
    assert_eq!(names(&world, "pods").len(), 1);
}

#[test]
fn an_owner_in_another_namespace_is_told_of() {
    let mut world = cluster();
    world.api("test").create("configmaps", Some("kube-public"), map("far")).unwrap();
    world.tell();
    pass(&mut world, 0.1);
    let far = world.api("test").get("configmaps", Some("kube-public"), "far").unwrap();
    let mut lost = map("lost");
    lost["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "far", "uid": object::uid(&far)}]);
    create(&mut world, "configmaps", lost);
    pass(&mut world, 5.0);
    let events = world.api("test").list("events", Some("default")).unwrap();
    let told = events.iter().find(|event| event["reason"] == "OwnerRefInvalidNamespace");
    let uid = object::uid(&far);
    let message = format!(
        "ownerRef [v1/ConfigMap, namespace: default, name: far, uid: {uid}] does not exist in namespace \"default\""
    );
    assert_eq!(told.unwrap()["message"], json!(message));
}
