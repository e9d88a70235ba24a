//! What the engine answers, and what it refuses.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use super::serve;
use crate::sandbox::boot::{self, NODES};
use crate::sandbox::{Profile, Shared, World, host};

const JSON: &str = "application/json";

fn cluster() -> Shared {
    let mut world = World::new(1, "2026-11-28T16:00:00Z".parse().unwrap());
    boot::boot(&mut world, Profile::Lab, "ca").unwrap();
    Shared::new(world)
}

/// Sends a request of a type; gives the code and the body.
fn ask(shared: &Shared, method: &str, target: &str, kind: &str, body: Vec<u8>) -> (u16, Bytes) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (near, far) = tokio::io::duplex(1 << 20);
        tokio::spawn(serve(far, shared.clone()));
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(near)).await.unwrap();
        tokio::spawn(connection);
        let request = http::Request::builder().method(method).uri(target).header("content-type", kind);
        let answer = sender.send_request(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap();
        (answer.status().as_u16(), answer.into_body().collect().await.unwrap().to_bytes())
    })
}

fn get(shared: &Shared, target: &str) -> (u16, Value) {
    let (code, body) = ask(shared, "GET", target, "", Vec::new());
    (code, serde_json::from_slice(&body).unwrap_or_default())
}

/// The list of containers that these filters leave.
fn filtered(filters: &Value) -> String {
    let filters = filters.to_string();
    let filters: String = form_urlencoded::byte_serialize(filters.as_bytes()).collect();
    format!("/containers/json?filters={filters}")
}

fn names(shared: &Shared, target: &str) -> Vec<String> {
    let (code, found) = get(shared, target);
    assert_eq!(code, 200, "{found}");
    found.as_array().unwrap().iter().map(|one| one["Names"][0].as_str().unwrap()[1..].to_owned()).collect()
}

#[test]
fn containers_are_filtered_by_health_and_by_age() {
    let shared = cluster();
    assert_eq!(names(&shared, &filtered(&json!({"health": ["healthy"]}))), Vec::<String>::new());
    assert_eq!(names(&shared, &filtered(&json!({"health": ["none"]}))).len(), 3);
    let (oldest, middle, newest) = (NODES[0], NODES[1], NODES[2]);
    assert_eq!(names(&shared, &filtered(&json!({"before": [middle]}))), [oldest]);
    assert_eq!(names(&shared, &filtered(&json!({"since": [middle]}))), [newest]);
    assert_eq!(names(&shared, "/containers/json?limit=2"), [newest, middle]);
}

#[test]
fn what_makes_no_sense_is_refused_in_the_engines_words() {
    let shared = cluster();
    let cases = [
        ("/containers/json?limit=x".to_owned(), 400, r#"strconv.Atoi: parsing "x": invalid syntax"#),
        (filtered(&json!({"status": ["bad"]})), 400, "Invalid filter 'status=bad'"),
        (filtered(&json!({"health": ["bad"]})), 400, "Unrecognised filter value for health: bad"),
        (filtered(&json!({"since": ["nope"]})), 500, "no such container nope"),
        ("/containers/nope/changes".to_owned(), 404, "No such container: nope"),
        ("/images/nope/json".to_owned(), 404, "no such image: nope: No such image: nope:latest"),
        ("/v9.1/info".to_owned(), 400, "client version 9.1 is too new. Maximum supported API version is 1.41"),
    ];
    for (target, code, message) in cases {
        assert_eq!(get(&shared, &target), (code, json!({"message": message})), "{target}");
    }
    let target = format!("/containers/{}/exec", NODES[1]);
    let (code, body) = ask(&shared, "POST", &target, "text/plain", b"{}".to_vec());
    assert_eq!(
        (code, &body[..]),
        (
            400,
            &br#"{"message":"Content-Type specified (text/plain) must be 'application/json'"}
"#[..]
        )
    );
    let (code, _) = ask(&shared, "POST", &target, JSON, br#"{"Cmd":["ls"]}"#.to_vec());
    assert_eq!(code, 201);
}

#[test]
fn the_nodes_image_and_volumes_can_be_inspected() {
    let shared = cluster();
    let (_, node) = get(&shared, &format!("/containers/{}/json", NODES[1]));
    let (code, image) = get(&shared, &format!("/images/{}/json", node["Config"]["Image"].as_str().unwrap()));
    assert_eq!((code, &image["Id"]), (200, &node["Image"]));
    let (_, volumes) = get(&shared, "/volumes");
    assert_eq!(volumes["Volumes"].as_array().unwrap().len(), 3);
    let (code, volume) = get(&shared, &format!("/volumes/{}", node["Mounts"][0]["Name"].as_str().unwrap()));
    assert_eq!((code, &volume["Mountpoint"]), (200, &node["Mounts"][0]["Source"]));
}

#[test]
fn networks_are_filtered_and_stay() {
    let shared = cluster();
    let names = |filters: Value| {
        let (code, found) = get(&shared, &filtered(&filters).replace("/containers/json", "/networks"));
        assert_eq!(code, 200);
        found.as_array().unwrap().iter().map(|network| network["Name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(json!({"driver": ["bridge"]})), ["bridge", "kpnb-lab"]);
    assert_eq!(names(json!({"type": ["custom"]})), ["kpnb-lab"]);
    for (name, code, message) in [
        ("nope", 404, "network nope not found"),
        ("host", 403, "host is a pre-defined network and cannot be removed"),
        ("kpnb-lab", 403, "has active endpoints"),
    ] {
        let (told, body) = ask(&shared, "DELETE", &format!("/networks/{name}"), "", Vec::new());
        assert!(told == code && String::from_utf8_lossy(&body).contains(message), "{told} {body:?}");
    }
}

#[test]
fn what_happens_is_told_to_those_who_ask_for_it() {
    let shared = cluster();
    let node = format!("/containers/{}", NODES[1]);
    let (_, made) = ask(&shared, "POST", &format!("{node}/exec"), JSON, br#"{"Cmd":["sh","-c","exit 3"]}"#.to_vec());
    let made: Value = serde_json::from_slice(&made).unwrap();
    let start = format!("/exec/{}/start", made["Id"].as_str().unwrap());
    ask(&shared, "POST", &start, JSON, br#"{"Detach":true}"#.to_vec());
    shared.with(|world| world.run_until(world.now() + std::time::Duration::from_secs(1)));
    for what in ["pause", "unpause", "kill"] {
        ask(&shared, "POST", &format!("{node}/{what}"), "", Vec::new());
    }
    let told = |filters: Value| {
        let filters = filters.to_string();
        let filters: String = form_urlencoded::byte_serialize(filters.as_bytes()).collect();
        let (code, body) = ask(&shared, "GET", &format!("/events?since=0&until=1&filters={filters}"), "", Vec::new());
        assert_eq!(code, 200);
        assert_eq!(body.len(), 0, "nothing is as old");
        let until = shared.with(|world| world.now().as_second());
        let (_, body) =
            ask(&shared, "GET", &format!("/events?since=0&until={until}&filters={filters}"), "", Vec::new());
        let events = serde_json::Deserializer::from_slice(&body).into_iter::<Value>();
        events.map(|event| event.unwrap()["Action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = ["exec_create: sh -c exit 3", "exec_start: sh -c exit 3", "exec_die", "pause", "unpause", "kill", "die"];
    assert_eq!(told(json!({"container": [NODES[1]]})), all);
    assert_eq!(told(json!({"event": ["exec_start", "die"]})), ["exec_start: sh -c exit 3", "die"]);
    assert_eq!(told(json!({"container": [NODES[2]]})), Vec::<String>::new());
}

/// `docker cp` does not see what is mounted in memory.
#[test]
fn what_is_copied_to_a_tmpfs_is_put_beneath_it() {
    let shared = cluster();
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(2);
    header.set_mode(0o644);
    archive.append_data(&mut header, "a", &b"hi"[..]).unwrap();
    let archive = archive.into_inner().unwrap();
    let has = |path: &str| shared.with(|world| world.hosts.files_mut(NODES[1]).unwrap().get(path).is_some());
    for dir in ["/tmp", "/var/tmp", "/opt"] {
        let target = format!("/containers/{}/archive?path={dir}", NODES[1]);
        let (code, body) = ask(&shared, "PUT", &target, "application/x-tar", archive.clone());
        assert_eq!(code, 200, "{body:?}");
        let (code, _) = ask(&shared, "HEAD", &format!("{target}/a"), "", Vec::new());
        assert_eq!((code, has(&format!("{dir}/a"))), (200, dir != "/tmp"), "{dir}");
    }
}

#[test]
fn what_is_in_memory_is_gone_when_a_node_starts_again() {
    let shared = cluster();
    let paths = ["/tmp/a", "/run/a", "/var/tmp/a", "/etc/a"];
    shared.with(|world| {
        let now = world.now();
        for path in paths {
            world.hosts.files_mut(NODES[1]).unwrap().write(path, "x", now).unwrap();
        }
        host::kill(world, NODES[1], host::SIGKILL);
        host::start(world, NODES[1]);
        let there = paths.map(|path| world.hosts.files_mut(NODES[1]).unwrap().get(path).is_some());
        assert_eq!(there, [false, false, true, true]);
        assert!(world.hosts.files_mut(NODES[1]).unwrap().get("/run/containerd").is_some());
    });
}
