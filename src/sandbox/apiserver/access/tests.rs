//! Roles, other users' names, reviews and tokens, in the words of a v1.20.2 cluster.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::apiserver::User;
use crate::sandbox::apiserver::answer::{Answer, answer};
use crate::sandbox::apiserver::request::{Impersonate, Request};
use crate::sandbox::kubelet::stand_in::{cluster, pass};
use crate::sandbox::object;

fn request(method: &str, path: &str, body: &Value) -> Request {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    Request { method: method.to_owned(), path: path.to_owned(), body: body.into(), ..Request::default() }
}

fn send(world: &mut World, request: &Request, user: &User) -> (u16, Value) {
    let Answer::Whole { code, body, .. } = answer(world, request, user) else { panic!("no answer at once") };
    world.tell();
    (code, serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body))))
}

/// As another user, by the name of an administrator.
fn sent_as(world: &mut World, name: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let mut request = request(method, path, body);
    request.impersonate = Impersonate { user: name.to_owned(), ..Impersonate::default() };
    send(world, &request, &User::admin())
}

fn make(world: &mut World, path: &str, body: &Value) {
    let (code, answer) = send(world, &request("POST", path, body), &User::admin());
    assert_eq!(code, 201, "{answer}");
}

fn role(rules: &Value) -> Value {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": rules})
}

fn binding(name: &str, kind: &str, role: &str, subject: &Value) -> Value {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role}, "subjects": [subject]})
}

const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";
const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
const PODS: &str = "/api/v1/namespaces/default/pods";

#[test]
fn a_user_may_do_what_a_role_says() {
    let mut world = cluster();
    let (code, refused) = sent_as(&mut world, "jane", "GET", PODS, &Value::Null);
    let message =
        "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"";
    assert_eq!((code, &refused["message"]), (403, &json!(message)));
    assert_eq!(refused["details"], json!({"kind": "pods"}));
    make(&mut world, ROLES, &role(&json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}])));
    let jane = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"});
    make(&mut world, BINDINGS, &binding("b", "Role", "r", &jane));
    assert_eq!(sent_as(&mut world, "jane", "GET", PODS, &Value::Null).0, 200);
    assert_eq!(sent_as(&mut world, "jane", "GET", "/apis", &Value::Null).0, 200);
    let metrics = sent_as(&mut world, "jane", "GET", "/metrics", &Value::Null).1;
    assert_eq!(metrics["message"], "forbidden: User \"jane\" cannot get path \"/metrics\"");
    make(&mut world, BINDINGS, &binding("lost", "ClusterRole", "none", &jane));
    let refused = sent_as(&mut world, "jane", "GET", &format!("{PODS}/x"), &Value::Null).1;
    let message = "pods \"x\" is forbidden: User \"jane\" cannot get resource \"pods\" in API group \"\" in the \
                   namespace \"default\": RBAC: clusterrole.rbac.authorization.k8s.io \"none\" not found";
    assert_eq!(refused["message"], message);
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"namespace": "default", "verb": "list", "resource": "pods"}}});
    let reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let (code, found) = sent_as(&mut world, "jane", "POST", reviews, &review);
    let reason = "RBAC: allowed by RoleBinding \"b/default\" of Role \"r\" to User \"jane\"";
    assert_eq!((code, &found["status"]), (201, &json!({"allowed": true, "reason": reason})));
}

#[test]
fn only_who_may_asks_as_another_and_strangers_see_little() {
    let mut world = cluster();
    let mut asks = request("GET", PODS, &Value::Null);
    asks.impersonate.user = "jane".to_owned();
    let bob = User { name: "bob".to_owned(), groups: vec!["system:authenticated".to_owned()] };
    let message = "users \"jane\" is forbidden: User \"bob\" cannot impersonate resource \"users\" in API group \"\" at the \
                   cluster scope";
    assert_eq!(send(&mut world, &asks, &bob).1["message"], message);
    let stranger = User::anonymous();
    assert_eq!(send(&mut world, &request("GET", "/healthz", &Value::Null), &stranger).0, 200);
    let (code, refused) = send(&mut world, &request("GET", "/apis", &Value::Null), &stranger);
    let message = "forbidden: User \"system:anonymous\" cannot get path \"/apis\"";
    assert_eq!((code, &refused["message"]), (403, &json!(message)));
}

#[test]
fn a_kubelet_reads_what_the_pods_on_its_node_need() {
    let mut world = cluster();
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {
        "nodeName": "k8splayground-worker", "volumes": [{"name": "v", "configMap": {"name": "mine"}}],
        "containers": [{"name": "c", "image": "busybox:1.31"}]}});
    make(&mut world, PODS, &pod);
    let maps = "/api/v1/namespaces/default/configmaps";
    for name in ["mine", "other"] {
        make(&mut world, maps, &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}));
    }
    let groups = ["system:nodes", "system:authenticated"].map(str::to_owned).to_vec();
    let kubelet = User { name: "system:node:k8splayground-worker".to_owned(), groups };
    let mut get = |path: &str| {
        let (code, answer) = send(&mut world, &request("GET", path, &Value::Null), &kubelet);
        (code, answer["message"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!((get("/api/v1/nodes").0, get(&format!("{maps}/mine")).0), (200, 200));
    let (code, why) = get(&format!("{maps}/other"));
    let ends = "no relationship found between node 'k8splayground-worker' and this object";
    assert!(code == 403 && why.ends_with(ends), "{why}");
    let why = get("/api/v1/secrets").1;
    assert!(why.ends_with("at the cluster scope: can only read namespaced object of this type"), "{why}");
}

#[test]
fn nobody_gives_what_he_has_not() {
    let mut world = cluster();
    let account = json!({"kind": "ServiceAccount", "name": "default", "namespace": "default"});
    make(&mut world, BINDINGS, &binding("admin", "ClusterRole", "admin", &account));
    let name = "system:serviceaccount:default:default";
    let nodes = role(&json!([{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}]));
    let (code, refused) = sent_as(&mut world, name, "POST", ROLES, &nodes);
    let message = "roles.rbac.authorization.k8s.io \"r\" is forbidden: user \"system:serviceaccount:default:default\" \
                   (groups=[\"system:serviceaccounts\" \"system:serviceaccounts:default\" \"system:authenticated\"]) is \
                   attempting to grant RBAC permissions not currently held:\n\
                   {APIGroups:[\"\"], Resources:[\"nodes\"], Verbs:[\"get\"]}";
    assert_eq!((code, &refused["message"]), (403, &json!(message)));
    let pods = role(&json!([{"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "list"]}]));
    assert_eq!(sent_as(&mut world, name, "POST", ROLES, &pods).0, 201);
    let bob = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "bob"});
    let all = sent_as(&mut world, name, "POST", BINDINGS, &binding("b", "ClusterRole", "cluster-admin", &bob)).1;
    let held = "{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}\n{NonResourceURLs:[\"*\"], Verbs:[\"*\"]}";
    assert!(all["message"].as_str().unwrap().ends_with(held), "{all}");
    assert_eq!(sent_as(&mut world, name, "POST", BINDINGS, &binding("b", "ClusterRole", "view", &bob)).0, 201);
}

#[test]
fn an_account_is_known_by_its_tokens() {
    use base64::Engine as _;
    let mut world = cluster();
    let secret = world.informers.list_in("secrets", "default").next().unwrap().clone();
    let old = secret["data"]["token"].as_str().unwrap();
    let old = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(old).unwrap()).unwrap();
    let tokens = "/api/v1/namespaces/default/serviceaccounts/default/token";
    let wanted = |seconds: i64| {
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "spec": {"expirationSeconds": seconds}})
    };
    let (code, made) = send(&mut world, &request("POST", tokens, &wanted(600)), &User::admin());
    assert_eq!((code, &made["spec"]["audiences"]), (201, &json!(["https://kubernetes.default.svc"])));
    let new = made["status"]["token"].as_str().unwrap().to_owned();
    let refused = send(&mut world, &request("POST", tokens, &wanted(60)), &User::admin()).1;
    let message = "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: 60: may not \
                   specify a duration less than 10 minutes";
    assert_eq!(refused["message"], message);
    let with = |world: &mut World, token: &str| {
        let mut asks = request("GET", PODS, &Value::Null);
        asks.authorization = format!("Bearer {token}");
        send(world, &asks, &User::anonymous())
    };
    for token in [&old, &new] {
        let (code, refused) = with(&mut world, token);
        assert_eq!(code, 403);
        assert!(refused["message"].as_str().unwrap().contains("User \"system:serviceaccount:default:default\""));
    }
    assert_eq!(with(&mut world, "bad").0, 401);
    let review = |token: &str| json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}});
    let reviews = "/apis/authentication.k8s.io/v1/tokenreviews";
    let found = send(&mut world, &request("POST", reviews, &review(&new)), &User::admin()).1;
    assert_eq!(found["status"]["user"]["username"], "system:serviceaccount:default:default");
    let found = send(&mut world, &request("POST", reviews, &review("bad")), &User::admin()).1;
    assert_eq!(found["status"], json!({"user": {}, "error": "invalid bearer token"}));
    pass(&mut world, 601.0);
    assert_eq!((with(&mut world, &old).0, with(&mut world, &new).0), (403, 401));
    let options = crate::sandbox::api::DeleteOptions::default();
    world.api("test").delete("secrets", Some("default"), object::name(&secret), &options).unwrap();
    assert_eq!(with(&mut world, &old).0, 401);
}

#[test]
fn a_cluster_role_has_the_rules_of_those_that_its_selectors_take() {
    let mut world = cluster();
    let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    let made = |name: &str, more: Value| {
        let mut role =
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}});
        role.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        role
    };
    let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]);
    let selectors = json!({"clusterRoleSelectors": [{"matchLabels": {"x": "yes"}}]});
    make(&mut world, roles, &made("all", json!({"aggregationRule": selectors})));
    make(&mut world, roles, &made("one", json!({"rules": rules, "metadata": {"name": "one", "labels": {"x": "yes"}}})));
    pass(&mut world, 1.0);
    assert_eq!(world.informers.get("clusterroles", "", "all").unwrap()["rules"], rules);
}
