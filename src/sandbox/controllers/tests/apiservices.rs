//! APIServices, and what one that is not served does to others.

use serde_json::{Value, json};

use super::{cluster, pass};
use crate::sandbox::World;
use crate::sandbox::object;

/// As a v1.20.2 server says it.
const UNDISCOVERED: &str = "Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: \
                            m.example.com/v1: the server is currently unable to handle the request";

fn api_service() -> Value {
    json!({"metadata": {"name": "v1.m.example.com"}, "spec": {"group": "m.example.com", "version": "v1", "groupPriorityMinimum": 100,
           "versionPriority": 100, "insecureSkipTLSVerify": true, "service": {"name": "m", "namespace": "default"}}})
}

/// The reason and the message of its one condition.
fn told(world: &World, name: &str) -> (String, String) {
    let known = world.informers.get("apiservices", "", name).unwrap();
    let condition = &known["status"]["conditions"][0];
    let text = |field: &str| condition[field].as_str().unwrap_or_default().to_owned();
    (text("reason"), text("message"))
}

#[test]
fn an_api_service_tells_what_its_service_lacks() {
    let mut world = cluster();
    let mut steps = Vec::new();
    let mut step = |world: &mut World| {
        pass(world, 1.0);
        steps.push(told(world, "v1.m.example.com"));
    };
    world.api("test").create("apiservices", None, api_service()).unwrap();
    step(&mut world);
    let service = |port: u16| json!({"metadata": {"name": "m"}, "spec": {"clusterIP": "10.96.0.9", "ports": [{"name": "x", "port": port}]}});
    world.api("test").create("services", Some("default"), service(444)).unwrap();
    step(&mut world);
    world.api("test").update("services", Some("default"), service(443)).unwrap();
    step(&mut world);
    let endpoints = |subsets: Value| json!({"metadata": {"name": "m"}, "subsets": subsets});
    world.api("test").create("endpoints", Some("default"), endpoints(json!([]))).unwrap();
    step(&mut world);
    let subsets = json!([{"addresses": [{"ip": "1.2.3.4"}], "ports": [{"name": "x", "port": 443}]}]);
    world.api("test").update("endpoints", Some("default"), endpoints(subsets)).unwrap();
    pass(&mut world, 5.0);
    step(&mut world);
    let reasons: Vec<&str> = steps.iter().map(|(reason, _)| reason.as_str()).collect();
    assert_eq!(
        reasons,
        ["ServiceNotFound", "ServicePortError", "EndpointsNotFound", "MissingEndpoints", "FailedDiscoveryCheck"]
    );
    assert_eq!(steps[0].1, "service/m in \"default\" is not present");
    assert_eq!(steps[1].1, "service/m in \"default\" is not listening on port 443");
    assert_eq!(steps[3].1, "endpoints for service/m in \"default\" have no addresses with port name \"x\"");
    assert!(
        steps[4].1.starts_with("failing or missing response from https://10.96.0.9:443/apis/m.example.com/v1: Get ")
    );
    assert_eq!(told(&world, "v1.apps").0, "Local");
}

#[test]
fn a_group_that_nobody_serves_keeps_namespaces_from_going() {
    let mut world = cluster();
    world.api("test").create("apiservices", None, api_service()).unwrap();
    world.api("test").create("namespaces", None, json!({"metadata": {"name": "n"}})).unwrap();
    world.api("test").create("configmaps", Some("n"), json!({"metadata": {"name": "c"}})).unwrap();
    pass(&mut world, 1.0);
    world.api("test").delete("namespaces", None, "n", &super::DeleteOptions::default()).unwrap();
    pass(&mut world, 60.0);
    let namespace = world.informers.get("namespaces", "", "n").unwrap();
    let condition = |of: &Value, kind: &str| {
        object::items(&of["status"]["conditions"]).iter().find(|condition| condition["type"] == kind).cloned().unwrap()
    };
    let failure = condition(&namespace, "NamespaceDeletionDiscoveryFailure");
    assert_eq!((&failure["reason"], &failure["message"]), (&json!("DiscoveryFailed"), &json!(UNDISCOVERED)));
    // All that is known of goes nevertheless.
    assert!(world.informers.get("configmaps", "n", "c").is_none());
    assert_eq!(condition(&namespace, "NamespaceDeletionContentFailure")["status"], "False");
    world.api("test").delete("apiservices", None, "v1.m.example.com", &super::DeleteOptions::default()).unwrap();
    pass(&mut world, 61.0);
    assert!(world.informers.get("namespaces", "", "n").is_none());
}

#[test]
fn definitions_have_api_services_as_long_as_they_are_there() {
    let mut world = cluster();
    let version = |name: &str, served: bool| json!({"name": name, "served": served, "storage": name == "v1", "schema": {"openAPIV3Schema": {"type": "object"}}});
    let definition = json!({"metadata": {"name": "things.a.b"}, "spec": {"group": "a.b", "scope": "Namespaced",
        "names": {"plural": "things", "kind": "Thing"}, "versions": [version("v1", true), version("v2", false)]}});
    world.api("test").create("customresourcedefinitions", None, definition).unwrap();
    pass(&mut world, 2.0);
    assert_eq!(told(&world, "v1.a.b"), ("Local".to_owned(), "Local APIServices are always available".to_owned()));
    assert!(world.informers.get("apiservices", "", "v2.a.b").is_none());
    assert!(world.aggregated().is_empty());
    world
        .api("test")
        .delete("customresourcedefinitions", None, "things.a.b", &super::DeleteOptions::default())
        .unwrap();
    pass(&mut world, 20.0);
    assert!(world.informers.get("apiservices", "", "v1.a.b").is_none());
}
