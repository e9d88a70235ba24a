//! The Docker Engine's wire.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::http::{Asked, Connection, broken, method, path, query};
use super::json::{any_json, mutated};
use super::{bytes_on, cases, cluster, runtime};
use crate::sandbox::Shared;
use crate::sandbox::dockerd::serve;

const SEGMENTS: &[&str] = &[
    "v1.41",
    "v1.10",
    "v9.99",
    "containers",
    "json",
    "k8splayground-worker",
    "k8splayground-worker2",
    "nobody",
    "exec",
    "start",
    "stop",
    "kill",
    "pause",
    "unpause",
    "restart",
    "top",
    "logs",
    "attach",
    "archive",
    "stats",
    "wait",
    "resize",
    "rename",
    "create",
    "prune",
    "images",
    "networks",
    "kind",
    "connect",
    "disconnect",
    "version",
    "info",
    "_ping",
    "events",
    "volumes",
];
const ROOTS: &[&str] = &["", "/v1.41", "/v1.24", "/v2.0"];
const LIKELY: &[&str] = &[
    "/containers/json",
    "/containers/W/json",
    "/containers/W/top",
    "/containers/W/logs",
    "/containers/W/exec",
    "/containers/W/exec",
    "/containers/W/archive",
    "/containers/W/archive",
    "/containers/W/stop",
    "/containers/W/start",
    "/containers/W/kill",
    "/containers/W/pause",
    "/containers/W/unpause",
    "/containers/W/wait",
    "/containers/W/restart",
    "/networks",
    "/networks/kind",
    "/networks/kind/connect",
    "/networks/kind/disconnect",
    "/exec/x/start",
    "/exec/x/json",
    "/exec/x/resize",
    "/events",
    "/info",
    "/version",
    "/containers/W/attach",
    "/containers/W/stats",
];
const PAIRS: &[&str] = &[
    "all=1",
    "all=x",
    "filters=%7B",
    "filters=%7B%22label%22%3A%5B%22a%22%5D%7D",
    "filters=%7B%22label%22%3A%7B%22a%22%3Atrue%7D%7D",
    "filters=%5B%5D",
    "limit=-1",
    "t=0",
    "t=-1",
    "t=x",
    "signal=9",
    "signal=SIGWHAT",
    "signal=-1",
    "path=/",
    "path=%2Fetc%2Fpasswd",
    "path=..%2F..",
    "path=",
    "follow=1",
    "stdout=1",
    "stderr=1",
    "tail=x",
    "tail=-3",
    "since=x",
    "until=1",
    "timestamps=1",
    "ps_args=aux",
    "ps_args=%27",
    "h=0",
    "w=99999",
    "condition=x",
    "stream=0",
    "noOverwriteDirNonDir=1",
    "size=1",
];

fn body() -> impl Strategy<Value = Vec<u8>> {
    let objects = vec![
        json!({"AttachStdout": true, "AttachStderr": true, "Tty": false, "Cmd": ["sh", "-c", "ls | wc -l"], "Env": ["A=b"], "User": "root"}),
        json!({"Cmd": ["kill", "-9", "1"], "WorkingDir": "/nowhere", "AttachStdin": true}),
        json!({"Detach": false, "Tty": false}),
        json!({"Container": "k8splayground-worker", "Force": true, "EndpointConfig": {}}),
    ];
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(3);
    tar.append_data(&mut header, "a/b", &b"abc"[..]).unwrap();
    let tar = tar.into_inner().unwrap();
    broken(prop_oneof![
        4 => mutated(objects).prop_map(|object| object.to_string().into_bytes()),
        1 => any_json().prop_map(|object| object.to_string().into_bytes()),
        1 => Just(tar),
        1 => proptest::collection::vec(any::<u8>(), 0..64),
        1 => Just(Vec::new()),
    ])
}

fn asked() -> impl Strategy<Value = Asked> {
    let node = select(vec!["k8splayground-worker", "k8splayground-worker2", "nobody", "k8s"]);
    let likely = (select(ROOTS), select(LIKELY), node)
        .prop_map(|(root, path, node)| format!("{root}{}", path.replace('W', node)));
    let path = prop_oneof![5 => likely, 2 => path(SEGMENTS)];
    let headers = (select(vec!["application/json", "application/x-tar", "", "text/plain"]), any::<bool>()).prop_map(
        |(content, upgrade)| {
            let mut headers = vec![("host", "docker"), ("content-type", content)];
            if upgrade {
                headers.extend([("connection", "Upgrade"), ("upgrade", "tcp")]);
            }
            headers
        },
    );
    (method(), path, query(PAIRS), headers, body()).prop_map(|(method, path, query, headers, body)| Asked {
        method,
        target: format!("{path}?{query}"),
        headers,
        body,
    })
}

async fn try_one(shared: &Shared, asked: &Asked) -> Option<Value> {
    let connection = Connection::new(|far| serve(far, shared.clone())).await;
    let answered = connection.ask(shared, asked).await?;
    assert!(!shared.panicked());
    assert!(answered.code < 600, "{answered:?}");
    let body = serde_json::from_slice(&answered.body);
    if answered.code >= 400 && asked.method != "HEAD" && !answered.streams {
        let body: &Value = body.as_ref().unwrap_or_else(|_| panic!("no message: {answered:?}"));
        assert!(body["message"].is_string(), "{body}");
    }
    body.ok()
}

#[test]
fn requests_are_answered_whatever_they_say() {
    let (shared, runtime) = (cluster(), runtime());
    let ping = Asked { method: "GET", target: "/_ping".to_owned(), headers: vec![("host", "d")], body: Vec::new() };
    proptest!(cases(300), |(asked in asked())| {
        runtime.block_on(async {
            let made = try_one(&shared, &asked).await;
            // A command that was made of it is run too.
            if let Some(id) = made.as_ref().and_then(|made| made["Id"].as_str()) {
                let target = format!("/exec/{id}/start");
                let headers = vec![("host", "d"), ("content-type", "application/json")];
                try_one(&shared, &Asked { method: "POST", target, headers, body: b"{}".to_vec() }).await;
            }
            try_one(&shared, &ping).await;
        });
    });
}

#[test]
fn any_bytes_only_end_the_connection() {
    let (shared, runtime) = (cluster(), runtime());
    let head = select(vec![
        "",
        "GET /_ping HTTP/1.1\r\n",
        "POST /v1.41/exec/x/start HTTP/1.1\r\nhost: x\r\nupgrade: tcp\r\ncontent-length: 9\r\n\r\n",
    ]);
    proptest!(cases(200), |(head in head, rest in proptest::collection::vec(any::<u8>(), 0..200))| {
        let bytes = [head.as_bytes(), &rest].concat();
        runtime.block_on(bytes_on(&shared, &bytes, |far| serve(far, shared.clone())));
    });
}
