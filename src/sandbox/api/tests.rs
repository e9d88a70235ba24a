//! The API's behaviour, as v1.20.2's was seen.
#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

fn world() -> World {
    let mut world = World::new(1, "2026-11-28T16:00:00Z".parse().unwrap());
    bootstrap(&mut world, Cluster { address: "172.18.0.2", ca: "CA\n" }).unwrap();
    world
}

/// With the namespace `a` and its account, so that Pods can be made.
fn with_account() -> World {
    let mut world = world();
    let api = &mut world.api("test");
    api.create("namespaces", None, json!({"metadata": {"name": "a"}})).unwrap();
    let annotations = json!({"kubernetes.io/service-account.name": "default"});
    let token = json!({
        "metadata": {"name": "default-token-x", "annotations": annotations},
        "type": "kubernetes.io/service-account-token",
    });
    api.create("secrets", Some("a"), token).unwrap();
    let account = json!({"metadata": {"name": "default"}, "secrets": [{"name": "default-token-x"}]});
    api.create("serviceaccounts", Some("a"), account).unwrap();
    world
}

fn pod(world: &mut World, name: &str, finalizers: Value) -> Arc<Value> {
    let object = json!({
        "metadata": {"name": name, "finalizers": finalizers},
        "spec": {"terminationGracePeriodSeconds": 30, "containers": [{"name": "c", "image": "i"}]},
    });
    world.api("test").create("pods", Some("a"), object).unwrap()
}

#[test]
fn a_fresh_cluster_has_what_an_api_server_makes() {
    let mut world = world();
    let api = world.api("test");
    assert_eq!(api.list("namespaces", None).unwrap().len(), 4);
    assert!(api.list("clusterroles", None).unwrap().len() > 50);
    assert_eq!(api.get("services", Some("default"), "kubernetes").unwrap()["spec"]["clusterIP"], "10.96.0.1");
}

#[test]
fn a_stale_version_is_a_conflict() {
    let mut world = world();
    let mut api = world.api("test");
    let made = api.create("configmaps", Some("default"), json!({"metadata": {"name": "x"}})).unwrap();
    let mut changed = (*made).clone();
    changed["data"] = json!({"a": "b"});
    let written = api.update("configmaps", Some("default"), changed.clone()).unwrap();
    assert_ne!(written["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
    let status = api.update("configmaps", Some("default"), changed).unwrap_err();
    assert_eq!((status.code, status.reason), (409, "Conflict"));
    // What changes nothing makes no revision.
    let again = api.update("configmaps", Some("default"), (*written).clone()).unwrap();
    assert_eq!(again, written);
}

#[test]
fn the_spec_is_counted_and_the_status_apart() {
    let mut world = world();
    let mut api = world.api("test");
    let object = json!({
        "metadata": {"name": "x"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "c", "image": "i"}]}}},
        "status": {"replicas": 7},
    });
    let made = api.create("deployments", Some("default"), object).unwrap();
    assert_eq!(made["metadata"]["generation"], 1);
    assert_ne!(made["status"]["replicas"], 7);
    let mut status = (*made).clone();
    status["status"] = json!({"replicas": 3});
    status["spec"]["replicas"] = json!(9);
    let made = api.update_status("deployments", Some("default"), status).unwrap();
    assert_eq!((&made["spec"]["replicas"], &made["status"]["replicas"]), (&json!(1), &json!(3)));
    assert_eq!(made["metadata"]["generation"], 1);
    let scale = json!({"spec": {"replicas": 2}});
    let scale = api.update_scale("deployments", Some("default"), "x", &scale).unwrap();
    assert_eq!(scale["spec"]["replicas"], 2);
    assert_eq!(scale["status"]["selector"], "a=b");
    let made = api.get("deployments", Some("default"), "x").unwrap();
    assert_eq!(made["metadata"]["generation"], 2);
    // What Go's types always have may be left out.
    let mut same = (*made).clone();
    assert_eq!(
        same["spec"]["template"]["metadata"].as_object_mut().unwrap().shift_remove("creationTimestamp"),
        Some(json!(null))
    );
    let put = api.update("deployments", Some("default"), same).unwrap();
    assert_eq!(put["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
}

#[test]
fn a_pod_ends_in_its_grace_period_which_only_shrinks() {
    let mut world = with_account();
    pod(&mut world, "p", json!([]));
    world.api("test").bind("a", "p", "n").unwrap();
    let end = |world: &mut World, seconds| {
        let options = DeleteOptions { grace_period_seconds: seconds, ..DeleteOptions::default() };
        world.api("test").end("pods", Some("a"), "p", &options).unwrap()
    };
    let deleted = end(&mut world, None);
    assert!(!deleted.gone);
    assert_eq!(deleted.object["metadata"]["deletionGracePeriodSeconds"], 30);
    assert_eq!(deleted.object["metadata"]["deletionTimestamp"], "2026-11-28T16:00:30Z");
    assert_eq!(end(&mut world, Some(60)).object["metadata"]["deletionGracePeriodSeconds"], 30);
    let shorter = end(&mut world, Some(5)).object;
    assert_eq!(shorter["metadata"]["deletionTimestamp"], "2026-11-28T16:00:05Z");
    assert!(end(&mut world, Some(0)).gone);
    assert!(world.api("test").get("pods", Some("a"), "p").is_err());
}

#[test]
fn an_unscheduled_pod_goes_at_once_and_a_finalizer_keeps_it() {
    let mut world = with_account();
    pod(&mut world, "p", json!([]));
    let mut api = world.api("test");
    assert!(api.end("pods", Some("a"), "p", &DeleteOptions::default()).unwrap().gone);
    pod(&mut world, "q", json!(["example.com/x"]));
    world.api("test").bind("a", "q", "n").unwrap();
    let mut api = world.api("test");
    assert!(!api.end("pods", Some("a"), "q", &DeleteOptions::default()).unwrap().gone);
    let patch = json!({"metadata": {"finalizers": null}});
    // With a grace period the last finalizer does not delete; the kubelet does.
    api.patch("pods", Some("a"), "q", "", PatchType::Merge, &patch).unwrap();
    assert!(api.get("pods", Some("a"), "q").is_ok());
    pod(&mut world, "r", json!(["example.com/x"]));
    let mut api = world.api("test");
    assert!(!api.end("pods", Some("a"), "r", &DeleteOptions::default()).unwrap().gone);
    api.patch("pods", Some("a"), "r", "", PatchType::Merge, &patch).unwrap();
    assert!(api.get("pods", Some("a"), "r").is_err());
}

#[test]
fn a_namespace_terminates_and_takes_nothing_new() {
    let mut world = with_account();
    let mut api = world.api("test");
    let status = api.delete("namespaces", None, "default", &DeleteOptions::default()).unwrap_err();
    assert_eq!(status.message, "namespaces \"default\" is forbidden: this namespace may not be deleted");
    let ending = api.delete("namespaces", None, "a", &DeleteOptions::default()).unwrap();
    assert_eq!(ending["status"]["phase"], "Terminating");
    let status = api.create("configmaps", Some("a"), json!({"metadata": {"name": "x"}})).unwrap_err();
    assert_eq!(
        status.message,
        "configmaps \"x\" is forbidden: unable to create new content in namespace a because it is being terminated"
    );
    assert_eq!(status.details.unwrap()["causes"][0]["reason"], "NamespaceTerminating");
    let again = api.create("namespaces", None, json!({"metadata": {"name": "a"}})).unwrap_err();
    assert_eq!(
        (again.reason, &*again.message),
        ("AlreadyExists", "object is being deleted: namespaces \"a\" already exists")
    );
    let mut finalized = (*ending).clone();
    finalized["spec"] = json!({});
    api.finalize(finalized).unwrap();
    assert!(api.get("namespaces", None, "a").is_err());
    let status = api.create("configmaps", Some("a"), json!({"metadata": {"name": "x"}})).unwrap_err();
    assert_eq!(status.message, "namespaces \"a\" not found");
}

#[test]
fn admission_gives_a_pod_its_account_tolerations_and_priority() {
    let mut world = with_account();
    let spec = &pod(&mut world, "p", json!([]))["spec"];
    assert_eq!(spec["volumes"][0]["name"], "default-token-x");
    assert_eq!(spec["containers"][0]["volumeMounts"][0]["mountPath"], "/var/run/secrets/kubernetes.io/serviceaccount");
    assert_eq!(spec["tolerations"].as_array().unwrap().len(), 2);
    assert_eq!(spec["priority"], 0);
}

/// Of a Job without labels its template's labels are its own, to which those of the selector come.
#[test]
fn a_job_shares_its_templates_labels_unless_it_brings_some() {
    let mut world = world();
    let mut made = |labels: Value, of_template: Value| {
        let containers = json!([{"name": "c", "image": "i"}]);
        let template =
            json!({"metadata": {"labels": of_template}, "spec": {"restartPolicy": "Never", "containers": containers}});
        let job = json!({"metadata": {"generateName": "j-", "labels": labels}, "spec": {"template": template}});
        let made = world.api("test").create("jobs", Some("default"), job).unwrap();
        made["metadata"]["labels"].as_object().map(|labels| labels.keys().cloned().collect::<Vec<_>>())
    };
    let own = ["controller-uid", "job-name"].map(str::to_owned);
    let shared = made(json!(null), json!({"a": "b"})).unwrap();
    assert!(shared.len() == 3 && own.iter().all(|label| shared.contains(label)), "{shared:?}");
    assert_eq!(made(json!({"a": "b"}), json!({"a": "b"})), Some(vec!["a".to_owned()]));
    let read = made(json!(null), json!(null)).unwrap();
    assert!(read.len() == 2 && own.iter().all(|label| read.contains(label)), "by default, when it is read: {read:?}");
}

#[test]
fn a_definition_brings_a_resource() {
    let mut world = world();
    let mut api = world.api("test");
    assert!(api.list("widgets.example.com", None).is_err());
    let definition = json!({
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]},
    });
    api.create("customresourcedefinitions", None, definition).unwrap();
    let made = api.create("widgets.example.com", Some("default"), json!({"metadata": {"name": "w"}, "spec": {"a": 1}}));
    assert_eq!(made.unwrap()["apiVersion"], "example.com/v1");
    assert!(world.store.get(b"/registry/example.com/widgets/default/w").is_some());
}

#[test]
fn a_patch_cannot_make_another_object_of_one_and_a_replacement_is_of_one_object_only() {
    let mut world = world();
    let mut api = world.api("test");
    let made = api.create("configmaps", Some("default"), json!({"metadata": {"name": "x"}})).unwrap();
    let mut refused = |patch: Value| {
        api.patch("configmaps", Some("default"), "x", "", PatchType::Merge, &json!({"metadata": patch})).unwrap_err()
    };
    let why = "ConfigMap \"x\" is invalid: metadata.uid: Invalid value: \"nope\": field is immutable";
    assert_eq!(refused(json!({"uid": "nope"})).message, why);
    let why = "ConfigMap \"x\" is invalid: metadata.deletionTimestamp: Invalid value: 2020-01-01 00:00:00 +0000 UTC: \
               field is immutable";
    assert_eq!(refused(json!({"deletionTimestamp": "2020-01-01T00:00:00Z"})).message, why);
    let why = "the namespace of the object (b) does not match the namespace on the request (default)";
    assert_eq!(refused(json!({"namespace": "b"})).message, why);
    let mut other = (*made).clone();
    other["metadata"]["uid"] = json!("nope");
    assert_eq!(api.update("configmaps", Some("default"), other).unwrap_err().code, 409);
}

#[test]
fn what_a_patch_makes_of_an_object_is_told_as_it_was_written() {
    let mut world = world();
    let mut api = world.api("test");
    api.create("configmaps", Some("default"), json!({"metadata": {"name": "x"}, "data": {"a": "1"}})).unwrap();
    let mut refused =
        |patch: Value| api.patch("configmaps", Some("default"), "x", "", PatchType::Merge, &patch).unwrap_err();
    let other = refused(json!({"apiVersion": "v2"})).message;
    // The fields of what changed are sorted, those of the metadata are as Go's type has them.
    assert!(
        other
            .contains(r#"{\"apiVersion\":\"v2\",\"data\":{\"a\":\"1\"},\"kind\":\"ConfigMap\",\"metadata\":{\"name\""#),
        "{other}"
    );
    let why = "no kind \"ConfigMap\" is registered for version \"v2\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"";
    assert!(other.ends_with(why), "{other}");
    let none = refused(json!("nonsense{"));
    assert_eq!((none.code, none.reason, &*none.message), (500, "", "Invalid JSON Patch"));
}

#[test]
fn a_dry_run_shows_what_would_be_read() {
    let mut world = world();
    let mut api = world.api("test");
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    let spec = json!({"selector": {"matchLabels": {"a": "b"}}, "template": template});
    let made = api.create("deployments", Some("default"), json!({"metadata": {"name": "x"}, "spec": spec})).unwrap();
    api.dry_run = true;
    let mut changed = (*made).clone();
    changed["spec"]["replicas"] = json!(3);
    changed["spec"]["template"]["metadata"].as_object_mut().unwrap().shift_remove("creationTimestamp");
    let told = api.update("deployments", Some("default"), changed).unwrap();
    assert_eq!(told["spec"]["template"], made["spec"]["template"]);
    assert_eq!(told["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
    assert_eq!(told["spec"]["replicas"], 3);
}

#[test]
fn fields_are_in_the_order_of_their_types() {
    let mut world = with_account();
    let made = pod(&mut world, "p", json!([]));
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let version = keys(&made["metadata"]).iter().position(|key| key == "resourceVersion");
    assert_eq!(version, Some(3), "after name, namespace and uid");
    let container = keys(&made["spec"]["containers"][0]);
    let end = ["terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy"];
    assert!(container.ends_with(&end.map(str::to_owned)), "{container:?}");
}

#[test]
fn a_pod_may_be_sent_again_without_the_divisors_that_it_was_given() {
    let mut world = with_account();
    let amount = json!({"containerName": "main", "resource": "limits.cpu"});
    let container =
        json!({"name": "main", "image": "x", "env": [{"name": "C", "valueFrom": {"resourceFieldRef": amount}}]});
    let volume = json!({"name": "v", "downwardAPI": {"items": [{"path": "cpu", "resourceFieldRef": amount}]}});
    let pod = json!({"metadata": {"name": "p"}, "spec": {"containers": [container], "volumes": [volume]}});
    let mut api = world.api("test");
    let mut made = Value::clone(&*api.create("pods", Some("a"), pod).unwrap());
    let volumes = made["spec"]["volumes"].as_array_mut().unwrap();
    let volume = volumes.iter_mut().find(|volume| volume["name"] == "v").unwrap();
    let amount = &mut volume["downwardAPI"]["items"][0]["resourceFieldRef"];
    assert_eq!(amount["divisor"], "0");
    amount.as_object_mut().unwrap().shift_remove("divisor");
    let amount = &mut made["spec"]["containers"][0]["env"][0]["valueFrom"]["resourceFieldRef"];
    amount.as_object_mut().unwrap().shift_remove("divisor");
    api.update("pods", Some("a"), made).unwrap();
}

/// As `kubectl patch`, `scale` and `delete` on a v1.20.2 cluster.
#[test]
fn what_is_being_deleted_is_marked_once() {
    let mut world = with_account();
    let held = |kind: &str, name: &str| json!({"kind": kind, "metadata": {"name": name, "finalizers": ["a.b/c"]}});
    let mut api = world.api("test");
    api.create("configmaps", Some("a"), held("ConfigMap", "m")).unwrap();
    let patch = |api: &mut super::Api<'_>, patch: Value| {
        let done = api.patch("configmaps", Some("a"), "m", "", PatchType::Merge, &patch);
        done.map(|object| object["metadata"]["resourceVersion"].clone()).map_err(|status| status.message)
    };
    let both = json!({"metadata": {"finalizers": ["orphan", "foregroundDeletion"]}});
    assert_eq!(
        patch(&mut api, both).unwrap_err(),
        "ConfigMap \"m\" is invalid: metadata.finalizers: Invalid value: []string{\"orphan\", \"foregroundDeletion\"}: \
         finalizer orphan and foregroundDeletion cannot be both set"
    );
    let later = json!({"metadata": {"deletionTimestamp": "2030-01-01T00:00:00Z"}});
    assert!(patch(&mut api, later.clone()).unwrap_err().ends_with("2030-01-01 00:00:00 +0000 UTC: field is immutable"));
    let marked = api.end("configmaps", Some("a"), "m", &DeleteOptions::default()).unwrap().object;
    assert_eq!(patch(&mut api, later).unwrap(), marked["metadata"]["resourceVersion"], "no change");

    let mut set = held("ReplicaSet", "s");
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    set["spec"] = json!({"selector": {"matchLabels": {"a": "b"}}, "template": template});
    api.create("replicasets.apps", Some("a"), set).unwrap();
    for _ in 0..2 {
        let ended = api.end("replicasets.apps", Some("a"), "s", &DeleteOptions::default()).unwrap();
        assert_eq!(ended.object["metadata"]["generation"], 2);
    }
}

/// As the namespace controller's on a v1.20.2 cluster, which sends no status.
#[test]
fn who_takes_a_namespaces_finalizer_manages_its_status_as_he_sent_it() {
    let mut world = with_account();
    let held = json!({"metadata": {"finalizers": ["a.b/c"]}});
    world.api("kubectl").patch("namespaces", None, "a", "", PatchType::Merge, &held).unwrap();
    world.api("kubectl").delete("namespaces", None, "a", &DeleteOptions::default()).unwrap();
    let mut object = Value::clone(&*world.api("test").get("namespaces", None, "a").unwrap());
    object["status"]["conditions"] = json!([{"type": "T", "status": "True", "lastTransitionTime": null}]);
    let posted = world.api("kube-controller-manager").update_status("namespaces", None, object).unwrap();
    let mut object = Value::clone(&posted);
    object["spec"]["finalizers"] = json!([]);
    object.as_object_mut().unwrap().remove("status");
    let done = world.api("kube-controller-manager").finalize(object).unwrap();
    assert!(done["status"]["phase"] == "Terminating" && done["status"]["conditions"].is_array());
    let managed = done["metadata"]["managedFields"].as_array().unwrap();
    let own = managed.iter().find(|entry| entry["manager"] == "kube-controller-manager").unwrap();
    assert_eq!(own["fieldsV1"]["f:status"], json!({"f:phase": {}}));
}
