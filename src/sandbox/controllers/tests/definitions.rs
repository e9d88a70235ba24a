//! CustomResourceDefinitions and what becomes of their objects.

use super::*;

const DEFINITIONS: &str = "customresourcedefinitions";

fn definition(plural: &str, kind: &str) -> Value {
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.example.com")},
        "spec": {"group": "example.com", "names": {"plural": plural, "kind": kind}, "scope": "Namespaced",
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema":
                {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}})
}

fn define(world: &mut World, plural: &str, kind: &str) {
    world.api("test").create(DEFINITIONS, None, definition(plural, kind)).unwrap();
    pass(world, 1.0);
}

fn status(world: &World, name: &str) -> Value {
    world.informers.get(DEFINITIONS, "", name).unwrap()["status"].clone()
}

fn conditions(world: &World, name: &str) -> Vec<(String, String, String)> {
    let status = status(world, name);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = object::items(&status["conditions"]).iter();
    all.map(|one| (text(&one["type"]), text(&one["status"]), text(&one["reason"]))).collect()
}

fn three(kind: &str, status: &str, reason: &str) -> (String, String, String) {
    (kind.to_owned(), status.to_owned(), reason.to_owned())
}

fn gadget(name: &str, finalizers: Value) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": {"name": name, "finalizers": finalizers}})
}

#[test]
fn a_definition_is_established_when_its_names_are_free() {
    let mut world = cluster();
    define(&mut world, "gadgets", "Gadget");
    let accepted = status(&world, "gadgets.example.com")["acceptedNames"].clone();
    assert_eq!(
        accepted,
        json!({"plural": "gadgets", "singular": "gadget", "kind": "Gadget", "listKind": "GadgetList"})
    );
    let names = three("NamesAccepted", "True", "NoConflicts");
    let established = three("Established", "True", "InitialNamesAccepted");
    assert_eq!(conditions(&world, "gadgets.example.com"), [names, established]);
    assert_eq!(status(&world, "gadgets.example.com")["storedVersions"], json!(["v1"]));
    define(&mut world, "others", "Gadget");
    let names = three("NamesAccepted", "False", "SingularConflict");
    assert_eq!(conditions(&world, "others.example.com"), [names, three("Established", "False", "NotAccepted")]);
}

#[test]
fn a_definition_waits_for_its_objects() {
    let mut world = cluster();
    define(&mut world, "gadgets", "Gadget");
    create(&mut world, "gadgets.example.com", gadget("held", json!(["example.com/hold"])));
    create(&mut world, "gadgets.example.com", gadget("free", json!([])));
    world.api("test").delete(DEFINITIONS, None, "gadgets.example.com", &DeleteOptions::default()).unwrap();
    pass(&mut world, 2.0);
    let refused = world.api("test").create("gadgets.example.com", Some("default"), gadget("late", json!([])));
    assert_eq!(refused.unwrap_err().code, 405);
    let definition = world.informers.get(DEFINITIONS, "", "gadgets.example.com").unwrap();
    let finalizers = json!(["customresourcecleanup.apiextensions.k8s.io"]);
    assert_eq!(definition["metadata"]["finalizers"], finalizers);
    assert_eq!(conditions(&world, "gadgets.example.com")[2].2, "InstanceDeletionInProgress");
    assert_eq!(world.informers.list("gadgets.example.com").count(), 1);
    pass(&mut world, 30.0);
    let mut held = Value::clone(&*world.api("test").get("gadgets.example.com", Some("default"), "held").unwrap());
    held["metadata"]["finalizers"] = json!([]);
    world.api("test").update("gadgets.example.com", Some("default"), held).unwrap();
    pass(&mut world, 10.0);
    assert!(world.informers.get(DEFINITIONS, "", "gadgets.example.com").is_none());
}

#[test]
fn custom_objects_own_and_are_owned_and_go_with_their_namespace() {
    let mut world = cluster();
    define(&mut world, "gadgets", "Gadget");
    create(&mut world, "gadgets.example.com", gadget("owner", json!([])));
    let owner = world.informers.get("gadgets.example.com", "default", "owner").unwrap();
    for name in ["owned", "owned-too"] {
        let mut owned = gadget(name, json!([]));
        owned["metadata"]["ownerReferences"] = json!([object::owner_reference(&owner, true)]);
        create(&mut world, "gadgets.example.com", owned);
    }
    pass(&mut world, 1.0);
    delete(&mut world, "gadgets.example.com", "owner", Some("Foreground"));
    pass(&mut world, 5.0);
    assert_eq!(world.informers.list("gadgets.example.com").count(), 0);
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}});
    world.api("test").create("namespaces", None, namespace).unwrap();
    world.api("test").create("gadgets.example.com", Some("n"), gadget("held", json!(["example.com/hold"]))).unwrap();
    world.api("test").delete("namespaces", None, "n", &DeleteOptions::default()).unwrap();
    pass(&mut world, 10.0);
    let left = world.informers.get("namespaces", "", "n").unwrap();
    let message = "Some resources are remaining: gadgets.example.com has 1 resource instances";
    assert_eq!(object::condition(&left, "NamespaceContentRemaining").unwrap()["message"], message);
    let message = "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances";
    assert_eq!(object::condition(&left, "NamespaceFinalizersRemaining").unwrap()["message"], message);
}
