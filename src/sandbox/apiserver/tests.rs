//! The API over HTTP.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use super::*;
use crate::sandbox::api::{Cluster, bootstrap};
use crate::sandbox::{Shared, World, codec};

type Sender = hyper::client::conn::http1::SendRequest<Full<Bytes>>;

async fn client(user: User) -> (Sender, Shared) {
    let mut world = World::new(1, "2026-11-28T16:00:00Z".parse().unwrap());
    bootstrap(&mut world, Cluster { address: "172.18.0.2", ca: "CA\n" }).unwrap();
    let shared = Shared::new(world);
    (connect(&shared, user).await, shared)
}

async fn connect(shared: &Shared, user: User) -> Sender {
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(serve(far, shared.clone(), user));
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(near)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn ask(sender: &mut Sender, method: &str, path: &str, content_type: &str, body: &str) -> (u16, String) {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", content_type)
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    let code = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (code, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn get(sender: &mut Sender, path: &str) -> (u16, Value) {
    let (code, text) = ask(sender, "GET", path, "", "").await;
    (code, serde_json::from_str(&text).unwrap())
}

#[tokio::test]
async fn an_object_is_made_read_changed_and_deleted() {
    let (mut sender, _) = client(User::admin()).await;
    let all = "/api/v1/namespaces/default/configmaps";
    let (code, made) = ask(&mut sender, "POST", all, "application/yaml", "metadata: {name: x}\ndata: {a: '<'}\n").await;
    assert_eq!(code, 201);
    assert!(made.contains("\\u003c") && made.ends_with("}\n"), "{made}");
    let one = format!("{all}/x");
    let patch = json!({"data": {"a": null, "b": "c"}}).to_string();
    let (code, _) = ask(&mut sender, "PATCH", &one, "application/merge-patch+json", &patch).await;
    assert_eq!(code, 200);
    assert_eq!(get(&mut sender, &one).await.1["data"], json!({"b": "c"}));
    assert_eq!(ask(&mut sender, "PATCH", &one, "application/json", "{}").await.0, 415);
    let (code, gone) = ask(&mut sender, "DELETE", &one, "", "").await;
    let gone: Value = serde_json::from_str(&gone).unwrap();
    assert_eq!((code, &gone["status"], &gone["details"]["kind"]), (200, &json!("Success"), &json!("configmaps")));
    assert_eq!(get(&mut sender, &one).await.1["message"], "configmaps \"x\" not found");
}

/// As `kubectl create --raw …/eviction` is answered by a v1.20.2.
#[tokio::test]
async fn an_eviction_is_one_and_of_the_pod_that_is_asked_for() {
    let (mut sender, _) = client(User::admin()).await;
    let path = "/api/v1/namespaces/default/pods/a/eviction";
    let mut refused = async |body: Value| {
        let (code, told) = ask(&mut sender, "POST", path, "application/json", &body.to_string()).await;
        let told: Value = serde_json::from_str(&told).unwrap();
        (code, told["message"].as_str().unwrap().to_owned())
    };
    let eviction = |name: &str| json!({"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": name}});
    let why = "name in URL does not match name in Eviction object";
    assert_eq!(refused(eviction("b")).await, (400, why.to_owned()));
    assert_eq!(refused(eviction("a")).await, (404, "pods \"a\" not found".to_owned()));
    let why = "Pod in version \"v1\" cannot be handled as a Eviction: converting (v1.Pod) to (policy.Eviction): unknown \
               conversion";
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}});
    assert_eq!(refused(pod).await, (400, why.to_owned()));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let (mut sender, _) = client(User::admin()).await;
    let (_, first) = get(&mut sender, "/api/v1/namespaces?limit=3").await;
    assert_eq!(first["items"].as_array().unwrap().len(), 3);
    assert_eq!(first["metadata"]["remainingItemCount"], 1);
    let token = first["metadata"]["continue"].as_str().unwrap();
    let (_, rest) = get(&mut sender, &format!("/api/v1/namespaces?limit=3&continue={token}")).await;
    assert_eq!(rest["items"][0]["metadata"]["name"], "kube-system");
    assert!(rest["metadata"]["continue"].is_null());
    let (code, status) = get(&mut sender, "/api/v1/pods?fieldSelector=foo=bar").await;
    assert_eq!((code, &status["message"]), (400, &json!("field label not supported: foo")));
    let (code, status) = get(&mut sender, "/api/v1/pods?resourceVersion=99999999").await;
    assert_eq!((code, &status["reason"]), (504, &json!("Timeout")));
    let (code, status) = get(&mut sender, "/api/v1/namespaces/default?resourceVersion=99999999").await;
    assert_eq!((code, &status["reason"]), (504, &json!("Timeout")), "an object is read as a list is");
    let (_, status) = get(&mut sender, "/api/v1/namespaces/default?resourceVersion=x").await;
    let why = "resourceVersion: Invalid value: \"x\": strconv.ParseUint: parsing \"x\": invalid syntax";
    assert_eq!(status["message"], why);
    let (_, status) = get(&mut sender, &format!("/api/v1/namespaces?continue={token}&resourceVersion=1")).await;
    assert_eq!(status["message"], "specifying resource version is not allowed when using continue");
}

#[tokio::test]
async fn tokens_of_lists_are_refused_in_the_words_of_a_server() {
    use base64::Engine as _;
    let (mut sender, shared) = client(User::admin()).await;
    let encoded = |token: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(token);
    for (token, why) in [
        ("nonsense".to_owned(), "invalid character '\\u009e' looking for beginning of value"),
        ("eyJ2Ij0=".to_owned(), "illegal base64 data at input byte 7"),
        (
            encoded(r#"{"v":"meta.k8s.io/v2","rv":5,"start":"x"}"#),
            "server does not recognize this encoded version \"meta.k8s.io/v2\"",
        ),
        (
            encoded(r#"{"v":"meta.k8s.io/v1","rv":0,"start":"x"}"#),
            "incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
        ),
        (encoded(r#"{"v":"meta.k8s.io/v1","rv":5,"start":"../x"}"#), "../x"),
    ] {
        let (code, status) = get(&mut sender, &format!("/api/v1/namespaces?continue={token}")).await;
        let all = format!("invalid continue token: continue key is not valid: {why}");
        assert_eq!((code, &status["message"]), (400, &json!(all)));
    }
    // A page too old tells how to go on.
    shared.with(|world| world.store.compact(world.store.revision())).unwrap();
    let old = encoded(r#"{"v":"meta.k8s.io/v1","rv":1,"start":"kube-public\u0000"}"#);
    let (code, status) = get(&mut sender, &format!("/api/v1/namespaces?continue={old}")).await;
    let next = encoded("{\"v\":\"meta.k8s.io/v1\",\"rv\":-1,\"start\":\"kube-public\\u0000\"}");
    assert_eq!((code, &status["metadata"]["continue"]), (410, &json!(next)));
    let last = encoded(r#"{"v":"meta.k8s.io/v1","rv":-1,"start":"kube-public\u0000"}"#);
    let (_, rest) = get(&mut sender, &format!("/api/v1/namespaces?continue={last}")).await;
    assert_eq!(rest["items"][0]["metadata"]["name"], "kube-system", "as all is now");
}

#[tokio::test]
async fn a_watch_sees_changes_through_its_selector() {
    let (mut sender, shared) = client(User::admin()).await;
    let from = shared.with(|world| world.store.revision());
    let path = format!(
        "/api/v1/namespaces/default/configmaps?watch=1&labelSelector=a%3Db&timeoutSeconds=5&resourceVersion={from}"
    );
    let request = http::Request::get(path).body(Full::default()).unwrap();
    let response = sender.send_request(request).await.unwrap();
    shared.with(|world| {
        let mut api = world.api("test");
        let object = |label: &str| json!({"metadata": {"name": "x", "labels": {"a": label}}});
        api.create("configmaps", Some("default"), object("c")).unwrap();
        for label in ["b", "c"] {
            api.update("configmaps", Some("default"), object(label)).unwrap();
        }
        // It ends in virtual time.
        let until = world.now() + std::time::Duration::from_secs(5);
        world.run_until(until);
    });
    let text = response.into_body().collect().await.unwrap().to_bytes();
    let events: Vec<Value> =
        text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let types: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(types, ["ADDED", "DELETED"]);
    assert_eq!(events[1]["object"]["metadata"]["labels"]["a"], "b");
    assert_eq!(events[1]["object"]["metadata"]["resourceVersion"], (from + 3).to_string());
}

#[tokio::test]
async fn strangers_are_refused() {
    let (mut sender, _) = client(User::anonymous()).await;
    let (code, status) = get(&mut sender, "/api/v1/pods").await;
    let message = "pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\" in API group \"\" at the \
                   cluster scope";
    assert_eq!((code, &status["message"]), (403, &json!(message)));
    assert_eq!(get(&mut sender, "/version").await.0, 200);
}

#[tokio::test]
async fn malformed_bodies_and_unknown_paths_are_answered() {
    let (mut sender, _) = client(User::admin()).await;
    let all = "/api/v1/namespaces/default/configmaps";
    let (code, text) = ask(&mut sender, "POST", all, "application/json", "x").await;
    assert_eq!(code, 400);
    assert!(text.contains("invalid character 'x' looking for beginning of value (78)"), "{text}");
    assert_eq!(ask(&mut sender, "POST", all, "text/plain", "x").await.0, 415);
    assert_eq!(ask(&mut sender, "PUT", all, "application/json", "x").await.0, 405);
    assert_eq!(get(&mut sender, "/api/v1/foos").await.0, 404);
    assert_eq!(ask(&mut sender, "GET", "/foo", "", "").await.1, "404 page not found\n");
}

#[tokio::test]
async fn discovery_names_the_stored_versions() {
    let (mut sender, _) = client(User::admin()).await;
    let (_, core) = get(&mut sender, "/api/v1").await;
    let maps = core["resources"].as_array().unwrap().iter().find(|row| row["name"] == "configmaps").unwrap();
    assert_eq!(maps["storageVersionHash"], "qFsyl6wFWjQ=");
    let (_, apps) = get(&mut sender, "/apis/apps/v1").await;
    assert_eq!(apps["resources"][1]["storageVersionHash"], "dd7pWHUlMKQ=");
}

#[tokio::test]
async fn objects_come_and_go_in_protobuf() {
    const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
    let (mut sender, _) = client(User::admin()).await;
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "b"}});
    let request = |method: &str, path: &str, body: Bytes| {
        let request = http::Request::builder().method(method).uri(path).header("content-type", PROTOBUF);
        request.header("accept", "application/vnd.kubernetes.protobuf,application/json").body(Full::new(body)).unwrap()
    };
    let all = "/api/v1/namespaces/default/configmaps";
    let body = codec::to_wire(&object).unwrap();
    for (method, path, body, code, kind) in [
        ("POST", all.to_owned(), body.clone(), 201, "ConfigMap"),
        ("POST", all.to_owned(), body, 409, "Status"),
        ("GET", all.to_owned(), Bytes::new(), 200, "ConfigMapList"),
        ("GET", format!("{all}/y"), Bytes::new(), 404, "Status"),
    ] {
        let response = sender.send_request(request(method, &path, body)).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()["content-type"].as_bytes()),
            (code, PROTOBUF.as_bytes())
        );
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let read = codec::from_wire(&bytes).unwrap();
        assert_eq!(read["kind"], kind);
        if code == 201 {
            assert_eq!(read["data"]["a"], "b");
            assert!(read["metadata"]["resourceVersion"].is_string());
        }
    }
    let watch = format!("{all}?watch=1&timeoutSeconds=1");
    let response = sender.send_request(request("GET", &watch, Bytes::new())).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/vnd.kubernetes.protobuf;stream=watch");
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_can_read_it() {
    let (mut sender, _) = client(User::admin()).await;
    for (path, long) in [("/openapi/v2", true), ("/api/v1/namespaces", false)] {
        let request = http::Request::get(path).header("accept-encoding", "gzip").body(Full::default()).unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.headers().get("content-encoding").is_some(), long, "{path}");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(bytes.starts_with(&[0x1f, 0x8b]), long, "{path}");
    }
}

#[tokio::test]
async fn a_bookmark_comes_shortly_before_a_watch_ends() {
    let (mut sender, shared) = client(User::admin()).await;
    let path = "/api/v1/nodes?watch=1&timeoutSeconds=10&allowWatchBookmarks=true";
    let request = http::Request::get(path).body(Full::default()).unwrap();
    let response = sender.send_request(request).await.unwrap();
    let mut body = response.into_body();
    shared.with(|world| {
        let until = world.now() + std::time::Duration::from_secs(9);
        world.run_until(until);
    });
    let bytes = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let event: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(event["type"], "BOOKMARK");
}

#[tokio::test]
async fn options_that_do_not_go_together_are_refused() {
    let (mut sender, _) = client(User::admin()).await;
    let all = "/api/v1/namespaces/default/configmaps";
    for (query, code, part) in [
        ("resourceVersionMatch=Exact", 422, "forbidden unless resourceVersion is provided"),
        ("resourceVersionMatch=Exact&resourceVersion=0", 422, "is forbidden for resourceVersion"),
        ("resourceVersionMatch=Foo&resourceVersion=1", 422, "supported values"),
        ("timeoutSeconds=abc", 400, "invalid syntax"),
        ("continue=abc", 400, "invalid continue token: continue key is not valid: invalid character 'i'"),
    ] {
        let (found, status) = get(&mut sender, &format!("{all}?{query}")).await;
        assert!(found == code && status["message"].as_str().unwrap().contains(part), "{query}: {status}");
    }
    assert_eq!(get(&mut sender, &format!("{all}?limit=-1")).await.0, 200);
    let (code, status) = ask(&mut sender, "DELETE", &format!("{all}/x?propagationPolicy=Foo"), "", "").await;
    assert!(code == 422 && status.contains("DeleteOptions.meta.k8s.io"), "{status}");
    assert_eq!(get(&mut sender, "/apis/apps/v9").await.1["reason"], "NotFound");
}

/// As after `etcdctl compact` and after the end of kube-apiserver on a v1.20.2 cluster.
#[tokio::test]
async fn a_watch_goes_on_from_what_etcd_has_forgotten_and_the_server_has_not() {
    let (mut sender, shared) = client(User::admin()).await;
    let from = shared.with(|world| {
        let made = json!({"metadata": {"name": "w"}});
        let made = world.api("test").create("configmaps", Some("default"), made).unwrap();
        for data in ["1", "2"] {
            let patch = json!({"data": {"a": data}});
            let merge = crate::sandbox::api::PatchType::Merge;
            world.api("test").patch("configmaps", Some("default"), "w", "", merge, &patch).unwrap();
        }
        world.tell();
        world.store.compact(world.store.revision()).unwrap();
        made["metadata"]["resourceVersion"].as_str().unwrap().to_owned()
    });
    let path = format!("/api/v1/namespaces/default/configmaps?watch=1&resourceVersion={from}");
    let first = async |sender: &mut Sender| {
        let request = http::Request::get(path.clone()).body(Full::default()).unwrap();
        let mut body = sender.send_request(request).await.unwrap().into_body();
        let bytes = body.frame().await.unwrap().unwrap().into_data().unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    };
    let seen = first(&mut sender).await;
    assert_eq!(seen.matches("\"type\":\"MODIFIED\"").count(), 2, "{seen}");
    let now = shared.with(|world| {
        world.cacher.list(world.store.revision());
        world.store.revision()
    });
    let seen = first(&mut connect(&shared, User::admin()).await).await;
    assert!(seen.contains(&format!("too old resource version: {from} ({now})")), "{seen}");
}

#[tokio::test]
async fn components_are_asked_for_their_health() {
    let (mut sender, _) = client(User::admin()).await;
    let (code, list) = get(&mut sender, "/api/v1/componentstatuses").await;
    assert_eq!((code, list["items"].as_array().unwrap().len()), (200, 3));
    assert_eq!(list["items"][2]["conditions"][0]["message"], "{\"health\":\"true\"}");
    let (code, status) = get(&mut sender, "/api/v1/componentstatuses/nope").await;
    assert_eq!((code, &status["message"]), (500, &json!("Component not found: nope")));
    let (code, status) = get(&mut sender, "/api/v1/componentstatuses?watch=1").await;
    let why = "watch is not supported on resources of kind \"componentstatuses\"";
    assert_eq!((code, &status["message"]), (405, &json!(why)));
}

/// As `kubectl get --raw` on a v1.20.2 cluster.
#[tokio::test]
async fn a_revision_to_come_that_only_etcd_could_know_is_refused_in_its_words() {
    let (mut sender, _) = client(User::admin()).await;
    for query in ["resourceVersion=99999&resourceVersionMatch=Exact", "resourceVersion=99999&limit=1"] {
        let (code, status) = get(&mut sender, &format!("/api/v1/configmaps?{query}")).await;
        assert_eq!(
            (code, &status["message"]),
            (500, &json!("etcdserver: mvcc: required revision is a future revision"))
        );
    }
}

#[tokio::test]
async fn what_another_server_should_serve_is_known_of_and_unavailable() {
    let (mut sender, _) = client(User::admin()).await;
    let service = json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1.m.example.com"},
        "spec": {"group": "m.example.com", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100,
                 "service": {"name": "m", "namespace": "default"}}});
    let all = "/apis/apiregistration.k8s.io/v1/apiservices";
    assert_eq!(ask(&mut sender, "POST", all, "application/json", &service.to_string()).await.0, 201);
    for path in ["/apis/m.example.com/v1", "/apis/m.example.com/v1/namespaces/default/things"] {
        assert_eq!(ask(&mut sender, "GET", path, "", "").await, (503, "service unavailable\n".to_owned()));
    }
    let (_, groups) = get(&mut sender, "/apis").await;
    let known = groups["groups"].as_array().unwrap().iter().find(|group| group["name"] == "m.example.com").unwrap();
    assert_eq!(known["preferredVersion"]["groupVersion"], "m.example.com/v1");
    assert_eq!(get(&mut sender, "/apis/m.example.com").await.1["kind"], "APIGroup");
}
