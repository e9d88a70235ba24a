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
    // Which comes first is a matter of hashes of their UIDs.
    let mut found = subsets(&world);
    found.sort();
    assert_eq!(found, [(own(&["one"]), own(&[]), vec![8080]), (own(&["other"]), own(&[]), vec![9090])]);
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

/// The slices of a Service: family, addresses, who made them.
fn slices(world: &World, service: &str) -> Vec<(String, Vec<String>, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of_it = |slice: &&std::sync::Arc<Value>| slice["metadata"]["labels"]["kubernetes.io/service-name"] == service;
    let mut slices: Vec<_> = (world.informers.list_in("endpointslices", "default").filter(of_it))
        .map(|slice| {
            let endpoints = object::items(&slice["endpoints"]).iter();
            let by = &slice["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"];
            (text(&slice["addressType"]), endpoints.map(|one| text(&one["addresses"][0])).collect(), text(by))
        })
        .collect();
    slices.sort();
    slices
}

fn slice(family: &str, addresses: &[&str], by: &str) -> (String, Vec<String>, String) {
    (family.to_owned(), own(addresses), format!("{by}-controller.k8s.io"))
}

#[test]
fn a_service_has_slices_of_its_family_and_a_headless_one_of_both() {
    let mut world = cluster();
    create(&mut world, "services", service(json!({"ports": [{"port": 80}]})));
    let mut headless = service(json!({"ports": [{"port": 80}], "clusterIP": "None"}));
    headless["metadata"]["name"] = json!("headless");
    create(&mut world, "services", headless);
    pass(&mut world, 1.0);
    assert_eq!(slices(&world, "svc"), [slice("IPv4", &[], "endpointslice")]);
    let both = [slice("IPv4", &[], "endpointslice"), slice("IPv6", &[], "endpointslice")];
    assert_eq!(slices(&world, "headless"), both);
}

#[test]
fn what_someone_deletes_is_made_again_and_follows_the_labels_of_its_service() {
    let mut world = cluster();
    create(&mut world, "services", service(json!({"ports": [{"port": 80}]})));
    pass(&mut world, 1.0);
    delete(&mut world, "endpoints", "svc", None);
    let slice = names(&world, "endpointslices").into_iter().find(|name| name.starts_with("svc-")).unwrap();
    delete(&mut world, "endpointslices", &slice, None);
    pass(&mut world, 1.0);
    assert!(names(&world, "endpoints").contains(&"svc".to_owned()));
    assert_eq!(slices(&world, "svc").len(), 1);
    change(&mut world, "services", "svc", |service| service["metadata"]["labels"] = json!({"x": "y"}));
    pass(&mut world, 1.0);
    assert_eq!(get(&world, "endpoints", "svc")["metadata"]["labels"], json!({"x": "y"}));
    let labelled =
        world.informers.list_in("endpointslices", "default").any(|slice| slice["metadata"]["labels"]["x"] == "y");
    assert!(labelled);
}

#[test]
fn endpoints_made_by_hand_are_mirrored_for_a_service_without_a_selector() {
    let mut world = cluster();
    let mut hand = service(json!({"ports": [{"port": 80}]}));
    hand["spec"].as_object_mut().unwrap().remove("selector");
    create(&mut world, "services", hand);
    let endpoints = json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "svc"}, "subsets": [
        {"addresses": [{"ip": "1.2.3.4"}], "notReadyAddresses": [{"ip": "1.2.3.6"}], "ports": [{"port": 9376}]},
        {"addresses": [{"ip": "2001:db8::1"}], "ports": [{"port": 80}]}]});
    create(&mut world, "endpoints", endpoints.clone());
    let mut lone = endpoints;
    lone["metadata"]["name"] = json!("lone");
    create(&mut world, "endpoints", lone);
    pass(&mut world, 1.0);
    let four = slice("IPv4", &["1.2.3.4", "1.2.3.6"], "endpointslicemirroring");
    let six = slice("IPv6", &["2001:db8::1"], "endpointslicemirroring");
    assert_eq!(slices(&world, "svc"), [four.clone(), six]);
    assert!(slices(&world, "lone").is_empty());
    change(&mut world, "endpoints", "svc", |endpoints| {
        endpoints["subsets"].as_array_mut().unwrap().pop();
    });
    pass(&mut world, 1.0);
    assert_eq!(slices(&world, "svc"), [four]);
    let skip = json!({"endpointslice.kubernetes.io/skip-mirror": "true"});
    change(&mut world, "endpoints", "svc", |endpoints| endpoints["metadata"]["labels"] = skip.clone());
    pass(&mut world, 1.0);
    assert!(slices(&world, "svc").is_empty());
    delete(&mut world, "services", "svc", None);
    pass(&mut world, 1.0);
    assert_eq!(names(&world, "endpoints").iter().filter(|name| *name == "svc" || *name == "lone").count(), 1);
}
