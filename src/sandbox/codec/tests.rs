//! Values of a real v1.20.2 cluster, there and back.
#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;

/// Decodes and encodes a value again, without a change of its version.
fn again(value: &[u8]) -> Bytes {
    let object = read(value, 7).unwrap();
    let (version, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
    write(version, kind, object.as_object().unwrap().clone()).unwrap()
}

/// Encodes and decodes an object of a resource.
fn there_and_back(resource: &str, object: Value) -> Value {
    let resource = Resource::named(resource).unwrap();
    let mut object = decode(&encode(resource, &object).unwrap(), 7).unwrap();
    object["metadata"].as_object_mut().unwrap().shift_remove("resourceVersion");
    object
}

#[test]
fn a_pod_gets_what_go_does_not_leave_out() {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "a", "resourceVersion": "3", "unknown": 1, "labels": {"b": "2", "a": "1"}},
        "spec": {"containers": [{"name": "c", "env": [{"name": "E"}], "ports": [{}],
                                 "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}}}],
                 "hostNetwork": false, "terminationGracePeriodSeconds": 0},
        "status": {"containerStatuses": [{"name": "c", "state": {"running": {"startedAt": "2021-01-01T00:00:00Z"}}}]},
    });
    let expected = json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": "a", "creationTimestamp": null, "labels": {"a": "1", "b": "2"}},
        "spec": {"containers": [{"name": "c", "ports": [{"containerPort": 0}], "env": [{"name": "E"}],
                                 "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}],
                 "terminationGracePeriodSeconds": 0},
        "status": {"containerStatuses": [{
            "name": "c", "state": {"running": {"startedAt": "2021-01-01T00:00:00Z"}}, "lastState": {},
            "ready": false, "restartCount": 0, "image": "", "imageID": "",
        }]},
    });
    assert_eq!(there_and_back("pods", pod), expected);
}

#[test]
fn a_field_of_another_type_is_named() {
    let wrong = json!({"spec": {"containers": [{"name": "c"}, {"ports": [{"containerPort": "http"}]}]}});
    let error = encode(Resource::named("pods").unwrap(), &wrong).unwrap_err();
    assert_eq!(error.to_string(), "spec.containers[1].ports[0].containerPort: cannot unmarshal string into number");
    let wrong = json!({"spec": {"replicas": 3_000_000_000_i64}});
    assert_eq!(
        encode(Resource::named("deployments.apps").unwrap(), &wrong).unwrap_err().to_string(),
        "spec.replicas: cannot unmarshal number 3000000000 into its field"
    );
}

#[test]
fn an_ingress_is_stored_in_its_older_version() {
    let ingress = json!({
        "kind": "Ingress", "apiVersion": "networking.k8s.io/v1",
        "metadata": {"name": "i", "creationTimestamp": null},
        "spec": {
            "defaultBackend": {"service": {"name": "a", "port": {"name": "http"}}},
            "rules": [{"http": {"paths": [{"path": "/", "pathType": "Prefix",
                "backend": {"service": {"name": "b", "port": {"number": 80}}}}]}}],
        },
        "status": {"loadBalancer": {}},
    });
    let resource = Resource::named("ingresses.networking.k8s.io").unwrap();
    assert_eq!(there_and_back("ingresses.networking.k8s.io", ingress.clone()), ingress);
    let resource = &Resource { stored: ("networking.k8s.io", "v1beta1"), ..*resource };
    let stored = read(&encode(resource, &ingress).unwrap(), 1).unwrap();
    assert_eq!(stored["apiVersion"], "networking.k8s.io/v1beta1");
    assert_eq!(stored["spec"]["backend"], json!({"serviceName": "a", "servicePort": "http"}));
}

#[test]
fn what_has_no_protobuf_is_json() {
    let resource = Resource::named("apiservices.apiregistration.k8s.io").unwrap();
    let object = json!({"metadata": {"name": "v1.", "resourceVersion": "3"}, "kind": "APIService", "spec": {}});
    assert_eq!(
        encode(resource, &object).unwrap(),
        "{\"kind\":\"APIService\",\"apiVersion\":\"apiregistration.k8s.io/v1beta1\",\"metadata\":{\"name\":\"v1.\"},\"spec\":{}}\n"
    );
}

/// One value of each kind that v1.20.2 clusters had, with its key; no Secrets.
#[test]
fn real_values_come_back_byte_for_byte() {
    for line in include_str!("real.txt").lines() {
        let (key, value) = line.split_once(' ').unwrap();
        let value = STANDARD.decode(value).unwrap();
        assert_eq!(again(&value), value, "{key}");
    }
}
