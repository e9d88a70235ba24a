//! Claims and volumes: who gets which, what keeps them, what becomes of them.

use super::*;

fn volume(name: &str, size: &str, more: Value) -> Value {
    let mut volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": {
        "capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "storageClassName": "manual",
        "hostPath": {"path": format!("/tmp/{name}")}}});
    for (field, value) in more.as_object().unwrap() {
        volume["spec"][field] = value.clone();
    }
    volume
}

fn claim(name: &str, more: Value) -> Value {
    let mut claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "manual", "resources": {"requests": {"storage": "500Mi"}}}});
    for (field, value) in more.as_object().unwrap() {
        claim["spec"][field] = value.clone();
    }
    claim
}

fn pod_with(name: &str, claim: &str) -> Value {
    let mut spec = template("loop")["spec"].clone();
    spec["volumes"] = json!([{"name": "v", "persistentVolumeClaim": {"claimName": claim}}]);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
}

fn make(world: &mut World, resource: &str, object: Value) {
    world.api("test").create(resource, None, object).unwrap();
    world.tell();
}

fn phase(world: &World, resource: &'static str, name: &str) -> String {
    let namespace = if resource == "persistentvolumes" { "" } else { "default" };
    let found = world.informers.get(resource, namespace, name);
    found.map_or("gone".to_owned(), |found| found["status"]["phase"].as_str().unwrap_or_default().to_owned())
}

/// The reasons and messages of an object's events.
fn events(world: &mut World, name: &str) -> Vec<(String, String)> {
    let all = world.api("test").list("events", Some("default")).unwrap();
    let of = all.iter().filter(|event| event["involvedObject"]["name"] == name);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    of.map(|event| (text(&event["reason"]), text(&event["message"]))).collect()
}

#[test]
fn a_claim_gets_the_smallest_volume_that_suits_it() {
    let mut world = cluster();
    make(&mut world, "persistentvolumes", volume("large", "5Gi", json!({})));
    make(&mut world, "persistentvolumes", volume("small", "100Mi", json!({})));
    make(&mut world, "persistentvolumes", volume("fit", "1Gi", json!({})));
    make(&mut world, "persistentvolumes", volume("other", "600Mi", json!({"storageClassName": "else"})));
    pass(&mut world, 1.0);
    assert_eq!(phase(&world, "persistentvolumes", "fit"), "Available");
    create(&mut world, "persistentvolumeclaims", claim("c", json!({})));
    pass(&mut world, 1.0);
    let bound = get(&world, "persistentvolumeclaims", "c");
    assert_eq!((&bound["spec"]["volumeName"], &bound["status"]["phase"]), (&json!("fit"), &json!("Bound")));
    assert_eq!(bound["status"]["capacity"], json!({"storage": "1Gi"}));
    let annotations = json!({"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes"});
    assert_eq!(bound["metadata"]["annotations"], annotations);
    let volume = world.informers.get("persistentvolumes", "", "fit").unwrap();
    assert_eq!(volume["spec"]["claimRef"]["uid"], bound["metadata"]["uid"]);
    assert_eq!(volume["status"]["phase"], "Bound");
}

#[test]
fn a_claim_that_finds_nothing_waits_for_the_next_look() {
    let mut world = cluster();
    create(&mut world, "persistentvolumeclaims", claim("none", json!({"storageClassName": ""})));
    create(&mut world, "persistentvolumeclaims", claim("absent", json!({})));
    pass(&mut world, 1.0);
    let message = "no persistent volumes available for this claim and no storage class is set";
    assert_eq!(events(&mut world, "none"), [("FailedBinding".to_owned(), message.to_owned())]);
    let message = "storageclass.storage.k8s.io \"manual\" not found";
    assert_eq!(events(&mut world, "absent"), [("ProvisioningFailed".to_owned(), message.to_owned())]);
    make(&mut world, "persistentvolumes", volume("late", "1Gi", json!({})));
    pass(&mut world, 20.0);
    assert_eq!(phase(&world, "persistentvolumeclaims", "absent"), "Bound");
}

#[test]
fn a_claim_in_use_stays_until_its_pod_is_gone_and_its_volume_until_then() {
    let mut world = cluster();
    make(&mut world, "persistentvolumes", volume("v", "1Gi", json!({})));
    create(&mut world, "persistentvolumeclaims", claim("c", json!({})));
    pass(&mut world, 16.0);
    create(&mut world, "pods", pod_with("p", "c"));
    pass(&mut world, 5.0);
    assert_eq!(ready(&world), 1);
    delete(&mut world, "persistentvolumeclaims", "c", None);
    world.api("test").delete("persistentvolumes", None, "v", &DeleteOptions::default()).unwrap();
    pass(&mut world, 60.0);
    let held = get(&world, "persistentvolumeclaims", "c");
    assert!(object::deleting(&held));
    assert_eq!(held["metadata"]["finalizers"], json!(["kubernetes.io/pvc-protection"]));
    assert_eq!(phase(&world, "persistentvolumes", "v"), "Bound");
    // Another Pod cannot have it any more.
    create(&mut world, "pods", pod_with("late", "c"));
    pass(&mut world, 2.0);
    let late = get(&world, "pods", "late");
    let message = "0/3 nodes are available: 3 persistentvolumeclaim \"c\" is being deleted.";
    assert_eq!(object::condition(&late, "PodScheduled").unwrap()["message"], message);
    delete(&mut world, "pods", "p", None);
    pass(&mut world, 20.0);
    assert_eq!(phase(&world, "persistentvolumeclaims", "c"), "gone");
    assert_eq!(phase(&world, "persistentvolumes", "v"), "gone");
}

#[test]
fn a_volume_whose_claim_is_gone_goes_by_its_policy() {
    let mut world = cluster();
    let of = |class: &str, policy: &str, path: &str| json!({"storageClassName": class, "persistentVolumeReclaimPolicy": policy, "hostPath": {"path": path}});
    for (name, policy, path) in
        [("kept", "Retain", "/x"), ("deleted", "Delete", "/tmp/x"), ("failed", "Delete", "/mnt/x")]
    {
        make(&mut world, "persistentvolumes", volume(name, "1Gi", of(name, policy, path)));
        create(&mut world, "persistentvolumeclaims", claim(name, json!({"storageClassName": name})));
    }
    pass(&mut world, 16.0);
    for name in ["kept", "deleted", "failed"] {
        assert_eq!(phase(&world, "persistentvolumeclaims", name), "Bound");
        delete(&mut world, "persistentvolumeclaims", name, None);
    }
    pass(&mut world, 2.0);
    let phases = ["kept", "deleted", "failed"].map(|name| phase(&world, "persistentvolumes", name));
    assert_eq!(phases, ["Released", "gone", "Failed"]);
    let message = "host_path deleter only supports /tmp/.+ but received provided /mnt/x";
    assert_eq!(world.informers.get("persistentvolumes", "", "failed").unwrap()["status"]["message"], message);
    assert!(events(&mut world, "failed").contains(&("VolumeFailedDelete".to_owned(), message.to_owned())));
}

#[test]
fn a_claim_may_wait_for_its_first_pod_and_goes_where_its_volume_is() {
    let mut world = cluster();
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "manual"},
        "provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer"});
    make(&mut world, "storageclasses", class);
    let affinity = json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [
        {"key": "near", "operator": "In", "values": ["true"]}]}]}});
    create(&mut world, "persistentvolumeclaims", claim("c", json!({})));
    pass(&mut world, 1.0);
    assert_eq!(events(&mut world, "c")[0].1, "waiting for first consumer to be created before binding");
    create(&mut world, "pods", pod_with("p", "c"));
    pass(&mut world, 1.0);
    let message = object::condition(&get(&world, "pods", "p"), "PodScheduled").unwrap()["message"].clone();
    assert_eq!(
        message,
        "0/3 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate, \
         2 node(s) didn't find available persistent volumes to bind."
    );
    make(&mut world, "persistentvolumes", volume("v", "1Gi", json!({"nodeAffinity": affinity})));
    pass(&mut world, 20.0);
    assert_eq!(phase(&world, "persistentvolumeclaims", "c"), "Bound");
    assert_eq!(get(&world, "pods", "p")["spec"]["nodeName"], crate::sandbox::boot::NODES[1]);
}

#[test]
fn a_claim_without_its_volume_is_lost() {
    let mut world = cluster();
    make(&mut world, "persistentvolumes", volume("v", "1Gi", json!({})));
    create(&mut world, "persistentvolumeclaims", claim("c", json!({"volumeName": "v"})));
    pass(&mut world, 16.0);
    create(&mut world, "persistentvolumeclaims", claim("second", json!({})));
    pass(&mut world, 16.0);
    let phases = ["c", "second"].map(|name| phase(&world, "persistentvolumeclaims", name));
    assert_eq!(phases, ["Bound", "Pending"]);
    world.store.delete(b"/registry/persistentvolumes/v");
    pass(&mut world, 2.0);
    assert_eq!(phase(&world, "persistentvolumeclaims", "c"), "Lost");
    assert!(events(&mut world, "c").iter().any(|(reason, _)| reason == "ClaimLost"));
}
