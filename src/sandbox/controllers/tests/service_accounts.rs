//! Accounts and their tokens.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;

fn account(world: &mut World) -> String {
    create(
        world,
        "serviceaccounts",
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}}),
    );
    pass(world, 1.0);
    secret(world)
}

fn secret(world: &World) -> String {
    get(world, "serviceaccounts", "robot")["secrets"][0]["name"].as_str().unwrap().to_owned()
}

#[test]
fn an_account_gets_a_token_that_names_it() {
    let mut world = cluster();
    let name = account(&mut world);
    assert!(name.starts_with("robot-token-"), "{name}");
    let secret = get(&world, "secrets", &name);
    assert_eq!(secret["type"], "kubernetes.io/service-account-token");
    let token = String::from_utf8(STANDARD.decode(secret["data"]["token"].as_str().unwrap()).unwrap()).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["sub"], "system:serviceaccount:default:robot");
}

#[test]
fn a_deleted_token_is_made_anew_and_goes_with_its_account() {
    let mut world = cluster();
    let first = account(&mut world);
    delete(&mut world, "secrets", &first, None);
    pass(&mut world, 2.0);
    let second = secret(&world);
    assert_ne!(first, second);
    delete(&mut world, "serviceaccounts", "robot", None);
    pass(&mut world, 2.0);
    assert!(!names(&world, "secrets").iter().any(|name| name.starts_with("robot-token-")));
}

#[test]
fn the_account_default_comes_back() {
    let mut world = cluster();
    delete(&mut world, "serviceaccounts", "default", None);
    pass(&mut world, 2.0);
    assert!(get(&world, "serviceaccounts", "default")["secrets"][0]["name"].is_string());
}

#[test]
fn an_account_whose_key_is_taken_from_etcd_comes_back_with_another_token() {
    let mut world = cluster();
    let tokens = |world: &World| names(world, "secrets");
    let before = tokens(&world);
    assert_eq!(before.len(), 1);
    world.store.delete(b"/registry/serviceaccounts/default/default");
    world.tell();
    pass(&mut world, 3.0);
    let after = tokens(&world);
    assert_eq!(after.len(), 1);
    assert_ne!(after, before);
}

/// As `etcdctl watch` shows on a v1.20.2 cluster.
#[test]
fn an_account_loses_its_token_in_a_namespace_that_ends_and_gets_another_elsewhere_after_that() {
    let mut world = cluster();
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "held", "finalizers": ["a.b/c"]}});
    create(&mut world, "serviceaccounts", account);
    pass(&mut world, 1.0);
    let token = get(&world, "serviceaccounts", "held")["secrets"][0]["name"].as_str().unwrap().to_owned();
    let key = b"/registry/serviceaccounts/default/held";
    let before = world.store.get(key).unwrap().version;
    delete(&mut world, "secrets", &token, None);
    pass(&mut world, 1.0);
    assert_eq!(world.store.get(key).unwrap().version, before + 2, "one write takes, one gives");
    delete(&mut world, "serviceaccounts", "held", None);
    let token = get(&world, "serviceaccounts", "held")["secrets"][0]["name"].as_str().unwrap().to_owned();
    delete(&mut world, "secrets", &token, None);
    pass(&mut world, 1.0);
    assert!(get(&world, "serviceaccounts", "held")["secrets"].is_null());
}
