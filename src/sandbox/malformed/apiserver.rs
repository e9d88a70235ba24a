//! The API server's wire.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::http::{Asked, Connection, broken, method, path, query};
use super::json::{any_json, mutated, objects};
use super::{bytes_on, cases, cluster, patiently, runtime};
use crate::sandbox::api::Resource;
use crate::sandbox::apiserver::{User, serve};
use crate::sandbox::{Shared, codec};

const SEGMENTS: &[&str] = &[
    "api",
    "apis",
    "v1",
    "v1beta1",
    "apps",
    "batch",
    "policy",
    "coordination.k8s.io",
    "apiextensions.k8s.io",
    "namespaces",
    "default",
    "pods",
    "one",
    "x",
    "deployments",
    "nodes",
    "services",
    "configmaps",
    "events",
    "status",
    "scale",
    "exec",
    "attach",
    "log",
    "binding",
    "eviction",
    "finalize",
    "proxy",
    "portforward",
    "watch",
    "openapi",
    "v2",
    "version",
    "healthz",
    "customresourcedefinitions",
    "things",
    "example.com",
    "k8splayground-worker",
];
const ROOTS: &[&str] = &[
    "/api/v1",
    "/api/v1/namespaces/default",
    "/apis/apps/v1",
    "/apis/apps/v1/namespaces/default",
    "/apis/batch/v1/namespaces/default",
    "/apis/batch/v1beta1/namespaces/default",
    "/api/v1/namespaces/kube-system",
    "/apis/policy/v1beta1/namespaces/default",
    "/apis/apiextensions.k8s.io/v1",
    "/apis/example.com/v1/namespaces/default",
    "/apis/authorization.k8s.io/v1",
    "/api/v1/namespaces/gone",
    "/apis/coordination.k8s.io/v1",
];
const RESOURCES: &[&str] = &[
    "pods",
    "deployments",
    "replicasets",
    "daemonsets",
    "statefulsets",
    "jobs",
    "cronjobs",
    "services",
    "endpoints",
    "nodes",
    "namespaces",
    "events",
    "configmaps",
    "secrets",
    "poddisruptionbudgets",
    "customresourcedefinitions",
    "things",
    "leases",
    "selfsubjectaccessreviews",
];
const RESTS: &[&str] = &[
    "",
    "",
    "/x",
    "/one",
    "/one",
    "/default",
    "/x/status",
    "/one/status",
    "/one/exec",
    "/one/log",
    "/one/binding",
    "/one/eviction",
    "/x/scale",
    "/default/finalize",
    "/k8splayground-worker",
    "/k8splayground-worker/status",
    "/x/y/z",
];
const PAIRS: &[&str] = &[
    "watch=1",
    "watch=true",
    "limit=1",
    "limit=-1",
    "limit=x",
    "continue=e30",
    "continue=%ff",
    "fieldSelector=metadata.name%3Dx",
    "fieldSelector=a",
    "labelSelector=a+in+(b",
    "labelSelector=a+in+(b,c),!d",
    "labelSelector=%3D%3D",
    "resourceVersion=0",
    "resourceVersion=-1",
    "resourceVersion=x",
    "resourceVersion=5",
    "resourceVersionMatch=Exact",
    "resourceVersionMatch=x",
    "timeoutSeconds=1",
    "timeoutSeconds=-1",
    "allowWatchBookmarks=true",
    "dryRun=All",
    "dryRun=x",
    "fieldManager=f",
    "fieldManager=",
    "force=true",
    "force=x",
    "pretty=true",
    "propagationPolicy=Foreground",
    "propagationPolicy=x",
    "gracePeriodSeconds=-5",
    "gracePeriodSeconds=0",
    "orphanDependents=true",
    "tailLines=-1",
    "tailLines=2",
    "follow=true",
    "sinceSeconds=x",
    "limitBytes=0",
    "container=main",
    "container=",
    "command=ls",
    "stdin=1",
    "stdout=1",
    "tty=1",
    "timeout=1s",
    "sinceTime=x",
    "timestamps=1",
    "previous=1",
    "includeObject=Metadata",
];
const TYPES: &[&str] = &[
    "application/json",
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "text/plain",
    "",
    "application/json; charset=utf-8",
    ";;",
];
const ACCEPTS: &[&str] = &[
    "application/json",
    "*/*",
    "application/vnd.kubernetes.protobuf",
    "application/yaml",
    "",
    "text/html",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    "application/json;as=Table;v=v9;g=x",
];

fn body() -> impl Strategy<Value = Vec<u8>> {
    let object = || prop_oneof![6 => mutated(objects()), 1 => any_json()];
    let protobuf = object().prop_map(|object| {
        let resource = Resource::named("pods").unwrap();
        codec::encode(resource, &object).map(|bytes| bytes.to_vec()).unwrap_or_default()
    });
    broken(prop_oneof![
        6 => object().prop_map(|object| object.to_string().into_bytes()),
        1 => object().prop_map(|object| serde_yaml::to_string(&object).unwrap_or_default().into_bytes()),
        2 => protobuf,
        1 => proptest::collection::vec(any::<u8>(), 0..64),
        1 => Just(Vec::new()),
    ])
}

fn asked() -> impl Strategy<Value = Asked> {
    let likely = (select(ROOTS), select(RESOURCES), select(RESTS)).prop_map(|(a, b, c)| format!("{a}/{b}{c}"));
    let path = prop_oneof![5 => likely, 2 => path(SEGMENTS)];
    let headers = (select(TYPES), select(ACCEPTS), any::<u8>()).prop_map(|(content, accept, more)| {
        let mut headers = vec![("content-type", content), ("accept", accept)];
        if more < 16 {
            headers.extend([("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13")]);
            headers.extend([("sec-websocket-key", "AAAA"), ("sec-websocket-protocol", "v4.channel.k8s.io")]);
        } else if more < 32 {
            headers.extend([
                ("impersonate-user", "x"),
                ("authorization", "Bearer \u{7f}"),
                ("content-encoding", "gzip"),
            ]);
        }
        headers
    });
    (method(), path, query(PAIRS), headers, body()).prop_map(|(method, path, query, headers, body)| Asked {
        method,
        target: format!("{path}?{query}"),
        headers,
        body,
    })
}

/// Asks, and looks at the answer's form.
async fn try_one(shared: &Shared, asked: &Asked) {
    let connection = Connection::new(|far| serve(far, shared.clone(), User::admin())).await;
    let Some(answered) = connection.ask(shared, asked).await else { return };
    assert!(!shared.panicked());
    assert!(answered.code < 600, "{answered:?}");
    let api = ["/api/", "/apis/"].iter().any(|root| asked.target.starts_with(root));
    // What has no handler at all: Go's `http.NotFound`.
    let handled = answered.body != "404 page not found\n";
    // In protobuf: its kind comes first.
    let protobuf = answered.body.starts_with(b"k8s\0\n\x0c\n\x02v1\x12\x06Status");
    if api && handled && !protobuf && answered.code >= 400 && asked.method != "HEAD" && !answered.streams {
        // JSON is YAML, which is answered to those who ask for it.
        let status: Value =
            serde_yaml::from_slice(&answered.body).unwrap_or_else(|_| panic!("no Status: {answered:?}"));
        assert_eq!((&status["kind"], &status["code"]), (&"Status".into(), &answered.code.into()), "{status}");
    }
}

#[test]
fn requests_are_answered_whatever_they_say() {
    let (shared, runtime) = (cluster(), runtime());
    let version = Asked { method: "GET", target: "/version".to_owned(), headers: Vec::new(), body: Vec::new() };
    proptest!(cases(600), |(asked in asked())| {
        runtime.block_on(async {
            try_one(&shared, &asked).await;
            try_one(&shared, &version).await;
        });
    });
    // What was made of it does no harm either.
    runtime.block_on(async {
        patiently(&shared, std::future::pending::<()>()).await;
    });
    assert!(!shared.panicked());
}

#[test]
fn any_bytes_only_end_the_connection() {
    let (shared, runtime) = (cluster(), runtime());
    let head = select(vec![
        "",
        "GET / HTTP/1.1\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST /api/v1/namespaces HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n",
    ]);
    proptest!(cases(200), |(head in head, rest in proptest::collection::vec(any::<u8>(), 0..200))| {
        let bytes = [head.as_bytes(), &rest].concat();
        runtime.block_on(bytes_on(&shared, &bytes, |far| serve(far, shared.clone(), User::admin())));
    });
}
