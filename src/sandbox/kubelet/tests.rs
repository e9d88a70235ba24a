//! Kubelets, controllers and scheduler together, on stand-in hosts: the stories of the recordings in virtual time.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use serde_json::{Value, json};

use super::stand_in::{cluster, kubelet, running};
use crate::sandbox::World;
use crate::sandbox::api::DeleteOptions;
use crate::sandbox::boot::NODES;
use crate::sandbox::object;

const WORKER: &str = NODES[1];

fn pass(world: &mut World, seconds: f64) {
    let until = world.now() + Duration::from_secs_f64(seconds);
    world.tell();
    world.run_until(until);
}

fn pod_spec(script: &str) -> Value {
    json!({
        "terminationGracePeriodSeconds": 5,
        "tolerations": [{"key": "keep", "operator": "Exists", "effect": "NoSchedule"}],
        "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 100, "preference": {"matchExpressions": [{"key": "near", "operator": "Exists"}]}}]}},
        "containers": [{"name": "main", "image": "busybox:1.31", "command": ["/bin/sh", "-c", script]}],
    })
}

fn deployment(replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
                 "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod_spec("loop")}},
    })
}

fn pod(name: &str, script: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": pod_spec(script)})
}

fn pods(world: &World) -> Vec<String> {
    let shown = world.informers.list_in("pods", "default").map(|pod| {
        let ready = object::items(&pod["status"]["containerStatuses"]).iter().filter(|s| s["ready"] == true).count();
        let phase = if object::deleting(pod) { "Terminating" } else { pod["status"]["phase"].as_str().unwrap() };
        let node = pod["spec"]["nodeName"].as_str().unwrap_or("-").trim_start_matches("k8splayground-");
        format!("{phase}({ready})@{node}")
    });
    shown.collect()
}

fn taints(world: &World, node: &str) -> Vec<String> {
    let node = world.informers.get("nodes", "", node).unwrap();
    let all = object::items(&node["spec"]["taints"]).iter();
    all.map(|t| format!("{}:{}", t["key"].as_str().unwrap(), t["effect"].as_str().unwrap())).collect()
}

fn events(world: &mut World, about: &str) -> Vec<String> {
    let mut all: Vec<_> = world.api("test").list("events", None).unwrap();
    all.sort_by_key(|event| event["metadata"]["name"].as_str().unwrap().rsplit('.').next().unwrap().to_owned());
    let of = all.into_iter().filter(|event| event["involvedObject"]["name"].as_str().unwrap().starts_with(about));
    of.map(|e| {
        format!("{} {} {}", e["type"].as_str().unwrap(), e["reason"].as_str().unwrap(), e["message"].as_str().unwrap())
    })
    .collect()
}

fn delete(world: &mut World, resource: &str, namespace: Option<&str>, name: &str) {
    world.api("kubectl").delete(resource, namespace, name, &DeleteOptions::default()).unwrap();
    world.tell();
}

#[test]
fn a_cluster_boots_with_all_nodes_ready() {
    let mut world = cluster();
    let nodes: Vec<_> = world.informers.list("nodes").cloned().collect();
    assert_eq!(nodes.len(), 3);
    assert!(nodes.iter().all(|node| object::holds(node, "Ready")), "{nodes:#?}");
    assert!(nodes.iter().all(|node| node["spec"]["podCIDR"].is_string()));
    assert_eq!(taints(&world, NODES[0]), ["node-role.kubernetes.io/master:NoSchedule"]);
    assert_eq!(taints(&world, WORKER), [""; 0]);
    assert_eq!(world.informers.list("serviceaccounts").count(), 4);
    let told = events(&mut world, "k8splayground-worker2");
    let of = |what: &str| told.iter().filter(|event| event.contains(what)).count();
    assert_eq!(
        (of("Starting kubelet."), of("NodeReady"), of("RegisteredNode"), of("NodeHasSufficientPID")),
        (1, 1, 1, 1),
        "{told:#?}"
    );
}

#[test]
fn a_dead_kubelet_loses_its_pod_after_five_minutes_and_ends_it_when_it_is_back() {
    let mut world = cluster();
    world.api("kubectl").create("deployments", Some("default"), deployment(1)).unwrap();
    pass(&mut world, 3.0);
    assert_eq!(pods(&world), ["Running(1)@worker"]);
    let name = object::name(world.informers.list_in("pods", "default").next().unwrap()).to_owned();
    kubelet(&mut world, WORKER, false);
    let mut not_ready = 0;
    while object::holds(&world.informers.get("nodes", "", WORKER).unwrap(), "Ready") {
        pass(&mut world, 1.0);
        not_ready += 1;
    }
    assert!((30..=46).contains(&not_ready), "NotReady after {not_ready} s");
    pass(&mut world, 0.5);
    assert!(taints(&world, WORKER).contains(&"node.kubernetes.io/unreachable:NoSchedule".to_owned()));
    pass(&mut world, 5.5);
    assert_eq!(
        taints(&world, WORKER),
        ["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"]
    );
    let node = world.informers.get("nodes", "", WORKER).unwrap();
    for condition in object::items(&node["status"]["conditions"]) {
        assert_eq!((&condition["status"], &condition["reason"]), (&json!("Unknown"), &json!("NodeStatusUnknown")));
    }
    assert_eq!(pods(&world), ["Running(1)@worker"]);
    let pod = world.informers.list_in("pods", "default").next().unwrap().clone();
    assert!(!object::holds(&pod, "Ready") && object::holds(&pod, "ContainersReady"));
    pass(&mut world, 293.0);
    assert_eq!(pods(&world), ["Running(1)@worker"]);
    pass(&mut world, 9.0);
    let mut shown = pods(&world);
    shown.sort();
    assert_eq!(shown, ["Running(1)@worker2", "Terminating(1)@worker"]);
    let told = events(&mut world, &name);
    let wanted = [
        format!("Normal Scheduled Successfully assigned default/{name} to k8splayground-worker"),
        "Normal Pulled Container image \"busybox:1.31\" already present on machine".to_owned(),
        "Normal Created Created container main".to_owned(),
        "Normal Started Started container main".to_owned(),
        "Warning NodeNotReady Node is not ready".to_owned(),
        format!("Normal TaintManagerEviction Marking for deletion Pod default/{name}"),
    ];
    assert_eq!(told, wanted);
    pass(&mut world, 60.0);
    assert_eq!(running(), 2);
    kubelet(&mut world, WORKER, true);
    pass(&mut world, 1.5);
    assert!(object::holds(&world.informers.get("nodes", "", WORKER).unwrap(), "Ready"));
    assert!(!taints(&world, WORKER).contains(&"node.kubernetes.io/unreachable:NoSchedule".to_owned()));
    pass(&mut world, 5.0);
    assert_eq!((taints(&world, WORKER).len(), running()), (0, 1));
    pass(&mut world, 1.5);
    let mut shown = pods(&world);
    shown.sort();
    assert_eq!(shown, ["Running(1)@worker2", "Terminating(0)@worker"]);
    pass(&mut world, 3.0);
    assert_eq!(pods(&world), ["Running(1)@worker2"]);
}

#[test]
fn a_finalizer_holds_a_pod_and_its_namespace() {
    let mut world = cluster();
    world
        .api("kubectl")
        .create("namespaces", None, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "held"}}))
        .unwrap();
    pass(&mut world, 0.2);
    let mut held = pod("held", "loop");
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    world.api("kubectl").create("pods", Some("held"), held).unwrap();
    pass(&mut world, 3.0);
    delete(&mut world, "namespaces", None, "held");
    pass(&mut world, 4.5);
    let pod = |world: &World| world.informers.get("pods", "held", "held");
    assert!(!object::deleting(&pod(&world).unwrap()));
    pass(&mut world, 1.0);
    assert!(object::deleting(&pod(&world).unwrap()));
    let namespace = world.informers.get("namespaces", "", "held").unwrap();
    let told: Vec<_> =
        object::items(&namespace["status"]["conditions"]).iter().map(|c| c["message"].as_str().unwrap()).collect();
    assert_eq!(told[3], "Some resources are remaining: pods. has 1 resource instances");
    assert_eq!(
        told[4],
        "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
    );
    pass(&mut world, 30.0);
    let held = pod(&world).unwrap();
    assert_eq!(held["metadata"]["deletionGracePeriodSeconds"], 0);
    assert_eq!(held["status"]["phase"], "Running");
    let state = &held["status"]["containerStatuses"][0]["state"]["terminated"];
    assert_eq!((&state["exitCode"], &state["reason"]), (&json!(137), &json!("Error")));
    assert_eq!(object::condition(&held, "Ready").unwrap()["message"], "containers with unready status: [main]");
    let mut free = Value::clone(&held);
    free["metadata"]["finalizers"] = json!([]);
    world.api("kubectl").update("pods", Some("held"), free).unwrap();
    pass(&mut world, 35.0);
    assert!(world.informers.get("namespaces", "", "held").is_none());
}

#[test]
fn keys_that_are_gone_from_etcd_are_acted_upon() {
    let mut world = cluster();
    world.api("kubectl").create("deployments", Some("default"), deployment(1)).unwrap();
    pass(&mut world, 3.0);
    let key =
        format!("/registry/pods/default/{}", object::name(world.informers.list_in("pods", "default").next().unwrap()));
    world.store.delete(key.as_bytes());
    pass(&mut world, 2.5);
    assert_eq!((pods(&world), running()), (vec!["Running(1)@worker".to_owned()], 2));
    pass(&mut world, 4.0);
    assert_eq!(running(), 1);
    world.store.delete(b"/registry/deployments/default/web");
    pass(&mut world, 1.0);
    assert_eq!(
        (pods(&world), world.informers.list("replicasets").count()),
        (vec!["Terminating(1)@worker".to_owned()], 0)
    );
    pass(&mut world, 18.0);
    assert_eq!((pods(&world).len(), running()), (0, 0));
}

#[test]
fn restart_policies_and_back_off() {
    let mut world = cluster();
    for (name, policy, code) in
        [("always", "Always", 0), ("failing", "OnFailure", 3), ("well", "OnFailure", 0), ("never", "Never", 3)]
    {
        let mut made = pod(name, &format!("sleep 2; exit {code}"));
        made["spec"]["restartPolicy"] = json!(policy);
        world.api("kubectl").create("pods", Some("default"), made).unwrap();
    }
    let status = |world: &World, name: &str| world.informers.get("pods", "default", name).unwrap()["status"].clone();
    pass(&mut world, 4.5);
    assert_eq!(
        (&status(&world, "well")["phase"], &status(&world, "never")["phase"]),
        (&json!("Succeeded"), &json!("Failed"))
    );
    pass(&mut world, 34.0);
    for name in ["always", "failing"] {
        let container = &status(&world, name)["containerStatuses"][0];
        assert_eq!(
            (&container["restartCount"], &container["state"]["waiting"]["reason"]),
            (&json!(2), &json!("CrashLoopBackOff")),
            "{name}"
        );
        let message = container["state"]["waiting"]["message"].as_str().unwrap();
        assert!(
            message.starts_with(&format!("back-off 20s restarting failed container=main pod={name}_default(")),
            "{message}"
        );
    }
    let ready = object::condition(&json!({"status": status(&world, "well")}), "Ready").unwrap()["reason"].clone();
    assert_eq!(ready, "PodCompleted");
    let told = events(&mut world, "failing");
    assert!(told.contains(&"Warning BackOff Back-off restarting failed container".to_owned()), "{told:#?}");
}

#[test]
fn an_unknown_image_is_not_pulled() {
    let mut world = cluster();
    let mut made = pod("lost", "loop");
    made["spec"]["containers"][0]["image"] = json!("nothing-there:1");
    world.api("kubectl").create("pods", Some("default"), made).unwrap();
    pass(&mut world, 5.0);
    let waiting = |world: &World| {
        world.informers.get("pods", "default", "lost").unwrap()["status"]["containerStatuses"][0]["state"]["waiting"]["reason"].clone()
    };
    pass(&mut world, 18.0);
    assert!(["ErrImagePull", "ImagePullBackOff"].contains(&waiting(&world).as_str().unwrap()));
    let told = events(&mut world, "lost");
    assert!(told.contains(&"Warning Failed Error: ErrImagePull".to_owned()), "{told:#?}");
}

#[test]
fn a_pod_that_fits_nowhere_says_why() {
    let mut world = cluster();
    let mut made = pod("far", "loop");
    made["spec"]["nodeSelector"] = json!({"disk": "none"});
    world.api("kubectl").create("pods", Some("default"), made).unwrap();
    pass(&mut world, 1.0);
    let told = events(&mut world, "far");
    let wanted = "Warning FailedScheduling 0/3 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, \
                  that the pod didn't tolerate, 2 node(s) didn't match Pod's node affinity.";
    assert_eq!(told.first().map(String::as_str), Some(wanted));
    let mut node = Value::clone(&world.informers.get("nodes", "", WORKER).unwrap());
    node["metadata"]["labels"]["disk"] = json!("none");
    world.api("kubectl").update("nodes", None, node).unwrap();
    pass(&mut world, 12.0);
    assert_eq!(pods(&world), ["Running(1)@worker"]);
}

#[test]
fn a_rolling_update_ends_with_new_pods_only() {
    let mut world = cluster();
    world.api("kubectl").create("deployments", Some("default"), deployment(3)).unwrap();
    pass(&mut world, 5.0);
    assert_eq!(pods(&world).len(), 3);
    let mut changed = Value::clone(&world.informers.get("deployments", "default", "web").unwrap());
    assert!(object::holds(&changed, "Available"));
    assert_eq!(object::condition(&changed, "Progressing").unwrap()["reason"], "NewReplicaSetAvailable");
    changed["spec"]["template"]["spec"]["containers"][0]["command"] = json!(["/bin/sh", "-c", "other"]);
    world.api("kubectl").update("deployments", Some("default"), changed).unwrap();
    pass(&mut world, 60.0);
    assert!(
        pods(&world).len() == 3 && pods(&world).iter().all(|pod| pod.starts_with("Running(1)")),
        "{:?}",
        pods(&world)
    );
    let deployment = world.informers.get("deployments", "default", "web").unwrap();
    assert_eq!(deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "2");
    assert_eq!((&deployment["status"]["updatedReplicas"], &deployment["status"]["replicas"]), (&json!(3), &json!(3)));
    assert_eq!(world.informers.list("replicasets").count(), 2);
    let told = events(&mut world, "web");
    let steps: Vec<_> = told.iter().filter(|event| event.contains("ScalingReplicaSet")).collect();
    assert_eq!(steps.len(), 7, "{steps:#?}");
}

#[test]
fn ten_idle_minutes_change_leases_two_statuses_a_node_and_the_master_lease() {
    let mut world = cluster();
    let before = world.store.revision();
    pass(&mut world, 600.0);
    let written = world.store.revision() - before;
    assert!((60 + 3 * 56..=60 + 3 * 64).contains(&written), "{written}");
}

#[test]
fn a_pod_of_a_subdomain_knows_its_whole_name() {
    let world = cluster();
    let hosts = |spec: Value| {
        let pod =
            json!({"metadata": {"name": "db-0", "namespace": "a"}, "spec": spec, "status": {"podIP": "10.244.1.2"}});
        String::from_utf8(super::volumes::network(&world, WORKER, &pod).remove(0).1).unwrap()
    };
    assert!(hosts(json!({})).ends_with("\tdb-0\n"));
    let named = hosts(json!({"hostname": "db-0", "subdomain": "db"}));
    assert!(named.ends_with("\tdb-0.db.a.svc.cluster.local\tdb-0\n"), "{named}");
}
