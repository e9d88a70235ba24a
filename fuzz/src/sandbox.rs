//! The sandbox's servers. Records, in pairs: the head of a request and its body. A head begins with the server that is asked
//! (`api GET /version`, `docker POST /containers/k8splayground-worker/stop`, `etcd KV/Range`); on the lines after it are headers.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use kpnb::sandbox::apiserver::User;
use kpnb::sandbox::{Profile, Shared, World, apiserver, boot, dockerd, etcd};
use serde_json::{Value, json};
use tokio::io::DuplexStream;

/// How many turns an answer may take, of the runtime and, now and then, of the world: many more than any takes.
const TURNS: u32 = 4_000;
/// One of so many turns is the world's too.
const OF_THE_WORLD: u32 = 32;
/// How many requests of an input are made.
const REQUESTS: usize = 8;
/// How long the cluster goes on between requests, and after the last: until a node is missed, and a while.
const BETWEEN: Duration = Duration::from_secs(2);
const AFTER: Duration = Duration::from_secs(60);

/// Whatever is asked: no panic, then or later; each request gets an answer or waits; what the API server refuses, it refuses with
/// a Status; and it answers the next one.
pub fn check(data: &[u8]) {
    let records: Vec<_> = super::records(data).collect();
    let shared = cluster();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        for pair in records.chunks(2).take(REQUESTS) {
            let head = String::from_utf8_lossy(pair[0]);
            ask(&shared, &head, pair.get(1).copied().unwrap_or_default()).await;
            pass(&shared, BETWEEN);
        }
        pass(&shared, AFTER);
        let away = shared.with(|world| kpnb::sandbox::host::met_at_api(world)) != kpnb::sandbox::host::Met::Answers;
        let version = request("GET", "/version", &[], &[]).expect("a request");
        let answer = api(&shared, version).await;
        assert!(away || answer.is_some_and(|(code, _)| code == 200), "the API server answers no more");
    });
}

/// A cluster with a Pod that runs.
fn cluster() -> Shared {
    let mut world = World::new(1, "2026-11-28T16:00:00Z".parse().expect("a time"));
    boot::boot(&mut world, Profile::Lab, "ca").expect("it boots");
    let container = json!({"name": "main", "image": "busybox:1.31", "command": ["sleep", "9999"]});
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"},
        "spec": {"nodeName": boot::NODES[1], "containers": [container]},
    });
    world.api("kubectl").create("pods", Some("default"), pod).expect("a Pod");
    let shared = Shared::new(world);
    pass(&shared, BETWEEN);
    shared
}

fn pass(shared: &Shared, time: Duration) {
    shared.with(|world| {
        let until = world.now() + time;
        world.run_until(until);
    });
}

async fn ask(shared: &Shared, head: &str, body: &[u8]) {
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split_whitespace();
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
    let (server, first, second) = (words.next(), words.next().unwrap_or_default(), words.next().unwrap_or("/"));
    match server {
        Some("api") => {
            let Some(request) = request(first, second, &headers, body) else { return };
            let Some((code, answer)) = api(shared, request).await else { return };
            if code >= 400 && second.starts_with("/api/v1/") && headers.is_empty() && first != "HEAD" {
                is_a_status(code, &answer);
            }
        }
        Some("docker") => {
            let Some(request) = request(first, second, &headers, body) else { return };
            let (near, far) = tokio::io::duplex(1 << 20);
            let server = tokio::spawn(dockerd::serve(far, shared.clone()));
            http1(shared, near, request).await;
            ended(shared, server).await;
        }
        Some("etcd") => {
            let target = format!("http://sandbox/etcdserverpb.{first}");
            let headers = [("content-type", "application/grpc"), ("te", "trailers")];
            if let Some(request) = request("POST", &target, &headers, body) {
                grpc(shared, request).await;
            }
        }
        _ => {}
    }
}

/// A request, if it is one that can be sent.
fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Request<Full<Bytes>>> {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(Bytes::copy_from_slice(body))).ok()
}

/// What the API server answers to an administrator; the body is empty where it is a stream.
async fn api(shared: &Shared, request: Request<Full<Bytes>>) -> Option<(u16, Bytes)> {
    let (near, far) = tokio::io::duplex(1 << 20);
    let server = tokio::spawn(apiserver::serve(far, shared.clone(), User::admin()));
    let answer = http1(shared, near, request).await;
    ended(shared, server).await;
    answer
}

/// What a server at the other end answers; none: it waits, or hangs up.
async fn http1(shared: &Shared, near: DuplexStream, request: Request<Full<Bytes>>) -> Option<(u16, Bytes)> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(near)).await.ok()?;
    let connection = tokio::spawn(connection.with_upgrades());
    let answer = async {
        let response = patiently(shared, sender.send_request(request)).await?.ok()?;
        let code = response.status().as_u16();
        let whole = response.headers().contains_key("content-length");
        let body = if whole {
            patiently(shared, response.into_body().collect()).await?.ok()?.to_bytes()
        } else {
            Bytes::new()
        };
        Some((code, body))
    };
    let answer = answer.await;
    drop(sender);
    connection.abort();
    answer
}

async fn grpc(shared: &Shared, request: Request<Full<Bytes>>) {
    let (near, far) = tokio::io::duplex(1 << 20);
    let server = tokio::spawn(etcd::serve(far, shared.clone()));
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(near))
        .await
        .expect("nothing is read yet");
    let connection = tokio::spawn(connection);
    if let Some(Ok(response)) = patiently(shared, sender.send_request(request)).await {
        // A watch is not over by itself.
        let _ = patiently(shared, response.into_body().collect()).await;
    }
    drop(sender);
    connection.abort();
    ended(shared, server).await;
}

/// A server's task has not panicked, whose connection is gone.
async fn ended(shared: &Shared, server: tokio::task::JoinHandle<()>) {
    if let Some(ended) = patiently(shared, server).await {
        ended.expect("the server does not panic");
    }
}

/// What a future gives, while the world goes on; none: nothing, for a long time.
async fn patiently<T>(shared: &Shared, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    for turn in 1..TURNS {
        tokio::select! {
            biased;
            out = &mut future => return Some(out),
            () = tokio::task::yield_now() => {}
        }
        if turn % OF_THE_WORLD == 0 {
            shared.with(World::step);
        }
    }
    None
}

fn is_a_status(code: u16, body: &[u8]) {
    // What has no handler at all: Go's `http.NotFound`.
    if body.is_empty() || body == b"404 page not found\n" {
        return;
    }
    let status: Value = serde_json::from_slice(body).unwrap_or_default();
    let told = (&status["kind"], &status["code"]);
    assert!(told == (&"Status".into(), &code.into()), "{code}: {}", String::from_utf8_lossy(body));
}
