//! Endpoints and EndpointSlices, as compared with those of a v1.20.2 cluster.

use super::*;
use crate::sandbox::kubelet::stand_in::check_returns;

fn service(spec: Value) -> Value {
    let mut service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "svc"},
        "spec": {"selector": {"app": "a"}}});
    for (field, value) in spec.as_object().unwrap() {
        service["spec"][field] = value.clone();
    }
    service
}

fn pod(name: &str, port: Option<i64>) -> Value {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod"});
    let template = template("loop");
    (pod["metadata"], pod["spec"]) = (template["metadata"].clone(), template["spec"].clone());
    pod["metadata"]["name"] = json!(name);
    if let Some(port) = port {
        pod["spec"]["containers"][0]["ports"] = json!([{"name": "web", "containerPort": port}]);
    }
    pod
}

/// Each subset: names of ready Pods, of others, numbers of ports.
fn subsets(world: &World) -> Vec<(Vec<String>, Vec<String>, Vec<i64>)> {
    let endpoints = get(world, "endpoints", "svc");
    let names = |list: &Value| {
        let all = object::items(list).iter();
        all.map(|address| address["targetRef"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let subsets = object::items(&endpoints["subsets"]).iter().map(|subset| {
        let ports = object::items(&subset["ports"]).iter().map(|port| port["port"].as_i64().unwrap()).collect();
        (names(&subset["addresses"]), names(&subset["notReadyAddresses"]), ports)
    });
    subsets.collect()
}

fn own(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_pod_is_among_the_addresses_while_it_is_ready() {
    let mut world = cluster();
    check_returns(1);
    create(&mut world, "services", service(json!({"ports": [{"port": 80}]})));
    let mut probed = pod("p", None);
    probed["spec"]["containers"][0]["readinessProbe"] =
        json!({"exec": {"command": ["check"]}, "periodSeconds": 1, "failureThreshold": 1});
    create(&mut world, "pods", probed);
    pass(&mut world, 5.0);
    assert_eq!(subsets(&world), [(own(&[]), own(&["p"]), vec![80])]);
    check_returns(0);
    pass(&mut world, 4.0);
    assert_eq!(subsets(&world), [(own(&["p"]), own(&[]), vec![80])]);
    check_returns(1);
    pass(&mut world, 4.0);
    assert_eq!(subsets(&world), [(own(&[]), own(&["p"]), vec![80])]);
}

#[test]
fn a_named_port_has_the_number_that_each_pod_gives_it() {
    let mut world = cluster();
    create(&mut world, "services", service(json!({"ports": [{"port": 80, "targetPort": "web"}]})));
    for (name, port) in [("one", Some(8080)), ("other", Some(9090)), ("without", None)] {
        create(&mut world, "pods", pod(name, port));
    }
    pass(&mut world, 5.0);
    assert_eq!(subsets(&world), [(own(&["one"]), own(&[]), vec![8080]), (own(&["other"]), own(&[]), vec![9090])]);
    let slices: Vec<_> = world.informers.list_in("endpointslices", "default").cloned().collect();
    let ports: Vec<_> = slices.iter().filter(|slice| object::name(slice).starts_with("svc-")).collect();
    assert_eq!(ports.len(), 3);
}

#[test]
fn a_headless_service_needs_no_ports_and_names_its_pods() {
    let mut world = cluster();
    create(&mut world, "services", service(json!({"clusterIP": "None"})));
    let mut named = pod("p", None);
    (named["spec"]["hostname"], named["spec"]["subdomain"]) = (json!("host"), json!("svc"));
    create(&mut world, "pods", named);
    pass(&mut world, 5.0);
    assert_eq!(subsets(&world), [(own(&["p"]), own(&[]), vec![])]);
    let endpoints = get(&world, "endpoints", "svc");
    assert_eq!(endpoints["metadata"]["labels"]["service.kubernetes.io/headless"], "");
    assert_eq!(endpoints["subsets"][0]["addresses"][0]["hostname"], "host");
}

#[test]
fn a_pod_that_is_being_deleted_leaves_at_once_unless_unready_ones_are_published() {
    let mut world = cluster();
    create(&mut world, "services", service(json!({"ports": [{"port": 80}]})));
    let mut public = service(json!({"ports": [{"port": 80}], "publishNotReadyAddresses": true}));
    public["metadata"]["name"] = json!("public");
    create(&mut world, "services", public);
    let mut slow = pod("p", None);
    slow["spec"]["terminationGracePeriodSeconds"] = json!(30);
    create(&mut world, "pods", slow);
    pass(&mut world, 5.0);
    delete(&mut world, "pods", "p", None);
    pass(&mut world, 1.0);
    assert!(subsets(&world).is_empty());
    assert_eq!(object::items(&get(&world, "endpoints", "public")["subsets"]).len(), 1);
    pass(&mut world, 60.0);
    assert_eq!(object::items(&get(&world, "endpoints", "public")["subsets"]).len(), 0);
}

#[test]
fn another_selector_takes_other_pods_and_a_deleted_service_its_endpoints() {
    let mut world = cluster();
    create(&mut world, "services", service(json!({"ports": [{"port": 80}]})));
    create(&mut world, "pods", pod("p", None));
    pass(&mut world, 5.0);
    change(&mut world, "services", "svc", |service| service["spec"]["selector"] = json!({"app": "b"}));
    pass(&mut world, 1.0);
    assert!(subsets(&world).is_empty());
    change(&mut world, "pods", "p", |pod| pod["metadata"]["labels"]["app"] = json!("b"));
    pass(&mut world, 1.0);
    assert_eq!(subsets(&world).len(), 1);
    delete(&mut world, "services", "svc", None);
    pass(&mut world, 2.0);
    assert!(!names(&world, "endpoints").contains(&"svc".to_owned()));
    assert!(!names(&world, "endpointslices").iter().any(|name| name.starts_with("svc-")));
}
